// Gives up the privileges of the process that becomes the supervisor.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>

#include "daemon/supervisor/resources.h"
#include "privsep/privileges.h"

namespace supervisor
{

/// Becomes `identity`, if there is one, and gives up all privileges, the network and the root directory as
/// far as the system allows. Keeps the right to read any file if only root can read one of `read_at_reload`,
/// paths that may be empty. Notes in `resources` which layers of the sandbox are in place and why others are
/// missing.
void drop_privileges(const std::optional<privsep::Identity>& identity, Resources& resources,
                     std::initializer_list<const std::string*> read_at_reload);

} // namespace supervisor
