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

/// A name in lower case, with zeroes behind it.
struct Lowered {
    explicit Lowered(base::Bytes wire) noexcept : size(wire.size())
    {
        // without a branch on what a byte is: std::transform with base::lower() has one
        for (std::size_t i = 0; i < size; ++i) {
            const bool is_upper = static_cast<std::uint8_t>(wire[i] - 'A') < 26;
            bytes[i] = static_cast<std::uint8_t>(wire[i] | static_cast<unsigned>(is_upper) << 5);
        }
    }
    base::Bytes wire() const noexcept { return base::Bytes{bytes}.first(size); }

    std::array<std::uint8_t, longest_name> bytes{};
    std::size_t size;
};

/// Looks at all bytes of both, which are of one length.
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
    constexpr std::size_t usual_name = 32; // a first label and a zone of three
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
    hosts_.push_back({{}, account.lifetime, account.token, account.index, at, 0});
}

bool Hosts::finish()
{
    std::sort(keys_.begin(), keys_.end());
    // two names of one hash under a random key are rarer than a machine that errs
    const bool all_differ =
        std::adjacent_find(keys_.begin(), keys_.end(), [](const Key& left, const Key& right) {
            return left.hash == right.hash;
        }) == keys_.end();
    Host nobody;
    nobody.name = static_cast<std::uint32_t>(names_.size());
    hosts_.push_back(nobody);
    names_.resize(names_.size() + longest_name); // so that as much can be compared with the last one
    return all_differ;
}

/// The same steps and the same comparison whatever the name is, and no branch on what was found.
HostNumber Hosts::number_of(const dns::Name& name) const noexcept
{
    const Lowered lowered{name.wire()};
    const std::uint64_t hash = base::siphash24(secret_, lowered.wire());
    std::size_t first = 0;
    for (std::size_t size = keys_.size(); size > 1;) {
        const std::size_t half = size / 2;
        first += half * static_cast<std::size_t>(keys_[first + half].hash <= hash);
        size -= half;
    }
    const auto nobody = static_cast<HostNumber>(keys_.size());
    const HostNumber near = keys_.empty() ? nobody : keys_[first].host;
    const bool is_same = same_bytes(lowered.wire(), names_.data() + hosts_[near].name);
    // the root, which ends every name, makes a name that begins another one differ from it
    return nobody - (nobody - near) * static_cast<HostNumber>(is_same);
}

std::optional<HostNumber> Hosts::find(const dns::Name& name) const noexcept
{
    const HostNumber number = number_of(name);
    return number == keys_.size() ? std::nullopt : std::optional{number};
}

std::optional<HostNumber> Hosts::authorise(const dns::Name& name, const base::Token& token) const noexcept
{
    const HostNumber number = number_of(name);
    const base::TokenHash& wanted = hosts_[number].token; // nobody's is none that a digest can be
    const base::TokenHash given = common::hash_token(token, wanted.salt);
    const bool opens = common::equal_in_constant_time(given.digest, wanted.digest);
    return opens && !token.empty() && number != keys_.size() ? std::optional{number} : std::nullopt;
}

dns::Name Hosts::name(HostNumber host) const noexcept
{
    base::Reader in{base::Bytes{names_}.subspan(hosts_[host].name)};
    return dns::Name::read(in, dns::Compression::forbidden);
}

} // namespace keeper
