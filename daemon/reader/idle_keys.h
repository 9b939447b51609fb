// Keys of the config that mean nothing for this daemon, since whoever started it has decided already.
#pragma once

#include "proto/config/config.h"
#include "proto/ipc/setup.h"

namespace reader
{

/// Adds a warning for each of them, where it stands, to those that there are, in the order of the file.
void warn_of_idle_keys(config::Parsed& parsed, const ipc::ReaderSetup& setup);

} // namespace reader
