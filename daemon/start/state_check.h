// nanodnsd -n -s STATE: opens the state as a start would, and has it read and reported by processes in the
// sandbox of the reader.
#pragma once

#include "daemon/start/options.h"

namespace supervisor
{

/// Prints the report on stdout. Returns Exit::failure, with the reason in the log, if a start would fail
/// because of the state. Changes nothing, so a daemon may be using the state. `config_is_valid`: whether the
/// config says whom the state belongs to and which hosts there are.
Exit check_state(const Options& options, bool config_is_valid);

} // namespace supervisor
