#include "daemon/keeper/hosts.h"

#include <algorithm>

#include "daemon/common/token_digest.h"
#include "proto/base/text.h"

namespace keeper
{

namespace
{

/// FNV-1a over the octets in lower case. Only the config puts names into the table, so nobody can make
/// its chains long.
std::size_t hash(base::Bytes wire) noexcept
{
    std::uint64_t value = 0xCBF29CE484222325;
    for (const std::uint8_t octet : wire) {
        value = (value ^ base::lower(octet)) * 0x100000001B3;
    }
    return static_cast<std::size_t>(value ^ value >> 32);
}

} // namespace

bool Hosts::has_name(const Host& host, base::Bytes wire) const noexcept
{
    // both end with the root's label, so neither is a beginning of the other
    const auto limit = std::min(wire.size(), names_.size() - host.name);
    const auto* own = names_.data() + host.name;
    return limit == wire.size() &&
           std::equal(wire.begin(), wire.end(), own,
                      [](std::uint8_t l, std::uint8_t r) { return base::lower(l) == base::lower(r); });
}

std::size_t Hosts::slot_of(const dns::Name& name) const noexcept
{
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = hash(name.wire()) & mask;
    while (slots_[slot] != no_host && !has_name(hosts_[slots_[slot]], name.wire())) {
        slot = (slot + 1) & mask;
    }
    return slot;
}

void Hosts::grow()
{
    const std::size_t size = std::max<std::size_t>(8, slots_.size() * 2);
    slots_.assign(size, no_host);
    for (HostNumber number = 0; number < hosts_.size(); ++number) {
        slots_[slot_of(name(number))] = number;
    }
}

bool Hosts::add(const ipc::Account& account)
{
    if (slots_.size() < 2 * (hosts_.size() + 1)) {
        grow();
    }
    const std::size_t slot = slot_of(account.host);
    if (slots_[slot] != no_host) {
        return false;
    }
    slots_[slot] = static_cast<HostNumber>(hosts_.size());
    const auto at = static_cast<std::uint32_t>(names_.size());
    const base::Bytes wire = account.host.wire();
    names_.insert(names_.end(), wire.begin(), wire.end());
    hosts_.push_back({{}, account.lifetime, account.token, account.index, at, 0});
    return true;
}

void Hosts::finish()
{
    names_.shrink_to_fit();
    hosts_.shrink_to_fit();
    if (slots_.empty()) {
        grow();
    }
}

std::optional<HostNumber> Hosts::find(const dns::Name& name) const noexcept
{
    const HostNumber number = slots_[slot_of(name)];
    return number == no_host ? std::nullopt : std::optional{number};
}

std::optional<HostNumber> Hosts::authorise(const dns::Name& name, const base::Token& token) const noexcept
{
    static constexpr ipc::Digest nobody{};
    const auto host = find(name);
    const ipc::Digest given = common::digest(salt_, token.octets());
    const bool opens = common::equal_in_constant_time(given, host ? hosts_[*host].token : nobody);
    return opens && !token.empty() ? host : std::nullopt;
}

dns::Name Hosts::name(HostNumber host) const noexcept
{
    base::Reader in{base::Bytes{names_}.subspan(hosts_[host].name)};
    return dns::Name::read(in, dns::Compression::forbidden);
}

} // namespace keeper
