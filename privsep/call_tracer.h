// Finds the system call for which a filter killed a process. Only for the trial of `nanodnsd -n`: tracing is
// slow.
#pragma once

#include <functional>
#include <string>
#include <sys/types.h>

namespace privsep
{

/// Called if a filter killed `pid` at `call`: a name, or "number N" if the name is unknown.
using CallRefused = std::function<void(pid_t pid, const std::string& call)>;

/// Runs `work` in a child process under ptrace(2), and waits until it and all its descendants have exited.
/// Returns the wait status of the child, or -1 if it could not be started. Calls `refused` for each process
/// that a filter killed. If ptrace(2) is not permitted, calls `unwatched` instead, and `refused` never. The
/// traced processes are killed if the caller exits.
int run_watched(const std::function<void()>& work, const CallRefused& refused,
                const std::function<void()>& unwatched);

} // namespace privsep
