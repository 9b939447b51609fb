// The start of the daemon: everything that must happen before the supervisor enters its filter.
#pragma once

#include "daemon/start/options.h"
#include "daemon/start/trial.h"
#include "daemon/supervisor/roles.h"

namespace supervisor
{

/// Opens all that the daemon needs, locks this process down, starts the processes of `table`, and serves
/// until it is told to stop. `trial`: used in place of the system's config and state; nullptr if this is not
/// a trial. ARCHITECTURE.md, "Privileges", has the order and the reasons.
Exit serve(const Options& options, const Table& table, Trial* trial = nullptr);

} // namespace supervisor
