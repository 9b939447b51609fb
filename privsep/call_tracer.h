// Watches which system call ends a process behind a filter. For a trial alone: what is watched runs slowly.
#pragma once

#include <functional>
#include <string>
#include <sys/types.h>

namespace privsep
{

/// Told that `pid` was ended over `call`: a name, or "number N" if the name is unknown.
using CallRefused = std::function<void(pid_t pid, const std::string& call)>;

/// Runs `work` in a process of its own, and waits until that and all that it starts have ended. Gives the
/// wait status of the first, or -1 if it could not be started. `refused` is told of each process that a
/// filter ended. If ptrace(2) is refused here, `unwatched` is told that, and `refused` nothing. What is
/// watched ends with the caller.
int run_watched(const std::function<void()>& work, const CallRefused& refused,
                const std::function<void()>& unwatched);

} // namespace privsep
