#include "daemon/keeper/hosts.h"

#include <algorithm>
#include <array>

#include "daemon/common/token_digest.h"
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

} // namespace

void Hosts::reserve(std::size_t hosts)
{
    constexpr std::size_t usual_name = 32; // bytes: one label in a zone of three
    hosts_.reserve(hosts + 1);
    keys_.reserve(hosts);
    names_.reserve(hosts * usual_name + longest_name);
}

void Hosts::add(const ipc::Account& account)
{
    const Lowered name{account.host.wire()};
    const auto at = static_cast<std::uint32_t>(names_.size());
    keys_.push_back({base::siphash24(secret_, name.wire()), static_cast<HostNumber>(hosts_.size())});
    names_.insert(names_.end(), name.wire().begin(), name.wire().end());
    hosts_.push_back({{}, account.lifetime, account.token, account.index, at, 0, account.has_short_token});
    short_tokens_ += account.has_short_token ? 1U : 0U;
}

bool Hosts::finish()
{
    std::sort(keys_.begin(), keys_.end());
    std::sort(static_hosts_.begin(), static_hosts_.end());
    static_hosts_.shrink_to_fit();
    // two names with one hash under a random key are less likely than a hardware error
    const bool all_differ =
        std::adjacent_find(keys_.begin(), keys_.end(), [](const Key& left, const Key& right) {
            return left.hash == right.hash;
        }) == keys_.end();
    Host no_host;
    no_host.name = static_cast<std::uint32_t>(names_.size());
    hosts_.push_back(no_host);
    names_.resize(names_.size() + longest_name); // every comparison of a name stays within names_
    return all_differ;
}

/// Takes the same steps and makes the same comparison for every name, without a branch on the result.
Hosts::Found Hosts::look_up(const dns::Name& name) const noexcept
{
    const Lowered lowered{name.wire()};
    const std::uint64_t hash = base::siphash24(secret_, lowered.wire());
    std::size_t first = 0;
    for (std::size_t size = keys_.size(); size > 1;) {
        const std::size_t half = size / 2;
        first += half * static_cast<std::size_t>(keys_[first + half].hash <= hash);
        size -= half;
    }
    const auto no_host = static_cast<HostNumber>(keys_.size());
    const HostNumber near = keys_.empty() ? no_host : keys_[first].host;
    const bool is_same = same_bytes(lowered.wire(), names_.data() + hosts_[near].name);
    // every name ends with the root's byte, so a name that is the start of another one differs from it
    return {no_host - (no_host - near) * static_cast<HostNumber>(is_same), hash};
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

std::optional<HostNumber> Hosts::authorise(const dns::Name& name, const base::Token& token) const noexcept
{
    const HostNumber number = look_up(name).host;
    const base::TokenHash& wanted = hosts_[number].token; // `no_host` has a value that is not a digest
    const base::TokenHash given = common::hash_token(token, wanted.salt);
    const bool is_valid = common::equal_in_constant_time(given.digest, wanted.digest);
    return is_valid && !token.empty() && number != keys_.size() ? std::optional{number} : std::nullopt;
}

dns::Name Hosts::name(HostNumber host) const noexcept
{
    base::Reader in{base::Bytes{names_}.subspan(hosts_[host].name)};
    return dns::Name::read(in, dns::Compression::forbidden);
}

} // namespace keeper
