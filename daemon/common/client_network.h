// Who counts as one client where something is shared out: a /24 of IPv4, a /56 of IPv6. A household has
// about that much, and who has more has several shares.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "proto/base/address.h"

namespace common
{

/// The family and the network's bytes.
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

} // namespace common
