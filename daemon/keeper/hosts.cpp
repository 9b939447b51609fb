#include "daemon/keeper/hosts.h"

#include <algorithm>
#include <array>
#include <functional>

#include "daemon/common/challenge_account.h"
#include "proto/base/text.h"

namespace keeper
{

namespace
{

constexpr std::size_t longest_name = 255;

/// A name in lower case, padded with zeros.
struct Lowered {
    explicit Lowered(base::Bytes wire) noexcept : size(wire.size())
    {
        // without a branch that depends on the byte, unlike std::transform with base::lower()
        for (std::size_t i = 0; i < size; ++i) {
            const bool is_upper = static_cast<std::uint8_t>(wire[i] - 'A') < 26;
            bytes[i] = static_cast<std::uint8_t>(wire[i] | static_cast<unsigned>(is_upper) << 5);
        }
    }
    base::Bytes wire() const noexcept { return base::Bytes{bytes}.first(size); }

    std::array<std::uint8_t, longest_name> bytes{};
    std::size_t size;
};

/// Compares all bytes of two names of the same length, also after a difference.
bool same_bytes(base::Bytes left, const std::uint8_t* right) noexcept
{
    unsigned difference = 0;
    for (std::size_t i = 0; i < left.size(); ++i) {
        difference |= static_cast<unsigned>(left[i] ^ right[i]);
    }
    return difference == 0;
}

/// The position of the last entry whose hash is not greater, or the first one. The same steps for every hash.
template <typename Entries>
std::size_t position(const Entries& sorted, std::uint64_t hash) noexcept
{
    std::size_t first = 0;
    for (std::size_t size = sorted.size(); size > 1;) {
        const std::size_t half = size / 2;
        first += half * static_cast<std::size_t>(sorted[first + half].hash <= hash);
        size -= half;
    }
    return first;
}

/// Whether entries that are next to each other have different hashes. Two equal ones under a random key are
/// less likely than a hardware error.
template <typename Entries>
bool all_differ(const Entries& sorted) noexcept
{
    return std::ranges::adjacent_find(sorted, {}, [](const auto& entry) { return entry.hash; }) ==
           sorted.end();
}

/// Half as fast as std::sort(), with a third of its code.
template <typename Entries, typename Key>
void sort_by_heap(Entries& entries, Key key)
{
    std::ranges::make_heap(entries, {}, key);
    std::ranges::sort_heap(entries, {}, key);
}

} // namespace

void Hosts::reserve(std::size_t hosts)
{
    constexpr std::size_t usual_name = 32; // bytes: one label in a zone of three
    hosts_.reserve(hosts + 1);
    keys_.reserve(hosts);
    names_.reserve(hosts * usual_name + longest_name);
}

bool Hosts::add(const ipc::Account& account)
{
    const auto number = static_cast<HostNumber>(hosts_.size());
    const Lowered name{account.host.wire()};
    const auto at = static_cast<std::uint32_t>(names_.size());
    keys_.push_back({base::siphash24(secret_, name.wire()), number});
    names_.insert(names_.end(), name.wire().begin(), name.wire().end());
    hosts_.push_back({{},
                      account.lifetime,
                      account.token,
                      account.index,
                      at,
                      0,
                      account.has_short_token,
                      account.missing,
                      account.private_addresses,
                      account.requires_address,
                      account.is_static,
                      account.has_a,
                      account.has_aaaa});
    if (account.suffix) {
        suffixes_.push_back({number, *account.suffix});
    }
    if (account.token_sets_challenge || !account.challenge_keys.empty()) {
        challenge_hosts_.push_back(number);
    }
    if (account.expect != base::Seconds{} && !account.is_static) {
        expected_.push_back({number, static_cast<std::uint32_t>(account.expect.count())});
    }
    short_tokens_ += account.has_short_token ? 1U : 0U;
    if (!account.challenge_keys.empty()) {
        const ipc::ChallengeAccount of_host = common::challenge_account(account.host);
        accounts_.push_back({hash_of(of_host), of_host, number});
    }
    return credentials_.add(number, account);
}

bool Hosts::add(const ipc::Follower& follower)
{
    const auto leader = with_index(follower.leader);
    if (!leader || hosts_[*leader].is_static || followers_.size() == ipc::max_followers) {
        return false;
    }
    followers_.push_back({*leader, follower.index, follower.suffix, follower.has_leaders_a, follower.has_a,
                          dns::CompactName{follower.host}});
    return true;
}

bool Hosts::add(const ipc::Group& group)
{
    std::vector<HostNumber> numbers;
    for (const ipc::HostIndex index : group.hosts) {
        const auto number = with_index(index);
        if (!number) {
            return false;
        }
        numbers.push_back(*number);
        Host& host = hosts_[*number];
        short_tokens_ += group.has_short_token && !host.has_short_token ? 1U : 0U;
        host.has_short_token = host.has_short_token || group.has_short_token;
    }
    return credentials_.add_group(group, numbers);
}

/// The host with this index, before finish().
std::optional<HostNumber> Hosts::with_index(ipc::HostIndex index) const noexcept
{
    const auto found = std::ranges::lower_bound(hosts_, index, {}, &Host::index);
    if (found == hosts_.end() || found->index != index) {
        return std::nullopt;
    }
    return static_cast<HostNumber>(found - hosts_.begin());
}

bool Hosts::finish()
{
    std::sort(keys_.begin(), keys_.end());
    sort_by_heap(static_hosts_, std::identity{});
    static_hosts_.shrink_to_fit();
    sort_by_heap(accounts_, &AccountKey::hash);
    Host no_host;
    no_host.name = static_cast<std::uint32_t>(names_.size());
    hosts_.push_back(no_host);
    names_.resize(names_.size() + longest_name); // every comparison of a name stays within names_
    credentials_.finish(static_cast<HostNumber>(keys_.size()));
    reports_ = common::ZeroedList<journal::Report>{hosts_.size()};
    return all_differ(keys_) && all_differ(accounts_);
}

/// Takes the same steps and makes the same comparison for every name, without a branch on the result.
Hosts::Found Hosts::look_up(const dns::Name& name) const noexcept
{
    const Lowered lowered{name.wire()};
    const std::uint64_t hash = base::siphash24(secret_, lowered.wire());
    const auto no_host = static_cast<HostNumber>(keys_.size());
    const HostNumber near = keys_.empty() ? no_host : keys_[position(keys_, hash)].host;
    const bool is_same = same_bytes(lowered.wire(), names_.data() + hosts_[near].name);
    // every name ends with the root's byte, so a name that is the start of another one differs from it
    return {no_host - (no_host - near) * static_cast<HostNumber>(is_same), hash};
}

Hosts::Found Hosts::look_up(const ipc::ChallengeAccount& account) const noexcept
{
    const std::uint64_t hash = hash_of(account);
    const auto no_host = static_cast<HostNumber>(keys_.size());
    const AccountKey none{0, {}, no_host};
    const AccountKey& near = accounts_.empty() ? none : accounts_[position(accounts_, hash)];
    const bool is_same = same_bytes(account.user, near.account.user.data());
    const bool belongs = same_bytes(account.subdomain, near.account.subdomain.data());
    const auto found = static_cast<HostNumber>(is_same) & static_cast<HostNumber>(belongs);
    return {no_host - (no_host - near.host) * found, hash};
}

std::uint64_t Hosts::hash_of(const ipc::ChallengeAccount& account) const noexcept
{
    std::array<std::uint8_t, sizeof account.user + sizeof account.subdomain> bytes{};
    std::ranges::copy(account.subdomain, std::ranges::copy(account.user, bytes.begin()).out);
    return base::siphash24(secret_, bytes);
}

std::optional<HostNumber> Hosts::find(const dns::Name& name) const noexcept
{
    const HostNumber number = look_up(name).host;
    return number == keys_.size() ? std::nullopt : std::optional{number};
}

bool Hosts::is_static(const dns::Name& name) const noexcept
{
    const auto hash = static_cast<std::uint32_t>(look_up(name).hash);
    return std::binary_search(static_hosts_.begin(), static_hosts_.end(), hash);
}

std::optional<HostNumber> Hosts::authorise(const dns::Name& name, const base::Token& token,
                                           const Client& client, Purpose purpose) const noexcept
{
    return authorise(look_up(name).host, token, client, purpose);
}

std::optional<HostNumber> Hosts::authorise(const ipc::ChallengeAccount& account, const base::Token& token,
                                           const Client& client) const noexcept
{
    return authorise(look_up(account).host, token, client, Purpose::account);
}

std::optional<HostNumber> Hosts::authorise(HostNumber host, const base::Token& token, const Client& client,
                                           Purpose purpose) const noexcept
{
    // no host has a value that is not a digest
    const bool is_open = credentials_.open(host, hosts_[host].token, token, client, purpose);
    return is_open && !token.empty() && host != keys_.size() ? std::optional{host} : std::nullopt;
}

std::size_t Hosts::updatable() const noexcept
{
    const auto fixed = std::ranges::count_if(hosts_, [](const Host& host) { return host.is_static; });
    return count() - static_cast<std::size_t>(fixed);
}

HostNumber Hosts::first_from(ipc::HostIndex index) const noexcept
{
    const auto end = hosts_.end() - 1; // the last entry stands for no host
    return static_cast<HostNumber>(
        std::lower_bound(hosts_.begin(), end, index,
                         [](const Host& host, ipc::HostIndex wanted) { return host.index < wanted; }) -
        hosts_.begin());
}

base::Seconds Hosts::expect(HostNumber host) const noexcept
{
    const auto found = std::ranges::lower_bound(expected_, host, {}, &ExpectedHost::host);
    const bool has_one = found != expected_.end() && found->host == host;
    return base::Seconds{has_one ? found->seconds : 0};
}

HostData Hosts::data(HostNumber host) const
{
    HostData data{hosts_[host].state, {}, {}, reports_[host]};
    if (const auto extra = extras_.find(host); extra != extras_.end()) {
        data.prefix = extra->second.prefix;
        data.challenge = extra->second.challenge;
    }
    return data;
}

void Hosts::set(HostNumber host, const HostData& data)
{
    HostState& state = hosts_[host].state;
    with_addresses_ += std::size_t{data.has_address()} - std::size_t{state.has_address()};
    state = static_cast<const HostState&>(data);
    if (reports_[host] != data.report) { // most of the list is never written
        reports_[host] = data.report;
    }
    if (data.prefix || !data.challenge.empty()) {
        extras_[host] = {data.prefix, data.challenge};
    } else {
        extras_.erase(host);
    }
}

HostRules Hosts::rules(HostNumber host) const noexcept
{
    const Host& h = hosts_[host];
    const auto own = std::ranges::lower_bound(suffixes_, host, {}, &Suffix::host);
    const bool has_suffix = own != suffixes_.end() && own->host == host;
    return {h.missing, h.private_addresses, h.requires_address, h.lifetime,
            has_suffix ? std::optional{own->suffix} : std::nullopt};
}

bool Hosts::can_have_challenge(HostNumber host) const noexcept
{
    return std::ranges::binary_search(challenge_hosts_, host);
}

dns::Name Hosts::name(HostNumber host) const noexcept
{
    base::Reader in{base::Bytes{names_}.subspan(hosts_[host].name)};
    return dns::Name::read(in, dns::Compression::forbidden);
}

} // namespace keeper
