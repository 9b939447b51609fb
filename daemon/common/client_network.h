// Clients by their addresses: one client, and client networks, by which a resource is shared out. A network
// is a /24 of IPv4 or a /56 of IPv6. That is about what one household has; a client with more addresses gets
// several shares.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "proto/base/address.h"

namespace common
{

/// The address family (4 or 6), then the bytes of the network prefix.
using ClientNetwork = std::array<std::uint8_t, 8>;

inline ClientNetwork network_of(const base::Address& client) noexcept
{
    ClientNetwork network{};
    if (client.is4()) {
        network[0] = 4;
        std::copy_n(client.as4().bytes.begin(), 3, network.begin() + 1);
    } else {
        network[0] = 6;
        std::copy_n(client.as6().bytes.begin(), 7, network.begin() + 1);
    }
    return network;
}

/// In CIDR notation: "192.0.2.0/24".
inline std::string to_text(const ClientNetwork& network)
{
    if (network[0] == 4) {
        base::Address4 address;
        std::copy_n(network.begin() + 1, 3, address.bytes.begin());
        return base::to_text(base::Address{address}) + "/24";
    }
    base::Address6 address;
    std::copy_n(network.begin() + 1, 7, address.bytes.begin());
    return base::to_text(base::Address{address}) + "/56";
}

/// Whether the client is on this machine, where it may be a proxy that stands for many clients.
inline bool is_loopback(const base::Address& client) noexcept
{
    if (client.is4()) {
        return client.as4().bytes[0] == 127; // RFC 1122 section 3.2.1.3
    }
    const auto& bytes = client.as6().bytes; // RFC 4291 section 2.5.3
    return bytes.back() == 1 && std::all_of(bytes.begin(), bytes.end() - 1, [](auto o) { return o == 0; });
}

/// The IPv4 address of a client whose packets were translated or tunneled: it is part of its IPv6 address.
/// Any other address is returned unchanged.
inline base::Address without_translation(const base::Address& client) noexcept
{
    constexpr std::array<std::uint8_t, 12> nat64{0, 0x64, 0xFF, 0x9B}; // 64:ff9b::/96, RFC 6052 section 2.1
    constexpr std::array<std::uint8_t, 2> tunnel{0x20, 0x02};          // 2002::/16, RFC 3056 section 2
    const base::Address6 six = client.as6(); // mapped, which has neither prefix, if it is IPv4
    const auto part = [&six](std::size_t at) {
        base::Address4 four;
        std::copy_n(six.bytes.begin() + static_cast<std::ptrdiff_t>(at), 4, four.bytes.begin());
        return base::Address{four};
    };
    if (std::equal(nat64.begin(), nat64.end(), six.bytes.begin())) {
        return part(nat64.size());
    }
    return std::equal(tunnel.begin(), tunnel.end(), six.bytes.begin()) ? part(tunnel.size()) : client;
}

/// The network of a client, behind a translator too.
inline ClientNetwork origin_network(const base::Address& client) noexcept
{
    return network_of(without_translation(client));
}

/// One client: the address family, then an IPv4 address or a /64 of IPv6, in which a client can choose its
/// address freely.
using ExactClient = std::array<std::uint8_t, 9>;

/// An address with an IPv4 address in it counts as that one: see without_translation().
inline ExactClient exact_client(const base::Address& address) noexcept
{
    const base::Address client = without_translation(address);
    ExactClient exact{};
    exact[0] = client.is4() ? 4 : 6;
    std::copy_n(client.bytes().begin(), client.is4() ? 4 : 8, exact.begin() + 1);
    return exact;
}

} // namespace common
