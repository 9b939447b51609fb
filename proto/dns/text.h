// Types and rcodes as people write them, for the log.
#pragma once

#include <string>

#include "proto/dns/types.h"

namespace dns
{

/// The mnemonic where one is known here, else TYPE and the number (RFC 3597 section 5).
std::string to_text(Type type);

/// The mnemonic of RFC 6895 section 2.3 where one is known here, else RCODE and the number.
std::string to_text(Rcode rcode);

} // namespace dns
