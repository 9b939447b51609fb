#include "daemon/supervisor/sockets.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <iterator>
#include <sys/socket.h>

#include "daemon/supervisor/passed_sockets.h"
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
        return ": this machine does not have the address; check listen=";
    default:
        return "";
    }
}

[[noreturn]] void fail(const Endpoint& endpoint, int error)
{
    privsep::fail("cannot listen on {}: {}{}", {describe(endpoint), std::strerror(error), advice(error)});
}

bool is_family_missing(int error) noexcept
{
    return error == EAFNOSUPPORT || error == EADDRNOTAVAIL;
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
        if (group.is_absent && std::ranges::find(absent_, endpoint.address) == absent_.end()) {
            absent_.push_back(endpoint.address);
        }
        listening_.push_back({endpoint, std::move(group.fds)});
    }
    return 0;
}

void Sockets::bind_service(const std::vector<Endpoint>& wanted, std::size_t sockets_each)
{
    // A free port that the first address got may be taken on the next one: then all begin again.
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
    const auto bytes = privsep::random_bytes<std::array<std::uint8_t, sizeof key>>();
    std::memcpy(&key, bytes.data(), sizeof key);
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
            privsep::fail("cannot listen: this kernel has neither IPv4 nor IPv6");
        }
    }
    for (const Listening& one : sockets.listening_) {
        if (one.fds.empty()) {
            privsep::log(privsep::Level::notice,
                         "not listening on {}: the address family is off in this kernel",
                         {describe(one.endpoint)});
        }
    }
    sockets.say_what_is_absent();
    sockets.steer();
    return sockets;
}

/// It may be a boot that is not done yet, or a mistyped address: one line for both.
void Sockets::say_what_is_absent() const
{
    std::string list;
    for (const base::Address& address : absent_) {
        base::append(list, "{}{}", {list.empty() ? "" : ", ", base::to_text(address)});
    }
    if (!list.empty()) {
        privsep::log(
            privsep::Level::notice,
            "listen=: this machine does not have {} yet; what is missing is served as soon as it has "
            "it",
            {list});
    }
}

Sockets Sockets::adopt(std::vector<PassedSocket> passed)
{
    Sockets sockets;
    sockets.passed_ = true;
    const std::vector<Assignment> assignments = assign(passed);
    for (std::size_t i = 0; i < passed.size(); ++i) {
        const Assignment& assignment = assignments[i];
        privsep::UniqueFd& fd = passed[i].fd;
        if (!assignment.service) {
            privsep::log(privsep::Level::warning, "passed socket '{}' is left alone: {}",
                         {base::escape(passed[i].name, 80), assignment.reason});
            continue;
        }
        ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
        const base::Address address = address_of(fd.get());
        if (*assignment.service == Service::dns_udp) {
            prepare_datagrams(fd.get(), address);
        }
        Listening one{{*assignment.service, address, port_of(fd.get()), false}, {}};
        one.fds.push_back(std::move(fd));
        sockets.listening_.push_back(std::move(one));
    }
    if (sockets.of(Service::dns_udp).empty() && sockets.of(Service::dns_tcp).empty()) {
        privsep::fail("no DNS socket is among those that were passed: enable nanodnsd-dns.socket, or set "
                      "FileDescriptorName=dns in the socket unit that is meant");
    }
    for (const Service service : ipc::services) {
        if (sockets.of(service).empty()) {
            privsep::log(privsep::Level::warning, "{} is not served: no socket for it was passed",
                         {name(service)});
        }
    }
    return sockets;
}

std::string Sockets::summary() const
{
    if (!passed_) {
        return {};
    }
    std::string there;
    std::string missing;
    for (const Service service : ipc::services) {
        const std::size_t before = there.size();
        for (const Listening& one : listening_) {
            if (one.endpoint.service == service) {
                base::append(there, "{}{}", {there.empty() ? " on " : ", ", describe(one.endpoint)});
            }
        }
        if (there.size() == before) {
            base::append(missing, "; {} is not served", {name(service)});
        }
    }
    return there + missing;
}

std::vector<int> Sockets::of(Service service, Place place) const
{
    std::vector<int> result;
    for (const Listening& one : listening_) {
        if (one.endpoint.service != service || one.fds.empty()) {
            continue;
        }
        const std::size_t first = place.index % one.fds.size();
        for (std::size_t at = first; at < one.fds.size(); at += place.count) {
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
