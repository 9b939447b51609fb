// Addresses are grouped into client networks when a resource is shared out: a /24 of IPv4, a /56 of IPv6.
// That is about what one household has; a client with more addresses gets several shares.
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

} // namespace common
