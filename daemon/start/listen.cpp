#include "daemon/start/listen.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <iterator>
#include <utility>

#include "daemon/start/passed_sockets.h"
#include "daemon/start/socket_group.h"
#include "daemon/start/steering.h"
#include "privsep/fail.h"
#include "privsep/log.h"
#include "privsep/random.h"
#include "proto/base/text.h"

namespace supervisor
{

namespace
{

std::string advice(int error)
{
    switch (error) {
    case EACCES:
        return ": ports below 1024 need root or a service manager that passes sockets";
    case EADDRINUSE:
        return ": another server uses it; stop that server, or set listen= or port=";
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

/// Binds the endpoints that the config wants.
class Binder
{
public:
    /// Binds all of `wanted`, which are of one service, to the same port; ends the process if it cannot.
    void bind_service(const std::vector<Endpoint>& wanted, std::size_t sockets_each)
    {
        // The free port of the first address may be in use on the next one: then all are bound again.
        const int tries = wanted.front().port == 0 ? 20 : 1;
        const std::size_t before = listening.size();
        int error = try_to_bind(wanted, sockets_each);
        for (int i = 1; i < tries && error != 0; ++i) {
            listening.erase(listening.begin() + static_cast<std::ptrdiff_t>(before), listening.end());
            error = try_to_bind(wanted, sockets_each);
        }
        if (error != 0) {
            fail(wanted[listening.size() - before], error);
        }
    }

    void log_absent_addresses() const;

    std::vector<Sockets::Listening> listening; ///< so far

private:
    /// Appends to `listening` until an error, which it returns; 0 if there is none.
    int try_to_bind(const std::vector<Endpoint>& wanted, std::size_t sockets_each)
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
            listening.push_back({endpoint, std::move(group.fds), port});
        }
        return 0;
    }

    std::vector<base::Address> absent_; ///< bound, but this machine does not have them yet
};

/// The network may not be up yet, or the address may be mistyped: the message fits both.
void Binder::log_absent_addresses() const
{
    std::string list;
    for (const base::Address& address : absent_) {
        base::append(list, "{}{}", {list.empty() ? "" : ", ", base::to_text(address)});
    }
    if (!list.empty()) {
        privsep::log(privsep::Level::notice,
                     "listen=: this machine does not have {} yet; it is served as soon as it exists", {list});
    }
}

/// If that fails, a client network may reach several workers. Then they share one socket for each address, so
/// that each takes its part of the limits (Sockets::are_shared_by()).
void steer(std::vector<Sockets::Listening>& listening)
{
    std::uint32_t key = 0;
    const auto bytes = privsep::random_bytes<std::array<std::uint8_t, sizeof key>>();
    std::memcpy(&key, bytes.data(), sizeof key);
    bool all_are_steered = true;
    for (const Sockets::Listening& one : listening) {
        if (one.fds.size() > 1 && !steer_by_network(one.fds.front().get(), one.endpoint.address.is4(),
                                                    static_cast<std::uint32_t>(one.fds.size()), key)) {
            all_are_steered = false;
        }
    }
    if (!all_are_steered) {
        for (Sockets::Listening& one : listening) {
            one.fds.resize(std::min<std::size_t>(one.fds.size(), 1));
        }
        privsep::log(privsep::Level::warning,
                     "this kernel cannot direct a client network to one worker: each "
                     "worker has its part of the limits");
    }
}

void log_not_served(const Sockets& sockets, const ipc::ConfigSummary& config,
                    const std::vector<Endpoint>& wanted)
{
    for (const Service service : ipc::services) {
        const bool is_passed = !sockets.of(service).empty();
        // the console's are served if they are passed, without a line in the config
        const bool is_expected = !ipc::is_of_console(service) ||
                                 std::ranges::find(wanted, service, &Endpoint::service) != wanted.end();
        if (is_passed != config.wants(service) && (is_passed || is_expected)) {
            privsep::log(
                privsep::Level::warning, "{} is not served: {}",
                {name(service), is_passed ? "the config turns it off" : "no socket for it was passed"});
        }
    }
}

} // namespace

Sockets bind_sockets(const std::vector<Endpoint>& wanted, std::size_t workers)
{
    Binder binder;
    for (const Service service : ipc::services) {
        std::vector<Endpoint> of_service;
        std::ranges::copy_if(wanted, std::back_inserter(of_service),
                             [service](const Endpoint& one) { return one.service == service; });
        if (!of_service.empty() && service != Service::control) {
            binder.bind_service(of_service, ipc::is_dns(service) ? workers : 1);
        }
    }
    for (const Sockets::Listening& one : binder.listening) {
        if (one.fds.empty()) {
            privsep::log(privsep::Level::notice,
                         "not listening on {}: this kernel does not have the address family",
                         {describe(one.endpoint)});
        }
    }
    binder.log_absent_addresses();
    steer(binder.listening);
    Sockets sockets{std::move(binder.listening), false};
    if (std::ranges::any_of(wanted, [&](const Endpoint& one) {
            return one.service != Service::control && sockets.of(one.service).empty();
        })) {
        privsep::fail("cannot listen: this kernel has neither IPv4 nor IPv6");
    }
    return sockets;
}

Sockets adopt_sockets(std::vector<PassedSocket> passed, const ipc::ConfigSummary& config,
                      const std::vector<Endpoint>& wanted)
{
    std::vector<Sockets::Listening> listening;
    const std::vector<Assignment> assignments = assign(passed);
    for (std::size_t i = 0; i < passed.size(); ++i) {
        const Assignment& assignment = assignments[i];
        privsep::UniqueFd& fd = passed[i].fd;
        if (!assignment.service) {
            privsep::log(privsep::Level::warning, "passed socket '{}' is ignored: {}",
                         {base::escape(passed[i].name, 80), assignment.reason});
            continue;
        }
        ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
        const base::Address address = address_of(fd.get());
        if (*assignment.service == Service::dns_udp) {
            prepare_datagrams(fd.get(), address);
        }
        const std::uint16_t port = port_of(fd.get());
        Sockets::Listening one{{*assignment.service, address, port, false}, {}, port};
        one.fds.push_back(std::move(fd));
        listening.push_back(std::move(one));
    }
    Sockets sockets{std::move(listening), true};
    if (sockets.of(Service::dns_udp).empty() && sockets.of(Service::dns_tcp).empty()) {
        privsep::fail("no DNS socket is among the passed sockets: enable nanodnsd-dns.socket, or set "
                      "FileDescriptorName=dns in its socket unit");
    }
    log_not_served(sockets, config, wanted);
    return sockets;
}

void print_free_ports(const Sockets& sockets)
{
    for (const Service service : ipc::services) {
        for (const Sockets::Listening& one : sockets.listening()) {
            if (one.endpoint.service == service && !one.fds.empty() && one.endpoint.port == 0 &&
                one.port != 0 && !sockets.were_passed()) {
                std::fprintf(stderr, "%s %u\n", name(service), static_cast<unsigned>(one.port));
                break;
            }
        }
    }
}

} // namespace supervisor
