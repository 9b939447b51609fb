// Lists of networks and of hosts as values.
#pragma once

#include "proto/config/value_context.h"

namespace config
{

/// Stores the networks, or reports what is wrong with them.
void read_networks(const NetworkList& kind, const ValueContext& context);

/// Stores the names, relative to the domain, or reports what is wrong with them.
void read_host_names(const HostNames& kind, const ValueContext& context);

} // namespace config
