// Domain names in the config. The allowed characters are fewer than in the DNS protocol.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

#include "proto/dns/name.h"

namespace config
{

/// An error in a part of a value.
struct ValueError {
    std::size_t offset; ///< bytes into the value
    std::string text;   ///< "found ..., expected ..."
};

using NameOrError = std::variant<dns::Name, ValueError>;

/// Whether `text` is an IPv4 or IPv6 address, with or without a trailing dot. Its labels may be valid, but no
/// such name exists.
bool is_address(std::string_view text) noexcept;

/// One or more labels of letters, digits, '-' and '_', separated by dots; a trailing dot is allowed. Each
/// label has 1 to 63 bytes, and the name at most 255 bytes in wire form (RFC 1035 section 2.3.4). An address
/// is refused. The result is in lower case.
NameOrError read_name(std::string_view text);

/// The same for a name relative to the zone, without a trailing dot. Empty text is the zone's apex, which is
/// returned as the root. The first label may be "*", a wildcard (RFC 4592 section 2.1.1).
NameOrError read_relative_name(std::string_view text);

/// user@domain as the SOA's RNAME. The text before the '@' becomes one label, dots included (RFC 1035
/// section 8): 1 to 63 printable bytes, whose case is kept.
NameOrError read_mailbox(std::string_view text);

} // namespace config
