#include "daemon/keeper/credentials.h"

#include <algorithm>

#include "daemon/common/token_digest.h"

namespace keeper
{

namespace
{

constexpr std::uint8_t family4 = 1;
constexpr std::uint8_t family6 = 2;
constexpr std::uint8_t no_family = 4; // of a client that is not known

std::uint8_t family_of(const base::Address& address) noexcept
{
    return address.is4() ? family4 : family6;
}

std::uint64_t high_of(const base::Address6& address) noexcept
{
    return base::load<std::uint64_t>(address.bytes.data());
}

std::uint64_t low_of(const base::Address6& address) noexcept
{
    return base::load<std::uint64_t>(address.bytes.data() + sizeof(std::uint64_t));
}

/// An IPv4 address is compared in its IPv4-mapped form.
std::uint8_t mapped_length(const base::Network& network) noexcept
{
    constexpr std::uint8_t mapped_prefix = 96;
    return static_cast<std::uint8_t>(network.length + (network.address.is4() ? mapped_prefix : 0));
}

/// The same value, of which the compiler knows nothing: it makes no branch that depends on it.
unsigned opaque(unsigned value) noexcept
{
    __asm__("" : "+r"(value)); // NOLINT(hicpp-no-assembler)
    return value;
}

/// 1 or 0.
unsigned is_right(const base::Token& token, const base::TokenHash& wanted) noexcept
{
    const base::TokenHash given = common::hash_token(token, wanted.salt);
    return opaque(static_cast<unsigned>(common::equal_in_constant_time(given.digest, wanted.digest)));
}

/// Puts the number of a secret into a free place; false if there is none.
template <typename Places>
bool put(Places& places, std::uint32_t secret) noexcept
{
    const auto free = std::ranges::find(places, 0U);
    if (free == places.end()) {
        return false;
    }
    *free = secret;
    return true;
}

} // namespace

/// The first entries stand for "everywhere", "no secret" and "only its first token".
Credentials::Credentials() : networks_(1), secrets_(1), locks_(1) {}

bool Credentials::add(HostNumber host, const ipc::Account& account)
{
    const bool has_more = !account.more_tokens.empty() || !account.challenge_keys.empty() ||
                          !account.allow_from.empty() || account.token_sets_challenge;
    if (!has_more) {
        return true;
    }
    Lock& lock = lock_of(host);
    lock.token_sets_challenge = account.token_sets_challenge;
    lock.networks = add(account.allow_from);
    bool has_room = account.allow_from.size() <= ipc::max_allowed_networks;
    for (const base::TokenHash& hash : account.more_tokens) {
        has_room = put(lock.tokens, add(hash, {})) && has_room;
    }
    for (const base::TokenHash& hash : account.challenge_keys) {
        has_room = put(lock.challenge_keys, add(hash, {})) && has_room;
    }
    return has_room;
}

bool Credentials::add_group(const ipc::Group& group, std::span<const HostNumber> hosts)
{
    const Networks networks = add(group.allow_from);
    bool has_room = group.allow_from.size() <= ipc::max_allowed_networks;
    for (const base::TokenHash& hash : group.tokens) {
        const std::uint32_t secret = add(hash, networks);
        for (const HostNumber host : hosts) {
            has_room = put(lock_of(host).tokens, secret) && has_room;
        }
    }
    return has_room;
}

void Credentials::finish(HostNumber hosts)
{
    if (!lock_of_host_.empty()) {
        lock_of_host_.resize(std::size_t{hosts} + 1);
    }
}

bool Credentials::open(HostNumber host, const base::TokenHash& first, const base::Token& token,
                       const Client& client, Purpose purpose) const noexcept
{
    const Lock& lock = locks_[lock_of_host_.empty() ? 0 : lock_of_host_[host]];
    const Range from = range_of(client);
    const auto for_addresses = static_cast<unsigned>(purpose == Purpose::addresses);
    const auto for_challenge = static_cast<unsigned>(purpose == Purpose::challenge);
    const unsigned by_token =
        for_addresses | (for_challenge & static_cast<unsigned>(lock.token_sets_challenge));
    unsigned is_open = is_right(token, first) & by_token;
    for (const std::uint32_t number : lock.tokens) {
        const Secret& secret = secrets_[number];
        is_open |= is_right(token, secret.hash) & is_in(secret.networks, from) & by_token;
    }
    for (const std::uint32_t number : lock.challenge_keys) {
        is_open |= is_right(token, secrets_[number].hash) & (for_addresses ^ 1U);
    }
    return (is_open & is_in(lock.networks, from)) != 0;
}

bool Credentials::has_networks(HostNumber host, Purpose purpose) const noexcept
{
    const Lock& lock = locks_[lock_of_host_.empty() ? 0 : lock_of_host_[host]];
    const auto has_networks = [this](std::uint32_t token) { return secrets_[token].networks.at != 0; };
    return lock.networks.at != 0 ||
           (purpose != Purpose::account && std::ranges::any_of(lock.tokens, has_networks));
}

Credentials::Range Credentials::range_of(const base::Network& network) noexcept
{
    base::Address6 ones;
    ones.bytes.fill(0xFF);
    const base::Address6 mask = base::prefix_of(ones, mapped_length(network)).address;
    const base::Address6 address = network.address.as6();
    return {high_of(address), low_of(address), high_of(mask), low_of(mask), family_of(network.address), 0xFF};
}

Credentials::Range Credentials::range_of(const Client& client) noexcept
{
    const base::Address6 address = client.address.as6();
    const std::uint8_t family = client.is_known ? family_of(client.address) : no_family;
    return {high_of(address), low_of(address), 0, 0, family, 0};
}

Credentials::Networks Credentials::add(std::span<const base::Network> networks)
{
    if (networks.empty()) {
        return {};
    }
    const Networks added{static_cast<std::uint32_t>(networks_.size()),
                         static_cast<std::uint32_t>(networks.size())};
    for (const base::Network& network : networks) {
        networks_.push_back(range_of(network));
    }
    return added;
}

Credentials::Lock& Credentials::lock_of(HostNumber host)
{
    if (lock_of_host_.size() <= host) {
        lock_of_host_.resize(std::size_t{host} + 1);
    }
    std::uint32_t& number = lock_of_host_[host];
    if (number == 0) {
        number = static_cast<std::uint32_t>(locks_.size());
        locks_.emplace_back();
    }
    return locks_[number];
}

std::uint32_t Credentials::add(const base::TokenHash& hash, Networks networks)
{
    secrets_.push_back({hash, networks});
    return static_cast<std::uint32_t>(secrets_.size() - 1);
}

/// 1 or 0. Always compares as many networks as a list may have: after the last one, the first again.
unsigned Credentials::is_in(const Networks& networks, const Range& client) const noexcept
{
    unsigned is_in = 0;
    for (std::uint32_t i = 0; i < ipc::max_allowed_networks; ++i) {
        const Range& network = networks_[networks.at + i * static_cast<std::uint32_t>(i < networks.count)];
        const std::uint64_t different =
            ((client.high ^ network.high) & network.high_mask) |
            ((client.low ^ network.low) & network.low_mask) |
            static_cast<std::uint64_t>((client.family ^ network.family) & network.family_mask);
        is_in |= static_cast<unsigned>(different == 0);
    }
    return opaque(is_in);
}

} // namespace keeper
