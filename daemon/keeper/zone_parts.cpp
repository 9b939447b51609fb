#include "daemon/keeper/zone_parts.h"

#include <algorithm>

namespace keeper
{

ZoneParts::ZoneParts(Hosts& hosts) : hosts_(hosts), serials_(count() - hosts.count()) {}

const Follower* ZoneParts::follower(PartNumber part) const noexcept
{
    const bool is_one = part >= first_follower() && part < first_challenge();
    return is_one ? &hosts_.followers()[part - first_follower()] : nullptr;
}

PartNumber ZoneParts::challenge_of(HostNumber host) const noexcept
{
    const auto hosts = hosts_.challenge_hosts();
    const auto place = std::ranges::lower_bound(hosts, host);
    return static_cast<PartNumber>(first_challenge() + static_cast<std::size_t>(place - hosts.begin()));
}

std::vector<PartNumber> ZoneParts::changes(HostNumber host, const HostData& before,
                                           const HostData& after) const
{
    std::vector<PartNumber> parts;
    if (!after.same_records(before)) {
        parts.push_back(host);
    }
    auto part = static_cast<PartNumber>(first_follower());
    for (const Follower& follower : hosts_.followers()) {
        if (follower.leader == host && !follower.same_records(before, after)) {
            parts.push_back(part);
        }
        ++part;
    }
    if (!after.challenge.same_texts(before.challenge)) {
        parts.push_back(challenge_of(host));
    }
    return parts;
}

bool ZoneParts::is_dynamic(PartNumber part) const
{
    if (part < first_follower()) {
        return hosts_.state(part).updated;
    }
    if (const Follower* one = follower(part)) {
        const HostData leader = hosts_.data(one->leader);
        return (one->has_leaders_a && leader.updated) || one->aaaa(leader);
    }
    return !hosts_.data(hosts_.challenge_hosts()[part - first_challenge()]).challenge.empty();
}

bool ZoneParts::has_configured(PartNumber part, bool is_updated) const noexcept
{
    const Follower* one = follower(part);
    if (one == nullptr) {
        return !is_updated && (hosts_.has_configured_a(part) || hosts_.has_configured_aaaa(part));
    }
    return one->has_leaders_a ? !is_updated && hosts_.has_configured_a(one->leader) : one->has_configured_a;
}

std::uint32_t ZoneParts::serial(PartNumber part) const noexcept
{
    return part < first_follower() ? hosts_.serial(part) : serials_[part - first_follower()];
}

void ZoneParts::set_serial(PartNumber part, std::uint32_t serial) noexcept
{
    if (part < first_follower()) {
        hosts_.set_serial(part, serial);
    } else {
        serials_[part - first_follower()] = serial;
    }
}

ipc::KeeperToResponder ZoneParts::message(PartNumber part, std::uint32_t serial) const
{
    if (part < first_follower()) {
        const HostState& state = hosts_.state(part);
        return ipc::HostRecords{hosts_.index(part), serial, state.a, state.aaaa};
    }
    if (const Follower* one = follower(part)) {
        const HostData leader = hosts_.data(one->leader);
        return ipc::HostRecords{one->index, serial, one->a(leader), one->aaaa(leader), !one->has_leaders_a};
    }
    const HostNumber host = hosts_.challenge_hosts()[part - first_challenge()];
    ipc::HostTxt txt{hosts_.index(host), serial, {}};
    const HostData data = hosts_.data(host);
    for (const journal::ChallengeValue& value : data.challenge.values()) {
        txt.values.push_back(value.text);
    }
    return txt;
}

} // namespace keeper
