// Warns of keys of the config that are ignored because of the way in which the daemon was started.
#pragma once

#include "proto/config/config.h"
#include "proto/ipc/setup.h"

namespace reader
{

/// Adds a warning for each such key, and sorts all warnings by line.
void warn_of_idle_keys(config::Parsed& parsed, const ipc::ReaderSetup& setup);

} // namespace reader
