#include "daemon/supervisor/sockets.h"

#include <algorithm>
#include <array>

#include "proto/base/text.h"

namespace supervisor
{

const char* name(Service service) noexcept
{
    constexpr std::array<const char*, 7> names{"", "tcp", "udp", "http", "https", "control", "metrics"};
    return names[static_cast<std::size_t>(service)]; // by its number
}

std::string describe(const Endpoint& endpoint)
{
    return endpoint.service == Service::control
               ? "the control socket"
               : base::filled("{} {} port {}",
                              {name(endpoint.service), base::to_text(endpoint.address), endpoint.port});
}

void Sockets::append_open(Service service, std::string& text) const
{
    for (const Listening& one : listening_) {
        if (one.endpoint.service == service) {
            const bool is_unix = one.endpoint.port == 0; // a bound internet socket has a port
            base::append(
                text, "{}{}",
                {text.empty() ? " on " : ", ",
                 is_unix ? base::filled("{} on a Unix socket", {name(service)}) : describe(one.endpoint)});
        }
    }
}

std::string Sockets::summary(const ipc::ConfigSummary& config) const
{
    if (!passed_) {
        return {};
    }
    std::string open;
    std::string missing;
    for (const Service service : ipc::services) {
        if (!config.wants(service)) {
            continue;
        }
        const std::size_t before = open.size();
        append_open(service, open);
        if (open.size() == before && !ipc::is_of_console(service)) {
            base::append(missing, "; {} is not served", {name(service)});
        }
    }
    return open + missing;
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

std::uint16_t Sockets::port(Service service) const noexcept
{
    const auto found = std::ranges::find_if(listening_, [=](const Listening& one) {
        return one.endpoint.service == service && !one.fds.empty();
    });
    return found == listening_.end() ? std::uint16_t{0} : found->port;
}

bool Sockets::are_shared_by(std::size_t workers) const noexcept
{
    return std::ranges::any_of(listening_, [&](const Listening& one) {
        return ipc::is_dns(one.endpoint.service) && !one.fds.empty() && one.fds.size() < workers;
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
    std::vector<Listening> kept;
    for (Listening& one : listening_) {
        const bool is_kept = passed_ || std::ranges::find(wanted, one.endpoint) != wanted.end();
        (is_kept ? kept : others.listening_).push_back(std::move(one));
    }
    listening_ = std::move(kept);
    return others;
}

void Sockets::take_back(Sockets&& others)
{
    std::ranges::move(others.listening_, std::back_inserter(listening_));
}

} // namespace supervisor
