#include <algorithm>

#include "ctl/doctor/collect.h"
#include "ctl/doctor/dns_client.h"

namespace ctl::doctor
{

namespace
{

constexpr std::chrono::milliseconds patience_for_answer{2000};
constexpr std::size_t most_addresses = 16;

struct Target {
    Transport transport = Transport::udp;
    base::Address address{};
    std::uint16_t port = 0;
    friend bool operator==(const Target&, const Target&) = default;
};

bool is_loopback(const base::Address& address)
{
    return address.is4() ? address.as4().bytes[0] == 127 : address == *base::parse_address("::1");
}

/// Those that the daemon serves if it serves all. Loopback only if there is no other: narrow-dns.conf denies
/// it.
std::vector<base::Address> any_address(const Facts& facts, bool only4)
{
    std::vector<base::Address> result;
    for (const bool loopback : {false, true}) {
        for (const base::Address& address : facts.own_addresses) {
            if (is_loopback(address) == loopback && (address.is4() || !only4)) {
                result.push_back(address);
            }
        }
        if (!result.empty()) {
            break;
        }
    }
    return result;
}

bool is_any(const base::Address& address)
{
    return std::ranges::all_of(address.bytes(), [](auto byte) { return byte == 0; });
}

bool is_own(const base::Address& address, const Facts& facts)
{
    return is_loopback(address) || std::find(facts.own_addresses.begin(), facts.own_addresses.end(),
                                             address) != facts.own_addresses.end();
}

class Targets
{
public:
    explicit Targets(const Facts& facts) : facts_(facts) {}

    void add(Transport transport, const base::Address& address, std::uint16_t port)
    {
        if (is_any(address)) {
            const std::vector<base::Address> served = any_address(facts_, address.is4());
            for (std::size_t i = 0; i < served.size(); ++i) {
                if (i < most_addresses) {
                    add_one({transport, served[i], port});
                } else if (std::find(left_out_.begin(), left_out_.end(), served[i]) == left_out_.end()) {
                    left_out_.push_back(served[i]);
                }
            }
        } else if (is_own(address, facts_)) { // nothing is sent to another machine
            add_one({transport, address, port});
        }
    }
    void add_both(const base::Address& address, std::uint16_t udp, std::uint16_t tcp)
    {
        add(Transport::udp, address, udp);
        add(Transport::tcp, address, tcp);
    }
    const std::vector<Target>& all() const noexcept { return all_; }
    /// The number of addresses that are asked in no way.
    std::size_t left_out() const
    {
        const auto is_left_out = [&](const base::Address& address) {
            return std::none_of(all_.begin(), all_.end(),
                                [&](const Target& one) { return one.address == address; });
        };
        return static_cast<std::size_t>(std::count_if(left_out_.begin(), left_out_.end(), is_left_out));
    }

private:
    void add_one(const Target& target)
    {
        if (target.port != 0 && std::find(all_.begin(), all_.end(), target) == all_.end()) {
            all_.push_back(target);
        }
    }

    const Facts& facts_;
    std::vector<Target> all_;
    std::vector<base::Address> left_out_;
};

void add_served(const std::vector<admin::StatusSocket>& sockets, Targets& targets)
{
    for (const admin::StatusSocket& socket : sockets) {
        if (socket.socket == admin::Socket::dns_udp || socket.socket == admin::Socket::dns_tcp) {
            targets.add(socket.socket == admin::Socket::dns_udp ? Transport::udp : Transport::tcp,
                        socket.address, socket.port);
        }
    }
}

Targets targets_of(const Facts& facts)
{
    Targets targets{facts};
    const base::Address all = *base::parse_address("::");
    if (facts.running) {
        add_served(facts.running->sockets, targets);
    } else if (facts.config && !facts.has_unit()) {
        const auto& listen = facts.config->server.listen;
        if (listen.empty()) {
            targets.add_both(all, facts.config->udp.port, facts.config->tcp.port);
        }
        for (const base::Address& address : listen) {
            targets.add_both(address, facts.config->udp.port, facts.config->tcp.port);
        }
    } else {
        targets.add_both(all, 53, 53);
    }
    return targets;
}

} // namespace

void ask_by_dns(Facts& facts)
{
    const auto zone = dns::Name::from_text(facts.names.zone());
    if (!zone || zone->is_root()) {
        return;
    }
    const Targets targets = targets_of(facts);
    facts.not_asked = targets.left_out();
    for (const Target& target : targets.all()) {
        facts.answers.push_back(
            ask_about_zone(target.transport, target.address, target.port, *zone, patience_for_answer));
    }
}

} // namespace ctl::doctor
