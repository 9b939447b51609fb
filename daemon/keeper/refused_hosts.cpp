#include "daemon/keeper/refused_hosts.h"

namespace keeper
{

RefusedHosts::RefusedHosts(const Hosts& hosts)
    : hosts_(hosts), entries_(std::size_t{most_hosts} + 1), slots_(hosts.count() + 2)
{
}

void RefusedHosts::note(HostNumber host, Kind kind, const ipc::Propose& proposal, base::UnixTime now) noexcept
{
    // numbers that are 0 or 1 instead of branches, which would depend on the host
    const std::uint32_t known = slots_[host + 1];
    const auto is_known = static_cast<std::uint32_t>(known != 0);
    const auto has_room = static_cast<std::uint32_t>(used_ < most_hosts);
    const std::uint32_t oldest = entries_[0].previous;
    const std::uint32_t other = has_room * (used_ + 1U) + (1 - has_room) * oldest;
    const auto slot = static_cast<std::uint16_t>(is_known * known + (1 - is_known) * other);
    used_ = static_cast<std::uint16_t>(used_ + (1 - is_known) * has_room);

    Entry& entry = entries_[slot];
    slots_[entry.host] = 0;
    slots_[host + 1] = slot;
    entry.host = host + 1;
    entry.count = entry.count * is_known + 1;
    entry.since_success = entry.since_success * is_known + 1;
    entry.at = now;
    entry.client = proposal.client.as6();
    entry.client_is_known = proposal.client_is_known;
    entry.kind = kind;
    entry.dialect = proposal.dialect;
    move_to_front(slot);
}

void RefusedHosts::move_to_front(std::uint16_t slot) noexcept
{
    const auto link = [this](unsigned left, unsigned right) {
        entries_[left].next = static_cast<std::uint16_t>(left ^ right);
        entries_[right].previous = static_cast<std::uint16_t>(left ^ right);
    };
    const unsigned before = slot ^ unsigned { entries_[slot].previous };
    const unsigned after = slot ^ unsigned { entries_[slot].next };
    link(before, after);
    const unsigned front = entries_[0].next;
    link(slot, front);
    link(0, slot);
}

ipc::RefusalReason RefusedHosts::reason(HostNumber host, Kind kind) const noexcept
{
    using ipc::RefusalReason;
    const bool is_address = kind == Kind::addresses;
    switch (kind) {
    case Kind::blocked:
        return RefusalReason::blocked;
    case Kind::private_address:
        return RefusalReason::private_address;
    case Kind::own_address:
        return RefusalReason::own_address;
    case Kind::invalid_value:
        return RefusalReason::invalid_value;
    case Kind::addresses:
    case Kind::challenge:
    case Kind::account:
        break;
    }
    if (is_address ? hosts_.is_static(host) : !hosts_.can_have_challenge(host)) {
        return is_address ? RefusalReason::static_host : RefusalReason::no_challenge;
    }
    const Purpose purpose = kind == Kind::account ? Purpose::account : Purpose::addresses;
    return hosts_.has_networks(host, purpose) ? RefusalReason::wrong_secret_or_network
                                              : RefusalReason::wrong_secret;
}

std::optional<ipc::RefusedAttempts> RefusedHosts::find(HostNumber host) const noexcept
{
    const std::uint16_t slot = slots_[host + 1];
    if (slot == 0) {
        return std::nullopt;
    }
    const Entry& entry = entries_[slot];
    return ipc::RefusedAttempts{
        entry.count,   entry.since_success,
        entry.at,      entry.client_is_known ? std::optional{base::Address{entry.client}} : std::nullopt,
        entry.dialect, reason(host, entry.kind)};
}

} // namespace keeper
