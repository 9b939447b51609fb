// The last step of `nanodnsd -n`: the daemon is started as it would be, with a zone of its own on the
// loopback address, is asked, reloaded and ended. A filter that does not fit this system's kernel or libc is
// found so by a check and not by an outage: processes that serve are killed at a call that their list does
// not have.
#pragma once

#include <array>
#include <functional>
#include <string>

#include "daemon/start/options.h"
#include "privsep/unique_fd.h"

namespace supervisor
{

/// What a start takes in place of what the system has. Nothing of it has a name in a file system.
struct Trial {
    std::string config_path; ///< while the process runs that made it, and if there is a /proc
    privsep::UniqueFd config;
    std::array<privsep::UniqueFd, 2> state;
    bool has_network = false; ///< else nothing is bound, and nothing is asked
};

/// `serve` starts the daemon and serves until it is told to end; it runs in a process of its own. Says on
/// stdout what was tried, or in the log what failed, with the system call that was refused where that can be
/// seen.
Exit try_out(const std::function<Exit(Trial&)>& serve);

} // namespace supervisor
