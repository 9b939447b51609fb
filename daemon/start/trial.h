// The last step of `nanodnsd -n`: starts the daemon with a test zone on the loopback address, sends it an
// update, queries and a request for metrics, begins a handshake of HTTPS if the config has it, reloads it and
// stops it. So a check
// finds a filter that does not fit this system's kernel or libc. Without it, the first sign would be that
// processes are killed at a system call that their filter does not allow.
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
    /// The paths of a certificate and its key in a process that inherits them, to be written before the
    /// trial; empty: it has no HTTPS.
    std::array<std::string, 2> files;
    std::array<privsep::UniqueFd, 2> contents; ///< of `files`
};

inline constexpr const char* trial_name_server = "ns.test";

/// `has_https`: whether there is HTTPS to be tried, too.
Trial make_trial(bool has_https);

/// Runs the trial. `serve` starts the daemon and returns when it has stopped; it runs in a child process.
/// Prints the result on stdout, or logs what failed, with the system call that was refused if ptrace(2) can
/// find it.
Exit try_out(Trial& trial, const std::function<Exit(Trial&)>& serve);

} // namespace supervisor
