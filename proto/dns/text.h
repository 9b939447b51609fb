// The mnemonics of types and rcodes, for the log.
#pragma once

#include <string>

#include "proto/dns/types.h"

namespace dns
{

/// The mnemonic of a type in types.h; TYPE and the number for any other (RFC 3597 section 5).
std::string to_text(Type type);

/// The mnemonic (RFC 6895 section 2.3) of an rcode in types.h; RCODE and the number for any other.
std::string to_text(Rcode rcode);

} // namespace dns
