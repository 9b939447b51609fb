// Names as people write them in the config: stricter than what the wire may carry.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

#include "proto/dns/name.h"

namespace config
{

/// What is wrong with a part of a value.
struct Complaint {
    std::size_t offset; ///< bytes into the value
    std::string text;   ///< "found ..., expected ..."
};

using NameOrComplaint = std::variant<dns::Name, Complaint>;

/// Labels of letters, digits, '-' and '_' between dots, in lower case; a dot at the end is taken. At least
/// one label, each of 1 to 63 bytes, and all within 255 bytes on the wire (RFC 1035 section 2.3.4).
NameOrComplaint read_name(std::string_view text);

/// The same, below a zone and so without a dot at the end; empty is the zone's apex, which is returned as
/// the root. The first label may be "*", a wildcard (RFC 4592 section 2.1.1).
NameOrComplaint read_relative_name(std::string_view text);

/// user@domain as the SOA's RNAME: what stands before the '@' is one label, dots included (RFC 1035
/// section 8). It has 1 to 63 printable bytes; its case is kept.
NameOrComplaint read_mailbox(std::string_view text);

} // namespace config
