#include "daemon/keeper/host_rows.h"

#include <algorithm>

#include "daemon/keeper/origin.h"

namespace keeper
{

namespace
{

std::optional<base::UnixTime> known(base::UnixTime time) noexcept
{
    return time == base::UnixTime{} ? std::nullopt : std::optional{time};
}

} // namespace

ipc::HostIndex HostRows::index(PartNumber part) const noexcept
{
    const Follower* follower = ledger_.parts().follower(part);
    return follower != nullptr ? follower->index : hosts_.index(part);
}

dns::Name HostRows::name(PartNumber part) const noexcept
{
    const Follower* follower = ledger_.parts().follower(part);
    return follower != nullptr ? follower->name.get() : hosts_.name(part);
}

std::optional<PartNumber> HostRows::first_from(ipc::HostIndex index) const noexcept
{
    const HostNumber host = hosts_.first_from(index);
    std::optional<PartNumber> best = host == hosts_.count() ? std::nullopt : std::optional{host};
    auto part = static_cast<PartNumber>(hosts_.count());
    for (const Follower& follower : hosts_.followers()) {
        if (follower.index >= index && (!best || follower.index < this->index(*best))) {
            best = part;
        }
        ++part;
    }
    return best;
}

std::optional<PartNumber> HostRows::find(const dns::Name& name) const noexcept
{
    if (const auto host = hosts_.find(name)) {
        return host;
    }
    const auto followers = hosts_.followers();
    const auto found = std::ranges::find_if(
        followers, [&](const Follower& follower) { return follower.name.get() == name; });
    return found == followers.end()
               ? std::nullopt
               : std::optional{static_cast<PartNumber>(hosts_.count() +
                                                       static_cast<std::size_t>(found - followers.begin()))};
}

ipc::HostRow HostRows::row(PartNumber part) const
{
    const Follower* follower = ledger_.parts().follower(part);
    ipc::HostRow row = follower != nullptr ? row_of_follower(part, *follower) : row_of_host(part);
    row.index = index(part);
    row.name = dns::CompactName{name(part)};
    return row;
}

ipc::HostRow HostRows::row_of_host(HostNumber host) const
{
    const HostData data = hosts_.data(host);
    const base::Seconds lifetime = hosts_.lifetime(host);
    const base::Seconds expect = hosts_.expect(host);
    const bool has_expiry = data.has_lifetime() && !base::is_never(data.expires);
    ipc::HostRow row;
    row.kind = hosts_.is_static(host) ? ipc::HostKind::fixed : ipc::HostKind::dynamic;
    row.has_configured_a = !data.updated;
    row.has_configured_aaaa = !data.updated;
    row.address4 = data.a;
    row.address6 = data.aaaa;
    row.prefix = data.prefix;
    for (const journal::ChallengeValue& value : data.challenge.values()) {
        row.challenge.push_back(value.text);
    }
    row.changed = known(data.report.changed);
    row.seen = known(data.report.last_seen());
    row.expires = has_expiry ? std::optional{data.expires} : std::nullopt;
    row.lifetime = lifetime == base::never ? std::nullopt : std::optional{lifetime};
    row.expect = expect == base::Seconds{} ? std::nullopt : std::optional{expect};
    row.overdue_since = ledger_.overdue().since(host);
    row.origin = origin_of(data.report);
    row.refused = ledger_.refused().find(host);
    return row;
}

/// It has the lifetime of its leader, and was changed with it.
ipc::HostRow HostRows::row_of_follower(PartNumber part, const Follower& follower) const
{
    const ipc::HostRow leader = row_of_host(follower.leader);
    const HostData data = hosts_.data(follower.leader);
    const bool is_dynamic = ledger_.parts().is_dynamic(part);
    ipc::HostRow row;
    row.kind = ipc::HostKind::follower;
    row.has_configured_a = !is_dynamic || !follower.has_leaders_a;
    row.has_configured_aaaa = !is_dynamic;
    row.address4 = follower.a(data);
    row.address6 = follower.aaaa(data);
    row.changed = leader.changed;
    row.expires = leader.expires;
    row.lifetime = leader.lifetime;
    row.follows = dns::CompactName{hosts_.name(follower.leader)};
    return row;
}

ipc::Changed HostRows::changed(std::uint64_t number) const
{
    const ChangeList::Change& change = ledger_.changes().after(number);
    const Follower* follower = ledger_.parts().follower(change.part);
    return {{},
            ledger_.changes().place(number + 1),
            change.at,
            change.serial,
            dns::CompactName{name(change.part)},
            change.before,
            change.now,
            change.origin,
            follower != nullptr && !follower->has_leaders_a};
}

ipc::Summary HostRows::summary() const
{
    const ZoneParts& parts = ledger_.parts();
    ipc::Summary summary;
    summary.serial = ledger_.serial();
    summary.place = ledger_.changes().end();
    summary.hosts = static_cast<std::uint32_t>(hosts_.updatable() + hosts_.followers().size());
    PartNumber part = 0;
    for (; part < hosts_.count(); ++part) {
        const HostState& state = hosts_.state(part);
        const bool has_address = state.has_address() || parts.has_configured(part, state.updated);
        summary.with_address += has_address && !hosts_.is_static(part) ? 1U : 0U;
    }
    for (const Follower& follower : hosts_.followers()) {
        const HostData leader = hosts_.data(follower.leader);
        const bool has_address =
            follower.a(leader) || follower.aaaa(leader) || parts.has_configured(part, leader.updated);
        summary.with_address += has_address ? 1U : 0U;
        ++part;
    }
    summary.overdue = ledger_.overdue().count();
    if (const auto& last = ledger_.last_update()) {
        summary.last_host = dns::CompactName{hosts_.name(last->host)};
        summary.last_at = last->at;
    }
    return summary;
}

} // namespace keeper
