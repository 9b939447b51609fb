// Hosts that follow another host, their leader: they have no state of their own.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

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
        return aaaa(left) == aaaa(right) && a(left) == a(right);
    }
};

/// In the order of their leaders. Costs no memory if there are none.
class Followers
{
public:
    void add(Follower follower) { followers_.push_back(std::move(follower)); }
    /// Call this after the last add().
    void finish();

    std::size_t count() const noexcept { return followers_.size(); }
    const Follower& operator[](std::size_t number) const noexcept { return followers_[number]; }
    /// The numbers of a leader's followers are `first` to `end` - 1.
    struct Range {
        std::size_t first = 0;
        std::size_t end = 0;
    };
    Range of(std::uint32_t leader) const noexcept;

private:
    std::vector<Follower> followers_;
};

} // namespace keeper
