#include "daemon/keeper/brute_force_limit.h"

#include <algorithm>

#include "daemon/common/client_network.h"

namespace keeper
{

namespace
{

/// The longest client in a key: see common::ExactClient.
constexpr std::size_t client_bytes = std::tuple_size_v<common::ExactClient>;

enum Kind : std::uint8_t { of_a_client = 1, of_a_network = 2, of_a_name = 3, of_a_mark = 4 };

/// `condition ? yes : no`, with the same instructions for both.
bool select(bool condition, bool yes, bool no) noexcept
{
    const auto which = static_cast<unsigned>(condition);
    return ((which & static_cast<unsigned>(yes)) | ((which ^ 1U) & static_cast<unsigned>(no))) != 0;
}

/// Does the same work whether the host has the address or not.
template <typename Address>
bool is_at(const common::ExactClient& client, const std::optional<Address>& address) noexcept
{
    const bool is_same = common::exact_client(base::Address{address.value_or(Address{})}) == client;
    return static_cast<unsigned>(is_same) * static_cast<unsigned>(address.has_value()) != 0;
}

} // namespace

BruteForceLimit::BruteForceLimit(const base::SipKey& secret, const Hosts& hosts)
    : secret_(secret), hosts_(hosts), last_clients_(hosts.count() + 1)
{
}

std::uint64_t BruteForceLimit::key_of(std::uint8_t kind, base::Bytes client,
                                      std::uint64_t name) const noexcept
{
    std::array<std::uint8_t, 1 + client_bytes + sizeof name> input{kind};
    std::ranges::copy(client, input.begin() + 1);
    base::store(input.data() + 1 + client_bytes, name);
    return base::siphash24(secret_, input);
}

BruteForceLimit::Guess BruteForceLimit::guess(const base::Address& client,
                                              const dns::Name& host) const noexcept
{
    Guess guess = this->guess(client, hosts_.look_up(host));
    const bool is_drawn =
        (guess.name >> 16) % std::max<std::size_t>(1, hosts_.count()) < hosts_.short_tokens();
    guess.is_limited = select(is_unknown(guess), is_drawn, hosts_.has_short_token(guess.host));
    return guess;
}

BruteForceLimit::Guess BruteForceLimit::guess(const base::Address& client,
                                              const ipc::ChallengeAccount& account) const noexcept
{
    return guess(client, hosts_.look_up(account));
}

/// Leaves out whether guesses are limited over all clients.
BruteForceLimit::Guess BruteForceLimit::guess(const base::Address& client,
                                              const Hosts::Found& found) const noexcept
{
    const common::ExactClient exact = common::exact_client(client);
    Guess guess;
    guess.client = key_of(of_a_client, exact, found.hash);
    guess.network = key_of(of_a_network, common::origin_network(client), found.hash);
    guess.name = key_of(of_a_name, {}, found.hash);
    guess.host = found.host;
    guess.is_loopback = common::is_loopback(client);
    guess.mark = guess.is_loopback ? 0 : static_cast<std::uint32_t>(key_of(of_a_mark, exact, 0)) | 1U;
    const HostState& state = hosts_.state(found.host);
    const std::array<bool, reasons> is_known{last_clients_[found.host] == guess.mark, is_at(exact, state.a),
                                             is_at(exact, state.aaaa)};
    if (!guess.is_loopback) {
        guess.known = static_cast<std::uint8_t>(std::ranges::find(is_known, true) - is_known.begin());
    }
    return guess;
}

BruteForceLimit::Block BruteForceLimit::blocks(const Guess& guess, base::Uptime now) const noexcept
{
    const std::uint32_t second = whole_seconds(now);
    const OfHost own = of_hosts_.empty() ? OfHost{} : of_hosts_[guess.host];
    if (guess.known != not_known) {
        return own.known[guess.known].is_full(of_client, second) ? Block::client : Block::none;
    }
    const bool is_client_full = table_.is_full(guess.client, of_client, second);
    const bool is_network_full = table_.is_full(guess.network, of_network, second);
    const bool is_name_full = unknown_.is_full(guess.name, of_host, second);
    const bool is_host_full = own.all_clients.is_full(of_host, second);
    if (is_client_full && !guess.is_loopback) {
        return Block::client;
    }
    if (is_network_full && !guess.is_loopback) {
        return Block::network;
    }
    const bool is_full = select(is_unknown(guess), is_name_full, is_host_full);
    return is_full && guess.is_limited ? Block::host : Block::none;
}

void BruteForceLimit::record_failure(const Guess& guess, base::Uptime now) noexcept
{
    const std::uint32_t second = whole_seconds(now);
    of_hosts_.resize(last_clients_.size());
    OfHost& own = of_hosts_[guess.host];
    if (guess.known != not_known) {
        own.known[guess.known].fill(of_client, second);
        return;
    }
    if (!guess.is_loopback) {
        table_.fill(guess.client, of_client, second);
        table_.fill(guess.network, of_network, second);
    }
    // both, and by nothing if it is not limited, so that the work is the same for every name
    const Leak leak{of_host.capacity, of_host.interval * static_cast<std::uint32_t>(guess.is_limited)};
    own.all_clients.fill(leak, second);
    unknown_.fill(guess.name, leak, second);
}

void BruteForceLimit::record_success(const Guess& guess) noexcept
{
    if (last_clients_[guess.host] != guess.mark && !of_hosts_.empty()) {
        of_hosts_[guess.host].known = {}; // they were filled by the client before
    }
    last_clients_[guess.host] = guess.mark;
}

std::uint64_t BruteForceLimit::key_of(const Guess& guess, Block block) noexcept
{
    return block == Block::client ? guess.client : (block == Block::network ? guess.network : guess.name);
}

bool BruteForceLimit::is_line_due(const Guess& guess, Block block, base::Uptime now) const noexcept
{
    return !lines_.is_full(key_of(guess, block), of_line, whole_seconds(now));
}

void BruteForceLimit::record_line(const Guess& guess, Block block, base::Uptime now) noexcept
{
    lines_.fill(key_of(guess, block), of_line, whole_seconds(now));
}

void BruteForceLimit::clear() noexcept
{
    of_hosts_.clear();
    table_.clear();
    unknown_.clear();
    lines_.clear();
}

} // namespace keeper
