// The last step of `nanodnsd -n`: starts the daemon with a test zone on the loopback address, sends it an
// update and queries, reloads it and stops it. So a check finds a filter that does not fit this system's
// kernel or libc. Without it, the first sign would be that processes are killed at a system call that their
// filter does not allow.
#pragma once

#include <array>
#include <functional>
#include <string>

#include "daemon/start/options.h"
#include "privsep/unique_fd.h"

namespace supervisor
{

/// Used by serve() in place of the system's config and state. None of it has a name in a file system.
struct Trial {
    std::string config_path; ///< in /proc, valid while the process that made it runs
    privsep::UniqueFd config;
    std::array<privsep::UniqueFd, 2> state;
    bool has_network = false; ///< false: no socket is bound, and no query is sent
};

/// Runs the trial. `serve` starts the daemon and returns when it has stopped; it runs in a child process.
/// Prints the result on stdout, or logs what failed, with the system call that was refused if ptrace(2) can
/// find it.
Exit try_out(const std::function<Exit(Trial&)>& serve);

} // namespace supervisor
