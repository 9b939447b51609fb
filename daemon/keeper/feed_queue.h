// Hosts in the order of their last changes: one list for all readers, each of which has a place in it and has
// yet to hear of all from there on. So it is bounded, changes to one host coalesce while a reader is slow,
// and one reader more costs no memory a host.
#pragma once

#include <cstdint>
#include <vector>

#include "daemon/keeper/hosts.h"

namespace keeper
{

class FeedQueue
{
public:
    /// For hosts 0 to `hosts` - 1. Allocates all that it will need.
    explicit FeedQueue(std::size_t hosts) : after_(hosts + 1, absent), before_(hosts + 1, absent)
    {
        link(end(), end());
    }

    /// The place behind the last.
    HostNumber end() const noexcept { return static_cast<HostNumber>(after_.size() - 1); }
    HostNumber front() const noexcept { return after_[end()]; }
    /// The place behind that of a host that is here.
    HostNumber next(HostNumber host) const noexcept { return after_[host]; }
    bool contains(HostNumber host) const noexcept { return after_[host] != absent; }

    /// To the end, from where it was if it was here: no place may be at it.
    void push_back(HostNumber host) noexcept
    {
        if (contains(host)) {
            link(before_[host], after_[host]);
        }
        link(before_[end()], host);
        link(host, end());
    }
    /// One that is not here.
    void push_front(HostNumber host) noexcept
    {
        link(host, front());
        link(end(), host);
    }

private:
    static constexpr HostNumber absent = 0xFFFFFFFF;

    /// A ring: the end stands behind the last and before the first.
    void link(HostNumber left, HostNumber right) noexcept
    {
        after_[left] = right;
        before_[right] = left;
    }

    std::vector<HostNumber> after_;
    std::vector<HostNumber> before_;
};

} // namespace keeper
