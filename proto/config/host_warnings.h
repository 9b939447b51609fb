// Warnings of hosts whose lines are all valid, but which were probably intended to be different.
#pragma once

#include "proto/config/config.h"
#include "proto/config/warnings.h"

namespace config
{

/// Warns of a name that ends in the domain. Call it before the domain is appended to the name.
void warn_of_name(const Host& host, const dns::Name& domain, Warnings& warnings);

/// Warns of hosts without anything, of hosts that no update can reach, of hosts with the same token, and of
/// hosts for which a wildcard answers while they have no address. All lines must have been read. Time is O(n)
/// in the hosts, or O(n log n) if there is such a wildcard; memory is 16 to 32 bytes for each. Tokens are
/// compared, but not copied.
void warn_of_hosts(const Config& config, Warnings& warnings);

} // namespace config
