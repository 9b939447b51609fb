// The start of the daemon, from the first descriptor to the last right that is given up.
#pragma once

#include "daemon/supervisor/options.h"
#include "daemon/supervisor/trial.h"

namespace supervisor
{

/// Opens all that the daemon needs, locks this process down, and serves until it is told to end. `trial`: in
/// place of what the system has; nullptr if this is none. ARCHITECTURE.md, "Privileges", has the order and
/// the reasons.
Exit serve(const Options& options, Trial* trial = nullptr);

} // namespace supervisor
