// A readable summary of a config.
#pragma once

#include <string>

#include "proto/base/time.h"
#include "proto/config/config.h"

namespace config
{

/// The output of `nanodnsd -n`: the zone, its addresses and ports, the other options, and each host with its
/// records. One item per line, each ended by a newline. It contains no tokens.
std::string summary(const Config& config);

/// In the largest unit that divides it: "1d", "90s", "0s".
std::string to_text(base::Seconds time);

} // namespace config
