// Converts record data from presentation format (RFC 1035 section 5.1), in the value of a key, to wire form.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "proto/config/names.h"
#include "proto/dns/name.h"
#include "proto/dns/types.h"

namespace config
{

/// In wire form; names are uncompressed and in lower case.
using RecordData = std::vector<std::uint8_t>;
using DataOrError = std::variant<RecordData, ValueError>;

/// After an address where a name is required: the reason, for the end of the error.
std::string_view why_no_address(dns::Type type) noexcept;

/// Reads the whole value of a record of one of the types below. Fields are separated by spaces. Names are
/// full names; a trailing dot is allowed, and required for a name of one label, because without it a name
/// below `domain` was probably intended. An address is not a name. `domain` is the zone's, for the suggestion
/// of that name, or the root if it is not known yet.
///
/// CNAME, NS: NAME (RFC 1035 sections 3.3.1 and 3.3.11).
/// MX: PREFERENCE NAME (RFC 1035 section 3.3.9); "0 ." is the null MX (RFC 7505 section 3).
/// SRV: PRIORITY WEIGHT PORT NAME (RFC 2782); the name "." means that the service is not available.
/// TXT: one or more character-strings of at most 255 bytes (RFC 1035 section 3.3.14). Each is quoted, and may
///     then contain any byte, or is printable ASCII without spaces and quotes. In both, `\X` is the character
///     X and `\DDD` the byte with that decimal number.
/// CAA: FLAGS TAG VALUE (RFC 8659 section 4.1): a number, 1 to 15 letters and digits, and one string of any
///     length.
DataOrError read_data(dns::Type type, std::string_view value, const dns::Name& domain);

} // namespace config
