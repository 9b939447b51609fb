#include "daemon/supervisor/sockets.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>

#include "daemon/common/socket_address.h"
#include "privsep/log.h"

namespace supervisor
{

namespace
{

using privsep::UniqueFd;

std::string describe(const Endpoint& endpoint)
{
    return std::string{name(endpoint.service)} + " " + base::to_text(endpoint.address) + " port " +
           std::to_string(endpoint.port);
}

std::string advice(int error)
{
    switch (error) {
    case EACCES:
        return ": ports below 1024 need root or a service manager that passes sockets";
    case EADDRINUSE:
        return ": another server has it; stop that one, or set listen= or port=";
    case EADDRNOTAVAIL:
        return ": this machine has no such address; check listen=";
    default:
        return "";
    }
}

std::runtime_error failure(const Endpoint& endpoint, int error)
{
    return std::runtime_error{"can not listen on " + describe(endpoint) + ": " +
                              std::generic_category().message(error) + advice(error)};
}

void set(int fd, int level, int option, int value) noexcept
{
    // best effort: a kernel or a family that lacks an option does without
    ::setsockopt(fd, level, option, &value, sizeof value);
}

/// A burst while we are restarted waits in the socket. Of a socket that is passed, it is the service
/// manager's to say how much: asking again would cut that down to net.core.rmem_max.
void make_room(int fd) noexcept
{
    constexpr int wanted = 1 << 20;
    set(fd, SOL_SOCKET, SO_RCVBUF, wanted);
    set(fd, SOL_SOCKET, SO_RCVBUFFORCE, wanted); // past that limit; for root alone
}

/// 0.0.0.0, :: and ::ffff:0.0.0.0.
bool is_wildcard(const base::Address& address) noexcept
{
    return address == base::Address{base::Address4{}} || address == base::Address{base::Address6{}};
}

/// What the responder needs to know and to be sure of, whoever bound the socket: to which address a query
/// went (RFC 2181 section 4.1), unless there is only one, and that no reply is fragmented, whatever an ICMP
/// message claims (RFC 9715 section 3.1). `address`: that it is bound to, or will be.
void prepare_datagrams(int fd, const base::Address& address) noexcept
{
    const int tell_address =
        is_wildcard(address) ? 1 : 0; // one more thing to do for the kernel, twice a query
    set(fd, IPPROTO_IP, IP_PKTINFO, tell_address);
    set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
    set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, tell_address);
    set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
    set(fd, IPPROTO_IPV6, IPV6_DONTFRAG, 1);
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
        std::memcpy(&four.sin_addr, address.as4().octets.data(), sizeof four.sin_addr);
        std::memcpy(&result.storage, &four, sizeof four);
        result.size = sizeof four;
    } else {
        sockaddr_in6 six{};
        six.sin6_family = AF_INET6;
        six.sin6_port = htons(port);
        std::memcpy(&six.sin6_addr, address.as6().octets.data(), sizeof six.sin6_addr);
        std::memcpy(&result.storage, &six, sizeof six);
        result.size = sizeof six;
    }
    return result;
}

/// What the socket is bound to; nothing of an unknown family where that can not be had.
sockaddr_storage name_of(int fd) noexcept
{
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size);
    return storage;
}

base::Address address_of(int fd) noexcept
{
    return common::to_address(
        name_of(fd)); // a wildcard where it is not known, which is right for every socket
}

std::uint16_t port_of(int fd) noexcept
{
    return common::port_of(name_of(fd));
}

/// A bound, non-blocking and, where it is a stream, listening socket; or none, with errno.
UniqueFd open_socket(const Endpoint& endpoint, std::uint16_t port) noexcept
{
    const bool stream = endpoint.service != Service::dns_udp;
    const int type = (stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK;
    UniqueFd fd{::socket(endpoint.address.is4() ? AF_INET : AF_INET6, type, 0)};
    if (!fd) {
        return {};
    }
    if (!endpoint.address.is4()) {
        set(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
    }
    if (stream) {
        set(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1); // a restart must not wait for TIME_WAIT
    } else {
        make_room(fd.get());
        prepare_datagrams(fd.get(), endpoint.address);
    }
    const SocketAddress address = socket_address(endpoint.address, port);
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) != 0 ||
        (stream && ::listen(fd.get(), SOMAXCONN) != 0)) {
        const int error = errno;
        fd.reset();
        errno = error;
    }
    return fd;
}

void add_endpoints(std::vector<Endpoint>& result, Service service, const std::vector<base::Address>& listen,
                   std::uint16_t port)
{
    for (const base::Address& address : listen) {
        result.push_back({service, address, port, false});
    }
    if (listen.empty()) {
        result.push_back({service, base::Address{base::Address4{}}, port, true});
        result.push_back({service, base::Address{base::Address6{}}, port, true});
    }
}

bool is_family_missing(int error) noexcept
{
    return error == EAFNOSUPPORT || error == EADDRNOTAVAIL;
}

int socket_option(int fd, int option) noexcept
{
    int value = 0;
    socklen_t size = sizeof value;
    return ::getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

/// Which service a passed socket is for; nothing if for none of ours.
std::optional<Service> service_of(const PassedSocket& socket) noexcept
{
    const int family = socket_option(socket.fd.get(), SO_DOMAIN);
    const int type = socket_option(socket.fd.get(), SO_TYPE);
    if (family != AF_INET && family != AF_INET6) {
        return std::nullopt;
    }
    const bool listens = type == SOCK_STREAM && socket_option(socket.fd.get(), SO_ACCEPTCONN) == 1;
    if (socket.name == "dns" && type == SOCK_DGRAM) {
        return Service::dns_udp;
    }
    if (socket.name == "dns" && listens) {
        return Service::dns_tcp;
    }
    return socket.name == "http" && listens ? std::optional{Service::http} : std::nullopt;
}

constexpr std::array services = {Service::dns_tcp, Service::dns_udp, Service::http};

} // namespace

