// Data of records in presentation format (RFC 1035 section 5.1), as people write it behind a key, and its
// bytes on the wire.
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

/// Uncompressed, with names in lower case.
using RecordData = std::vector<std::uint8_t>;
using DataOrComplaint = std::variant<RecordData, Complaint>;

/// Of one of the types below. Takes a whole value, in which fields stand between blanks. Names are whole, a
/// dot at the end is taken; one of a single label needs it, since without it almost surely a name below
/// `domain` was meant. `domain` is the zone's, to suggest that name, or the root where it is not known yet.
///
/// CNAME, NS: NAME (RFC 1035 sections 3.3.1 and 3.3.11).
/// MX: PREFERENCE NAME (RFC 1035 section 3.3.9); "0 ." is the null MX (RFC 7505 section 3).
/// SRV: PRIORITY WEIGHT PORT NAME (RFC 2782); "." says that there is no such service.
/// TXT: one or more character-strings of at most 255 bytes (RFC 1035 section 3.3.14). Each is in quotes,
///     where any byte may stand, or is printable ASCII without blanks and quotes; `\X` is the character X
///     and
///     `\DDD` the byte of that decimal number in both.
/// CAA: FLAGS TAG VALUE (RFC 8659 section 4.1): a number, 1 to 15 letters and digits, and one string of any
///     length.
DataOrComplaint read_data(dns::Type type, std::string_view value, const dns::Name& domain);

} // namespace config
