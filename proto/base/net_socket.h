// Lines of /proc/net/udp, udp6, tcp and tcp6 (proc(5)): the kernel's sockets.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "proto/base/address.h"

namespace base
{

struct NetSocket {
    Address address; ///< its own; 0.0.0.0 or :: stands for all
    bool is_any = false;
    std::uint16_t port = 0;
    unsigned state = 0; ///< of tcp(7): 10 listens
    std::uint32_t uid = 0;
    std::uint64_t inode = 0;
    std::uint64_t drops = 0; ///< of UDP: datagrams for which there was no room
    friend bool operator==(const NetSocket&, const NetSocket&) = default;
};

/// None for the line of titles, and for anything else.
std::optional<NetSocket> read_net_socket(std::string_view line) noexcept;

} // namespace base
