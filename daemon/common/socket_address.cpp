#include "daemon/common/socket_address.h"

#include <arpa/inet.h>
#include <cstring>
#include <netinet/in.h>

namespace common
{

base::Address to_address(const sockaddr_storage& peer) noexcept
{
    if (peer.ss_family == AF_INET) {
        sockaddr_in four{};
        std::memcpy(&four, &peer, sizeof four);
        base::Address4 address;
        std::memcpy(address.bytes.data(), &four.sin_addr, address.bytes.size());
        return base::Address{address};
    }
    if (peer.ss_family == AF_INET6) {
        sockaddr_in6 six{};
        std::memcpy(&six, &peer, sizeof six);
        base::Address6 address;
        std::memcpy(address.bytes.data(), &six.sin6_addr, address.bytes.size());
        return base::Address{address};
    }
    return {};
}

std::uint16_t port_of(const sockaddr_storage& peer) noexcept
{
    sockaddr_in either{}; // the port is at the same place in sockaddr_in6
    std::memcpy(&either, &peer, sizeof either);
    return peer.ss_family == AF_INET || peer.ss_family == AF_INET6 ? ntohs(either.sin_port)
                                                                   : std::uint16_t{0};
}

} // namespace common
