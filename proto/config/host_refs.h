// Hosts that other sections name: those of groups, and those that others follow.
#pragma once

#include "proto/config/config.h"
#include "proto/config/errors.h"
#include "proto/config/zone_index.h"

namespace config
{

/// Looks for the hosts, completes their names and sets Host::is_in_group. Reports names of no host, hosts
/// that cannot be in a group or cannot be followed, hosts that too many secrets open, and sections that are
/// not allowed beside ACME challenges. `index`: of this config.
void resolve_hosts(Config& config, ZoneIndex& index, Errors& errors);

} // namespace config
