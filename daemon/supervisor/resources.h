// All that was opened before the supervisor gave up the rights to open it.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "daemon/supervisor/child.h"
#include "daemon/supervisor/deaths.h"
#include "daemon/supervisor/notifier.h"
#include "daemon/supervisor/roles.h"
#include "daemon/supervisor/sandbox_report.h"
#include "daemon/supervisor/sockets.h"
#include "privsep/privileges.h"
#include "privsep/unique_fd.h"
#include "proto/ipc/setup.h"

namespace supervisor
{

struct Programs {
    std::vector<Program> children; ///< in the order of the table
    Program reader;
};

struct Resources {
    Table table;
    Programs programs;
    Sockets sockets;
    std::array<privsep::UniqueFd, 2> state;
    privsep::UniqueFd state_folder; ///< may be none
    std::string state_path;
    privsep::UniqueFd root;    ///< an empty directory; may be none
    privsep::UniqueFd signals; ///< signalfd(2) of SIGTERM, SIGINT, SIGHUP, SIGUSR1 and SIGCHLD
    KernelLog kernel_log;
    Notifier notifier;
    std::string config_path;
    ipc::ReaderSetup reader;  ///< of each reader, but for `is_reload`
    std::uint32_t layers = 0; ///< of the sandbox that the supervisor has set up for its children
    SandboxReport sandbox;
    privsep::Identity identity; ///< whose rights count when files are opened
};

} // namespace supervisor
