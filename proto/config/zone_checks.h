// What is wrong with a zone though each line of its config is right.
#pragma once

#include <cstddef>

#include "proto/config/config.h"
#include "proto/config/faults.h"

namespace config
{

/// Of all records at one name on the wire, 12 octets of each for what stands before its data: with the
/// apex's own records an answer to ANY still fits into a message over TCP.
inline constexpr std::size_t max_name_octets = 60000;

/// Adds what nanodnsd.conf(5) lists under "Checks": what must not be to `faults`, what is hardly meant to
/// `warnings`. Each stands at its record, or at the section of its host. All hosts must have their whole
/// names, below the domain. Time is n log n in the hosts and their records, memory linear.
void check_zone(const Config& config, Faults& faults, Faults& warnings);

} // namespace config
