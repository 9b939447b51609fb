// Gives up the privileges of the process that becomes the supervisor.
#pragma once

#include <optional>

#include "daemon/supervisor/resources.h"
#include "privsep/privileges.h"

namespace supervisor
{

/// Becomes `identity`, if there is one, and gives up all privileges, the network and the root directory as
/// far as the system allows. Keeps the right to read any file if only root can read the config, which a
/// reload needs. Notes in `resources` which layers of the sandbox are in place and why others are missing.
void drop_privileges(const std::optional<privsep::Identity>& identity, Resources& resources);

} // namespace supervisor
