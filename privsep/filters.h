// Making filters of lists, by libseccomp. The supervisor makes all of them, once, before it starts anybody: a
// child that it starts again finds its filter ready, and never loads what filters are made with.
#pragma once

#include <span>
#include <vector>

#include "privsep/sandbox.h"
#include "privsep/unique_fd.h"

namespace privsep
{

/// What every process needs: the allocator without executable memory, the clock, the log, a clean end.
/// Each process's own table is daemon/<process>/syscalls.h.
std::span<const Syscall> common_syscalls() noexcept;

/// A filter for each list, in sealed memory: common_syscalls() and the list are allowed, everything else is
/// SECCOMP_RET_KILL_PROCESS, whatever the architecture of the call; but a number that the build's headers do
/// not have yet is ENOSYS, as on a kernel that does not have it either.
///
/// They are made in a copy of the process, for what libseccomp builds on the way is a hundred times as large.
/// Ends the process where that cannot be done.
std::vector<UniqueFd> make_filters(const std::vector<std::span<const Syscall>>& lists);

} // namespace privsep
