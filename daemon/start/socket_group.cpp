#include "daemon/start/socket_group.h"

#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>

#include "daemon/common/socket_address.h"

namespace supervisor
{

namespace
{

using ipc::Endpoint;
using ipc::Service;
using privsep::UniqueFd;

void set(int fd, int level, int option, int value) noexcept
{
    // best effort: some kernels and address families lack some options
    ::setsockopt(fd, level, option, &value, sizeof value);
}

/// Queries that arrive during a restart wait in the socket. For a passed socket the service manager sets the
/// size: setting it again would reduce it to net.core.rmem_max.
void make_room(int fd) noexcept
{
    constexpr int wanted = 1 << 20;
    set(fd, SOL_SOCKET, SO_RCVBUF, wanted);
    set(fd, SOL_SOCKET, SO_RCVBUFFORCE, wanted); // beyond that limit; needs root
}

/// 0.0.0.0, :: and ::ffff:0.0.0.0.
bool is_wildcard(const base::Address& address) noexcept
{
    return address == base::Address{base::Address4{}} || address == base::Address{base::Address6{}};
}

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;
};

SocketAddress socket_address(const base::Address& address, std::uint16_t port) noexcept
{
    SocketAddress result;
    if (address.is4()) {
        sockaddr_in four{};
        four.sin_family = AF_INET;
        four.sin_port = htons(port);
        std::memcpy(&four.sin_addr, address.as4().bytes.data(), sizeof four.sin_addr);
        std::memcpy(&result.storage, &four, sizeof four);
        result.size = sizeof four;
    } else {
        sockaddr_in6 six{};
        six.sin6_family = AF_INET6;
        six.sin6_port = htons(port);
        std::memcpy(&six.sin6_addr, address.as6().bytes.data(), sizeof six.sin6_addr);
        std::memcpy(&result.storage, &six, sizeof six);
        result.size = sizeof six;
    }
    return result;
}

/// The address that the socket is bound to; AF_UNSPEC if it is not known.
sockaddr_storage name_of(int fd) noexcept
{
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size);
    return storage;
}

bool is_stream(const Endpoint& endpoint) noexcept
{
    return endpoint.service != Service::dns_udp;
}

/// Non-blocking, with all options that do not depend on the port; none, with errno, on an error.
UniqueFd open_socket(const Endpoint& endpoint) noexcept
{
    const int type = (is_stream(endpoint) ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK;
    UniqueFd fd{::socket(endpoint.address.is4() ? AF_INET : AF_INET6, type, 0)};
    if (!fd) {
        return {};
    }
    if (!endpoint.address.is4()) {
        set(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
    }
    if (is_stream(endpoint)) {
        set(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1); // a restart must not wait for TIME_WAIT
    } else {
        make_room(fd.get());
        prepare_datagrams(fd.get(), endpoint.address);
    }
    return fd;
}

/// Sets `is_absent` if this machine does not have the address yet.
bool bind_even_if_absent(int fd, const Endpoint& endpoint, std::uint16_t port, bool& is_absent) noexcept
{
    const SocketAddress address = socket_address(endpoint.address, port);
    const auto bind = [&] {
        return ::bind(fd, reinterpret_cast<const sockaddr*>(&address.storage), address.size) == 0;
    };
    if (bind()) {
        return true;
    }
    if (errno != EADDRNOTAVAIL || is_wildcard(endpoint.address)) {
        return false;
    }
    if (endpoint.address.is4()) {
        set(fd, IPPROTO_IP, IP_FREEBIND, 1);
    } else {
        set(fd, IPPROTO_IPV6, IPV6_FREEBIND, 1);
    }
    is_absent = bind();
    return is_absent;
}

} // namespace

void prepare_datagrams(int fd, const base::Address& address) noexcept
{
    const int tell_address = is_wildcard(address) ? 1 : 0; // otherwise it would only cost time per query
    set(fd, IPPROTO_IP, IP_PKTINFO, tell_address);
    set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
    set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, tell_address);
    set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
    set(fd, IPPROTO_IPV6, IPV6_DONTFRAG, 1);
}

base::Address address_of(int fd) noexcept
{
    return common::to_address(name_of(fd)); // a wildcard if it is not known, which is safe for every socket
}

std::uint16_t port_of(int fd) noexcept
{
    return common::port_of(name_of(fd));
}

Group open_group(const Endpoint& endpoint, std::uint16_t port, std::size_t count)
{
    Group group;
    while (group.error == 0 && group.fds.size() < count) {
        UniqueFd fd = open_socket(endpoint);
        const bool is_first = group.fds.empty();
        if (fd && !is_first) {
            set(fd.get(), SOL_SOCKET, SO_REUSEPORT, 1);
        }
        if (!fd || !bind_even_if_absent(fd.get(), endpoint, port, group.is_absent)) {
            group.error = errno;
            break;
        }
        if (is_first && count > 1) {
            set(fd.get(), SOL_SOCKET, SO_REUSEPORT, 1);
        }
        if (is_stream(endpoint) && ::listen(fd.get(), SOMAXCONN) != 0) {
            group.error = errno;
        }
        port = port_of(fd.get());
        group.fds.push_back(std::move(fd));
    }
    if (group.error != 0) {
        group.fds.clear();
    }
    return group;
}

} // namespace supervisor
