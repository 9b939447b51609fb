// Checks of the zone as a whole, after each line of the config has been checked.
#pragma once

#include <cstddef>

#include "proto/config/config.h"
#include "proto/config/errors.h"
#include "proto/config/zone_index.h"

namespace config
{

/// The most bytes of all records at one name, with 12 bytes for the head of each. With the apex's own records
/// an answer to ANY then still fits into a TCP message.
inline constexpr std::size_t max_name_bytes = 60000;

/// Performs the checks that nanodnsd.conf(5) lists under "Checks": adds invalid data to `errors`, and data
/// that is probably unintended to `warnings`. The position is that of the record or of the host's section.
/// All hosts must have full names below the domain. Time is O(n log n) in the hosts and their records, memory
/// linear.
void check_zone(const Config& config, ZoneIndex& index, Errors& errors, Errors& warnings);

} // namespace config
