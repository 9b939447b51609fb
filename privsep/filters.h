// Compiles policies to seccomp filters with libseccomp. The supervisor does this once, before it starts
// children, so children do not need libseccomp.
#pragma once

#include <span>
#include <vector>

#include "privsep/sandbox.h"
#include "privsep/unique_fd.h"

namespace privsep
{

/// The calls that every process needs: memory that is not executable, the clock, the log, exit and abort. The
/// policy of each process is in daemon/<process>/syscalls.h.
std::span<const Syscall> common_syscalls() noexcept;

/// Makes a filter for each list, in sealed memory. It allows common_syscalls() and the list. Every other call
/// is SECCOMP_RET_KILL_PROCESS, also calls of another architecture. Only calls that are newer than the
/// build's headers fail with ENOSYS, as on a kernel that does not have them.
///
/// The filters are made in a forked copy of the process, because libseccomp needs a hundred times their size
/// in memory. Exits with an error if that fails.
std::vector<UniqueFd> make_filters(const std::vector<std::span<const Syscall>>& lists);

} // namespace privsep
