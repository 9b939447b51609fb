#include "daemon/keeper/brute_force_limit.h"

#include <algorithm>

namespace keeper
{

namespace
{

using common::ClientNetwork;

bool is_loopback(const base::Address& client) noexcept
{
    if (client.is4()) {
        return client.as4().bytes[0] == 127; // RFC 1122 section 3.2.1.3
    }
    const auto& bytes = client.as6().bytes; // RFC 4291 section 2.5.3
    return bytes.back() == 1 && std::all_of(bytes.begin(), bytes.end() - 1, [](auto o) { return o == 0; });
}

} // namespace

bool BruteForceLimit::Entry::counts(base::Uptime now) const noexcept
{
    const bool was_put_off = wait.count() != 0;
    return network[0] != 0 && ((was_put_off && now < until + longest_wait) || now < failures.back() + within);
}

BruteForceLimit::BruteForceLimit(const base::SipKey& secret) : secret_(secret) {}

std::uint64_t BruteForceLimit::hash_of(const dns::Name& host) const noexcept
{
    const dns::Name lowered = host.lowered();
    return base::siphash24(secret_, lowered.wire());
}

std::size_t BruteForceLimit::set_of(const ClientNetwork& network) const noexcept
{
    return base::siphash24(secret_, network) % sets;
}

bool BruteForceLimit::puts_off(const base::Address& client, const dns::Name& host,
                               base::Uptime now) const noexcept
{
    const ClientNetwork network = common::network_of(client);
    const std::uint64_t wanted = hash_of(host);
    std::size_t blocked = 0;
    bool is_put_off = false;
    for (const Entry& entry : table_[set_of(network)]) { // all of them, so that it is always the same work
        const bool counts = entry.network == network && now < entry.until;
        blocked += static_cast<std::size_t>(counts);
        is_put_off = is_put_off || (counts && entry.host == wanted);
    }
    return (is_put_off || blocked == max_names) && !is_loopback(client);
}

/// An entry that may be given to another name of `network`. It is nobody's or forgotten, or of another
/// network that is furthest from being put off; or, where the network has its share, its own that is nearest
/// to it. One of its own that is put off is never given away: then puts_off() is true of all names.
BruteForceLimit::Entry& BruteForceLimit::place_for(Set& set, const ClientNetwork& network,
                                                   base::Uptime now) noexcept
{
    const auto is_own = [&](const Entry& e) { return e.network == network && e.counts(now); };
    const auto own = static_cast<std::size_t>(std::count_if(set.begin(), set.end(), is_own));
    if (own >= max_names) {
        return *std::max_element(set.begin(), set.end(), [&](const Entry& left, const Entry& right) {
            const auto nearness = [&](const Entry& e) {
                return is_own(e) && e.until <= now ? e.failures : Failures{never, never, never, never};
            };
            return nearness(left) < nearness(right);
        });
    }
    Entry& place = *std::min_element(set.begin(), set.end(), [&](const Entry& left, const Entry& right) {
        const auto worth = [&](const Entry& e) {
            return !e.counts(now) ? never
                                  : (is_own(e) ? base::Uptime::max() : std::max(e.until, e.failures[3]));
        };
        return worth(left) < worth(right);
    });
    place = Entry{};
    return place;
}

std::optional<base::Uptime> BruteForceLimit::failed(const base::Address& client, const dns::Name& host,
                                                    base::Uptime now) noexcept
{
    if (is_loopback(client) || puts_off(client, host, now)) {
        return std::nullopt;
    }
    const ClientNetwork network = common::network_of(client);
    const std::uint64_t wanted = hash_of(host);
    Set& set = table_[set_of(network)];
    auto* entry = std::ranges::find_if(
        set, [&](const Entry& e) { return e.network == network && e.host == wanted && e.counts(now); });
    if (entry == set.end()) {
        entry = &place_for(set, network, now);
        entry->network = network;
        entry->host = wanted;
    }
    const bool is_too_many = now - entry->failures.front() < within;
    std::rotate(entry->failures.begin(), entry->failures.begin() + 1, entry->failures.end());
    entry->failures.back() = now;
    if (!is_too_many) {
        return std::nullopt;
    }
    entry->wait = std::clamp(2 * entry->wait, shortest_wait, longest_wait);
    entry->until = now + entry->wait;
    entry->failures.fill(never); // when it is over, five more are looked at
    return entry->wait;
}

} // namespace keeper
