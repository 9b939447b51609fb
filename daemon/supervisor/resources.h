// What is opened before the supervisor gives up the rights to open it.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "daemon/supervisor/child.h"
#include "daemon/supervisor/counter_pages.h"
#include "daemon/supervisor/deaths.h"
#include "daemon/supervisor/file_copies.h"
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
    CounterPages counters;
    std::array<privsep::UniqueFd, 2> state;
    privsep::UniqueFd state_folder; ///< may be none
    std::string state_path;
    privsep::UniqueFd root;    ///< an empty directory; may be none
    privsep::UniqueFd signals; ///< signalfd(2) of SIGTERM, SIGINT, SIGHUP, SIGUSR1 and SIGCHLD
    KernelLog kernel_log;
    Notifier notifier;
    std::string config_path;
    FileCopies files;         ///< of the first config
    ipc::ReaderSetup reader;  ///< for each reader; `is_reload` is set per reader
    std::uint32_t layers = 0; ///< SandboxLayer bits of what the supervisor has set up for its children
    SandboxReport sandbox;
    privsep::Identity identity; ///< used when files are opened
};

} // namespace supervisor
