// Describes how a child exited.
#pragma once

#include <csignal>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

#include "privsep/unique_fd.h"

namespace supervisor
{

/// "exited with status 1" or "was killed by signal 11 (Segmentation fault)", from waitid(2).
std::string describe_death(const siginfo_t& death);

/// Waits until this child of the process has exited. si_pid is 0 if there is no such child.
siginfo_t wait_for_exit(pid_t pid) noexcept;

/// True if a seccomp filter killed it.
bool was_refused_a_call(const siginfo_t& death) noexcept;

/// The name of the system call in a line of the kernel's log, if that says that `pid` was refused a call;
/// nullopt otherwise. "number N" if libseccomp does not know the call.
std::optional<std::string> refused_call(std::string_view kernel_log_line, pid_t pid);

/// The kernel's log, the only source for the call that was refused.
class KernelLog
{
public:
    /// Reads it from its current end. Opening it needs root; without that, nothing is found.
    KernelLog() noexcept;

    /// The call that `pid` was refused. Waits up to 100 ms for the kernel's record.
    std::optional<std::string> refused_call(pid_t pid) const;

private:
    privsep::UniqueFd log_;
};

/// "WHO (pid 7) was killed by signal 31 (Bad system call): its filter refuses the system call
/// ptrace".
std::string describe_death(const std::string& who, const siginfo_t& death, const KernelLog& kernel_log);

} // namespace supervisor
