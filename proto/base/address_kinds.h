// Kinds of addresses that a host's records may not have, or that only its own network can reach.
#pragma once

#include <algorithm>

#include "proto/base/address.h"

namespace base
{

/// Whether an address can be that of a host. None can: 0.0.0.0/8 (RFC 1122 section 3.2.1.3), loopback (the
/// same), link-local (RFC 3927), multicast (RFC 5771), and 240.0.0.0/4 (RFC 1112 section 4), which has the
/// broadcast address. 0.0.0.0, too: a client that sends it means that there is no address.
constexpr bool can_be_of_host(const Address4& address) noexcept
{
    const auto& b = address.bytes;
    const bool is_link_local = b[0] == 169 && b[1] == 254;
    return b[0] != 0 && b[0] != 127 && b[0] < 224 && !is_link_local;
}

/// None can: ::/8 (RFC 4291 sections 2.5.2, 2.5.3 and 2.5.5, so an IPv4-mapped address must be undone first),
/// link-local (section 2.5.6), and multicast (section 2.7).
constexpr bool can_be_of_host(const Address6& address) noexcept
{
    const auto& b = address.bytes;
    const bool is_link_local = b[0] == 0xFE && (b[1] & 0xC0) == 0x80;
    return b[0] != 0 && b[0] != 0xFF && !is_link_local;
}

/// RFC 1918 section 3, and 100.64.0.0/10, the addresses behind the NAT of a provider (RFC 6598).
constexpr bool is_private(const Address4& address) noexcept
{
    const auto& b = address.bytes;
    return b[0] == 10 || (b[0] == 172 && (b[1] & 0xF0) == 16) || (b[0] == 192 && b[1] == 168) ||
           (b[0] == 100 && (b[1] & 0xC0) == 64);
}

/// fc00::/7 (RFC 4193).
constexpr bool is_private(const Address6& address) noexcept
{
    return (address.bytes[0] & 0xFE) == 0xFC;
}

/// 0.0.0.0 or ::.
template <typename AnyAddress>
constexpr bool is_unspecified(const AnyAddress& address) noexcept
{
    return std::ranges::all_of(address.bytes, [](auto byte) { return byte == 0; });
}

/// For the family of the address.
template <typename AnyAddress>
constexpr bool is_public(const AnyAddress& address) noexcept
{
    return can_be_of_host(address) && !is_private(address);
}

} // namespace base
