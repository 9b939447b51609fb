// The hosts in the setup of the console.
#pragma once

#include "daemon/reader/setup_writer.h"
#include "proto/config/config.h"

namespace reader
{

/// One record each, in the order of the config.
void add_configured_hosts(SetupWriter& out, const config::Config& config);

} // namespace reader