const char* name(Service service) noexcept
{
    switch (service) {
    case Service::dns_tcp:
        return "tcp";
    case Service::dns_udp:
        return "udp";
    case Service::http:
        break;
    }
    return "http";
}

std::vector<Endpoint> endpoints(const config::Config& config)
{
    std::vector<Endpoint> result;
    add_endpoints(result, Service::dns_tcp, config.server.listen, config.tcp.port);
    add_endpoints(result, Service::dns_udp, config.server.listen, config.udp.port);
    add_endpoints(result, Service::http, config.http.listen, config.http.port);
    return result;
}

/// All of `wanted` on one port, or how far it got and why it stopped.
Sockets::Attempt Sockets::try_to_bind(const std::vector<Endpoint>& wanted)
{
    Attempt attempt;
    std::uint16_t port = wanted.front().port;
    for (const Endpoint& endpoint : wanted) {
        UniqueFd fd = open_socket(endpoint, port);
        attempt.error = fd ? 0 : errno;
        if (!fd && !(endpoint.optional && is_family_missing(attempt.error))) {
            break;
        }
        port = fd ? port_of(fd.get()) : port;
        attempt.bound.push_back({endpoint, std::move(fd)});
    }
    return attempt;
}

void Sockets::bind_service(const std::vector<Endpoint>& wanted)
{
    // A free port that the first address got may be taken on the next one: then all begin anew.
    const int tries = wanted.front().port == 0 ? 20 : 1;
    Attempt attempt;
    for (int i = 0; i < tries && attempt.bound.size() != wanted.size(); ++i) {
        attempt = try_to_bind(wanted);
    }
    if (attempt.bound.size() != wanted.size()) {
        throw failure(wanted[attempt.bound.size()], attempt.error);
    }
    std::move(attempt.bound.begin(), attempt.bound.end(), std::back_inserter(listening_));
}

Sockets Sockets::bind(const config::Config& config)
{
    Sockets sockets;
    const std::vector<Endpoint> all = endpoints(config);
    for (const Service service : services) {
        std::vector<Endpoint> wanted;
        std::copy_if(all.begin(), all.end(), std::back_inserter(wanted),
                     [&](const Endpoint& endpoint) { return endpoint.service == service; });
        sockets.bind_service(wanted);
        if (sockets.of(service).empty()) {
            throw std::runtime_error{"can not listen: this kernel has neither IPv4 nor IPv6"};
        }
    }
    for (const Listening& one : sockets.listening_) {
        if (!one.fd) {
            privsep::log(privsep::Level::notice, "not listening on " + describe(one.endpoint) +
                                                     ": the address family is off in this kernel");
        }
    }
    return sockets;
}

Sockets Sockets::adopt(std::vector<PassedSocket> passed)
{
    Sockets sockets;
    sockets.passed_ = true;
    for (PassedSocket& socket : passed) {
        const auto service = service_of(socket);
        if (!service) {
            privsep::log(privsep::Level::warning,
                         "passed socket '" + socket.name +
                             "' is left alone: expected dns (datagram or listening stream) or http "
                             "(listening stream), over IPv4 or IPv6");
            continue;
        }
        ::fcntl(socket.fd.get(), F_SETFL, ::fcntl(socket.fd.get(), F_GETFL) | O_NONBLOCK);
        if (*service == Service::dns_udp) {
            prepare_datagrams(socket.fd.get(), address_of(socket.fd.get()));
        }
        sockets.listening_.push_back({{*service, {}, 0, false}, std::move(socket.fd)});
    }
    for (const Service service : services) {
        if (sockets.of(service).empty()) {
            privsep::log(privsep::Level::warning,
                         std::string{name(service)} + " is not served: no socket for it was passed");
        }
    }
    return sockets;
}

std::vector<int> Sockets::of(Service service) const
{
    std::vector<int> result;
    for (const Listening& one : listening_) {
        if (one.endpoint.service == service && one.fd) {
            result.push_back(one.fd.get());
        }
    }
    return result;
}

std::optional<std::string> Sockets::missing(const config::Config& config) const
{
    for (const Endpoint& wanted : endpoints(config)) {
        const bool here = std::any_of(listening_.begin(), listening_.end(),
                                      [&](const Listening& one) { return one.endpoint == wanted; });
        if (!here && !passed_) {
            return describe(wanted);
        }
    }
    return std::nullopt;
}

void Sockets::keep_only(const config::Config& config)
{
    if (passed_) {
        return;
    }
    const std::vector<Endpoint> wanted = endpoints(config);
    std::erase_if(listening_, [&](const Listening& one) {
        return std::find(wanted.begin(), wanted.end(), one.endpoint) == wanted.end();
    });
}

void Sockets::print_free_ports() const
{
    for (const Service service : services) {
        for (const Listening& one : listening_) {
            if (one.endpoint.service == service && one.fd && one.endpoint.port == 0 && !passed_) {
                std::fprintf(stderr, "%s %u\n", name(service), static_cast<unsigned>(port_of(one.fd.get())));
                break;
            }
        }
    }
}

} // namespace supervisor
