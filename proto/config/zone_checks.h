// What is wrong with a zone though each line of its config is right.
#pragma once

#include <cstddef>

#include "proto/config/config.h"
#include "proto/config/errors.h"

namespace config
{

/// Of all records at one name on the wire, 12 bytes of each for what stands before its data: with the
/// apex's own records an answer to ANY still fits into a message over TCP.
inline constexpr std::size_t max_name_bytes = 60000;

/// Adds what nanodnsd.conf(5) lists under "Checks": what must not be to `errors`, what is hardly meant to
/// `warnings`. Each stands at its record, or at the section of its host. All hosts must have their whole
/// names, below the domain. Time is n log n in the hosts and their records, memory linear.
void check_zone(const Config& config, Errors& errors, Errors& warnings);

} // namespace config
