// What a config would serve, for people.
#pragma once

#include <string>

#include "proto/base/time.h"
#include "proto/config/config.h"

namespace config
{

/// What `nanodnsd -n` prints: the zone with its SOA's mailbox, where it is served, and each host with where
/// its addresses come from. A line an item, each ended; no token.
std::string summary(const Config& config);

/// As one would write it: "1d", "90s", "0s"; the largest unit that divides it.
std::string to_text(base::Seconds time);

} // namespace config
