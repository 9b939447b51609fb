#include "daemon/supervisor/sockets.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <iterator>
#include <sys/socket.h>

#include "daemon/supervisor/socket_group.h"
#include "daemon/supervisor/steering.h"
#include "privsep/fail.h"
#include "privsep/log.h"
#include "privsep/random.h"
#include "proto/base/text.h"

namespace supervisor
{

namespace
{

/// How the port lines name them.
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
    const auto octets = privsep::random_octets<std::array<std::uint8_t, sizeof key>>();
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

Sockets Sockets::bind(const std::vector<Endpoint>& wanted, std::size_t workers)
{
    Sockets sockets;
    for (const Service service : ipc::services) {
        std::vector<Endpoint> of_service;
        std::ranges::copy_if(wanted, std::back_inserter(of_service),
                             [service](const Endpoint& one) { return one.service == service; });
        if (!of_service.empty()) {
            sockets.bind_service(of_service, service == Service::http ? 1 : workers);
        }
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
    for (const Service service : ipc::services) {
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

std::optional<std::string> Sockets::missing(const std::vector<Endpoint>& wanted) const
{
    const auto is_missing = [&](const Endpoint& one) {
        return std::ranges::find(listening_, one, &Listening::endpoint) == listening_.end();
    };
    const auto found = passed_ ? wanted.end() : std::ranges::find_if(wanted, is_missing);
    return found == wanted.end() ? std::nullopt : std::optional{describe(*found)};
}

Sockets Sockets::split_off_all_but(const std::vector<Endpoint>& wanted)
{
    Sockets others;
    if (passed_) {
        return others;
    }
    const auto is_wanted = [&](const Listening& one) {
        return std::ranges::find(wanted, one.endpoint) != wanted.end();
    };
    for (auto one = listening_.begin(); one != listening_.end();) {
        if (is_wanted(*one)) {
            ++one;
        } else {
            others.listening_.push_back(std::move(*one));
            one = listening_.erase(one);
        }
    }
    return others;
}

void Sockets::take_back(Sockets&& others)
{
    std::ranges::move(others.listening_, std::back_inserter(listening_));
}

void Sockets::print_free_ports() const
{
    for (const Service service : ipc::services) {
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
