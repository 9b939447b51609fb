// The start of the daemon, from the first descriptor to the last right that is given up.
#pragma once

#include "daemon/start/options.h"
#include "daemon/start/trial.h"
#include "daemon/supervisor/roles.h"

namespace supervisor
{

/// Opens all that the daemon needs, locks this process down, starts the processes of the table, and serves
/// until it is told to stop. `trial`: what it takes in place of what the system has; nullptr if it is no
/// trial. ARCHITECTURE.md, "Privileges", has the order and the reasons.
Exit serve(const Options& options, const Table& table, Trial* trial = nullptr);

} // namespace supervisor
