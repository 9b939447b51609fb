// How a child died, in words.
#pragma once

#include <csignal>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

#include "privsep/unique_fd.h"

namespace supervisor
{

/// "exited with status 1" or "was killed by signal 11 (Segmentation error)", from waitid(2).
std::string describe_death(const siginfo_t& death);

/// True where a sandbox ended it.
bool was_refused_a_call(const siginfo_t& death) noexcept;

/// The name of the system call in an audit record of the kernel's log if the record says that `pid` was
/// refused one; nothing otherwise. A name that is not known to us is given as its number.
std::optional<std::string> refused_call(std::string_view kernel_log_line, pid_t pid);

/// The kernel's own log, which is the only place that tells which call was refused.
class KernelLog
{
public:
    /// From now on; where it may not be read (it needs root at the start), nothing is ever found.
    KernelLog() noexcept;

    /// Which call `pid` was refused, waiting a moment for the kernel to say so.
    std::optional<std::string> refused_call(pid_t pid) const;

private:
    privsep::UniqueFd log_;
};

/// "WHO (pid 7) was killed by signal 31 (Bad system call): its filter refuses the system call
/// ptrace".
std::string describe_death(const std::string& who, const siginfo_t& death, const KernelLog& kernel_log);

} // namespace supervisor
