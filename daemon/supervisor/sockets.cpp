#include "daemon/supervisor/sockets.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "daemon/common/socket_address.h"
#include "daemon/supervisor/random.h"
#include "daemon/supervisor/steering.h"
#include "privsep/fail.h"
#include "privsep/log.h"
#include "proto/base/text.h"

namespace supervisor
{

namespace
{

using privsep::UniqueFd;

std::string describe(const Endpoint& endpoint)
{
    return base::filled("{} {} port {}",
                        {name(endpoint.service), base::to_text(endpoint.address), endpoint.port});
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

[[noreturn]] void fail(const Endpoint& endpoint, int error)
{
    privsep::fail("can not listen on {}: {}{}", {describe(endpoint), std::strerror(error), advice(error)});
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

bool is_stream(const Endpoint& endpoint) noexcept
{
    return endpoint.service != Service::dns_udp;
}

/// Non-blocking, with all options but those that the port decides; or none, with errno.
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

struct Group {
    std::vector<UniqueFd> fds;
    int error = 0; ///< where there are none
};

/// `count` sockets that share one address and port. The first one takes the port alone, and says only then
/// that it would share: else a stranger's that says so too would be no error, and he would get some of what
/// is for us.
Group open_group(const Endpoint& endpoint, std::uint16_t port, std::size_t count)
{
    Group group;
    while (group.error == 0 && group.fds.size() < count) {
        UniqueFd fd = open_socket(endpoint);
        const bool is_first = group.fds.empty();
        if (fd && !is_first) {
            set(fd.get(), SOL_SOCKET, SO_REUSEPORT, 1);
        }
        const SocketAddress address = socket_address(endpoint.address, port);
        if (!fd || ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) != 0) {
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

} // namespace

int Sockets::try_to_bind(const std::vector<Endpoint>& wanted, std::size_t sockets_each)
{
    std::uint16_t port = wanted.front().port;
    for (const Endpoint& endpoint : wanted) {
        Group group = open_group(endpoint, port, sockets_each);
        if (group.error != 0 && !(endpoint.optional && is_family_missing(group.error))) {
            return group.error;
        }
        port = group.fds.empty() ? port : port_of(group.fds.front().get());
        listening_.push_back({endpoint, std::move(group.fds)});
    }
    return 0;
}

void Sockets::bind_service(const std::vector<Endpoint>& wanted, std::size_t sockets_each)
{
    // A free port that the first address got may be taken on the next one: then all begin anew.
    const int tries = wanted.front().port == 0 ? 20 : 1;
    const std::size_t before = listening_.size();
    int error = try_to_bind(wanted, sockets_each);
    for (int i = 1; i < tries && error != 0; ++i) {
        listening_.erase(listening_.begin() + static_cast<std::ptrdiff_t>(before), listening_.end());
        error = try_to_bind(wanted, sockets_each);
    }
    if (error != 0) {
        fail(wanted[listening_.size() - before], error);
    }
}

/// Best effort: without it, clients are spread all the same, and each worker counts them on its own.
void Sockets::steer() const
{
    std::uint32_t key = 0;
    const auto octets = random_octets<std::array<std::uint8_t, sizeof key>>();
    std::memcpy(&key, octets.data(), sizeof key);
    bool all_are_steered = true;
    for (const Listening& one : listening_) {
        if (one.fds.size() > 1 && !steer_by_network(one.fds.front().get(), one.endpoint.address.is4(),
                                                    static_cast<std::uint32_t>(one.fds.size()), key)) {
            all_are_steered = false;
        }
    }
    if (!all_are_steered) {
        privsep::log(privsep::Level::warning, "this kernel does not keep a client network with one worker: "
                                              "each worker counts its rate and connections on its own");
    }
}

Sockets Sockets::bind(const config::Config& config)
{
    Sockets sockets;
    for (const Service service : services) {
        sockets.bind_service(endpoints(config, service),
                             service == Service::http ? 1 : config.server.workers);
        if (sockets.of(service).empty()) {
            privsep::fail("can not listen: this kernel has neither IPv4 nor IPv6");
        }
    }
    for (const Listening& one : sockets.listening_) {
        if (one.fds.empty()) {
            privsep::log(privsep::Level::notice,
                         "not listening on {}: the address family is off in this kernel",
                         {describe(one.endpoint)});
        }
    }
    sockets.steer();
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
                         "passed socket '{}' is left alone: expected dns (datagram or listening stream) or "
                         "http (listening stream), over IPv4 or IPv6",
                         {socket.name});
            continue;
        }
        ::fcntl(socket.fd.get(), F_SETFL, ::fcntl(socket.fd.get(), F_GETFL) | O_NONBLOCK);
        if (*service == Service::dns_udp) {
            prepare_datagrams(socket.fd.get(), address_of(socket.fd.get()));
        }
        Listening one{{*service, {}, 0, false}, {}};
        one.fds.push_back(std::move(socket.fd));
        sockets.listening_.push_back(std::move(one));
    }
    for (const Service service : services) {
        if (sockets.of(service).empty()) {
            privsep::log(privsep::Level::warning, "{} is not served: no socket for it was passed",
                         {name(service)});
        }
    }
    return sockets;
}

std::vector<int> Sockets::of(Service service, Worker worker) const
{
    std::vector<int> result;
    for (const Listening& one : listening_) {
        if (one.endpoint.service != service || one.fds.empty()) {
            continue;
        }
        const std::size_t first = worker.index % one.fds.size();
        for (std::size_t at = first; at < one.fds.size(); at += worker.count) {
            result.push_back(one.fds[at].get());
        }
    }
    return result;
}

bool Sockets::are_shared_by(std::size_t workers) const noexcept
{
    return std::ranges::any_of(listening_, [&](const Listening& one) {
        return one.endpoint.service != Service::http && !one.fds.empty() && one.fds.size() < workers;
    });
}

std::optional<std::string> Sockets::missing(const config::Config& config) const
{
    for (const Service service : services) {
        for (const Endpoint& wanted : endpoints(config, service)) {
            const bool here =
                std::ranges::any_of(listening_, [&](const Listening& one) { return one.endpoint == wanted; });
            if (!here && !passed_) {
                return describe(wanted);
            }
        }
    }
    return std::nullopt;
}

void Sockets::keep_only(const config::Config& config)
{
    if (passed_) {
        return;
    }
    for (auto one = listening_.begin(); one != listening_.end();) {
        const auto wanted = endpoints(config, one->endpoint.service);
        const bool is_wanted = std::ranges::find(wanted, one->endpoint) != wanted.end();
        one = is_wanted ? one + 1 : listening_.erase(one);
    }
}

void Sockets::print_free_ports() const
{
    for (const Service service : services) {
        for (const Listening& one : listening_) {
            if (one.endpoint.service == service && !one.fds.empty() && one.endpoint.port == 0 && !passed_) {
                std::fprintf(stderr, "%s %u\n", name(service),
                             static_cast<unsigned>(port_of(one.fds.front().get())));
                break;
            }
        }
    }
}

} // namespace supervisor
