// Asks a nameserver for the SOA and the NS records of a zone.
#pragma once

#include <chrono>
#include <cstdint>

#include "ctl/doctor/facts.h"
#include "proto/dns/name.h"

namespace ctl::doctor
{

/// Two questions over one socket. The answer has the first error.
Answer ask_about_zone(Transport transport, const base::Address& address, std::uint16_t port,
                      const dns::Name& zone, std::chrono::milliseconds patience);

} // namespace ctl::doctor
