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

bool BruteForceLimit::Entry::is_in_use(base::Uptime now) const noexcept
{
    const bool was_blocked = block_time.count() != 0;
    return network[0] != 0 &&
           ((was_blocked && now < blocked_until + longest_block) || now < failures.back() + window);
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

bool BruteForceLimit::blocks(const base::Address& client, const dns::Name& host,
                             base::Uptime now) const noexcept
{
    const ClientNetwork network = common::network_of(client);
    const std::uint64_t wanted = hash_of(host);
    std::size_t blocked_names = 0;
    bool is_blocked = false;
    for (const Entry& entry : table_[set_of(network)]) { // all of them: the work is always the same
        const bool is_active = entry.network == network && now < entry.blocked_until;
        blocked_names += static_cast<std::size_t>(is_active);
        is_blocked = is_blocked || (is_active && entry.host == wanted);
    }
    return (is_blocked || blocked_names == max_names) && !is_loopback(client);
}

/// The entry that is replaced for a new name of `network`: a free or outdated one first, then the entry of
/// another network that is furthest from being blocked. If the network already has `max_names` entries, it is
/// the one of its own that is nearest to being blocked. Its blocked entries are never replaced: if all are
/// blocked, blocks() is true for every name.
BruteForceLimit::Entry& BruteForceLimit::entry_to_replace(Set& set, const ClientNetwork& network,
                                                          base::Uptime now) noexcept
{
    const auto is_own = [&](const Entry& e) { return e.network == network && e.is_in_use(now); };
    const auto own = static_cast<std::size_t>(std::count_if(set.begin(), set.end(), is_own));
    if (own >= max_names) {
        return *std::max_element(set.begin(), set.end(), [&](const Entry& left, const Entry& right) {
            const auto nearness = [&](const Entry& e) {
                return is_own(e) && e.blocked_until <= now ? e.failures
                                                           : Failures{never, never, never, never};
            };
            return nearness(left) < nearness(right);
        });
    }
    Entry& replaced = *std::min_element(set.begin(), set.end(), [&](const Entry& left, const Entry& right) {
        const auto rank = [&](const Entry& e) {
            return !e.is_in_use(now)
                       ? never
                       : (is_own(e) ? base::Uptime::max() : std::max(e.blocked_until, e.failures[3]));
        };
        return rank(left) < rank(right);
    });
    replaced = Entry{};
    return replaced;
}

std::optional<base::Uptime> BruteForceLimit::record_failure(const base::Address& client,
                                                            const dns::Name& host, base::Uptime now) noexcept
{
    if (is_loopback(client) || blocks(client, host, now)) {
        return std::nullopt;
    }
    const ClientNetwork network = common::network_of(client);
    const std::uint64_t wanted = hash_of(host);
    Set& set = table_[set_of(network)];
    auto* entry = std::ranges::find_if(
        set, [&](const Entry& e) { return e.network == network && e.host == wanted && e.is_in_use(now); });
    if (entry == set.end()) {
        entry = &entry_to_replace(set, network, now);
        entry->network = network;
        entry->host = wanted;
    }
    const bool is_too_many = now - entry->failures.front() < window;
    std::rotate(entry->failures.begin(), entry->failures.begin() + 1, entry->failures.end());
    entry->failures.back() = now;
    if (!is_too_many) {
        return std::nullopt;
    }
    entry->block_time = std::clamp(2 * entry->block_time, shortest_block, longest_block);
    entry->blocked_until = now + entry->block_time;
    entry->failures.fill(never); // after the block, five more are allowed
    return entry->block_time;
}

} // namespace keeper
