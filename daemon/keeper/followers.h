// Hosts that follow another host, their leader: they have no state of their own.
#pragma once

#include <cstdint>
#include <optional>

#include "daemon/keeper/host_data.h"
#include "proto/dns/compact_name.h"
#include "proto/ipc/setup.h"

namespace keeper
{

struct Follower {
    std::uint32_t leader = 0; ///< the HostNumber
    ipc::HostIndex index{};
    base::Address6 suffix;
    bool has_leaders_a = false;
    bool has_configured_a = false; ///< of its own
    dns::CompactName name;

    /// The address with the prefix of the leader, if that has one.
    std::optional<base::Address6> aaaa(const HostData& leader_data) const noexcept
    {
        return leader_data.prefix ? std::optional{base::with_suffix(*leader_data.prefix, suffix)}
                                  : std::nullopt;
    }
    std::optional<base::Address4> a(const HostData& leader_data) const noexcept
    {
        return has_leaders_a ? leader_data.a : std::nullopt;
    }
    bool same_records(const HostData& left, const HostData& right) const noexcept
    {
        // before the first update of the leader, it has the leader's addresses of the config
        const bool is_first = has_leaders_a && left.updated != right.updated;
        return !is_first && aaaa(left) == aaaa(right) && a(left) == a(right);
    }
};

} // namespace keeper
