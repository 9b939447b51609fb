// The part of an IPv6 address behind the prefix.
#pragma once

#include <string_view>
#include <variant>

#include "proto/base/address.h"
#include "proto/config/names.h"

namespace config
{

/// An IPv6 address, of which the bits behind a prefix will be used; or a MAC address, "00:00:5e:00:53:01" or
/// "00-00-5e-00-53-01", which becomes its modified EUI-64 (RFC 4291 appendix A). The error says only what was
/// expected.
std::variant<base::Address6, ValueError> read_suffix(std::string_view text);

} // namespace config
