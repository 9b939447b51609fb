// Hosts in the order of their last changes. All responders share one list; each has a position in it and must
// still be sent all hosts from there on. So the memory is bounded, several changes to one host are sent as
// one to a slow responder, and another responder costs no memory per host.
#pragma once

#include <cstdint>
#include <vector>

#include "daemon/keeper/hosts.h"

namespace keeper
{

class FeedQueue
{
public:
    /// For the hosts 0 to `hosts` - 1. Allocates everything.
    explicit FeedQueue(std::size_t hosts) : after_(hosts + 1, absent), before_(hosts + 1, absent)
    {
        link(end(), end());
    }

    /// The position after the last host.
    HostNumber end() const noexcept { return static_cast<HostNumber>(after_.size() - 1); }
    HostNumber front() const noexcept { return after_[end()]; }
    /// The position after that of a host that is in the list.
    HostNumber next(HostNumber host) const noexcept { return after_[host]; }
    bool contains(HostNumber host) const noexcept { return after_[host] != absent; }

    /// Adds the host at the end, or moves it there; then no position may refer to it.
    void push_back(HostNumber host) noexcept
    {
        if (contains(host)) {
            link(before_[host], after_[host]);
        }
        link(before_[end()], host);
        link(host, end());
    }
    /// Adds a host that is not in the list.
    void push_front(HostNumber host) noexcept
    {
        link(host, front());
        link(end(), host);
    }

private:
    static constexpr HostNumber absent = 0xFFFFFFFF;

    /// The list is a ring: the end is after the last host and before the first.
    void link(HostNumber left, HostNumber right) noexcept
    {
        after_[left] = right;
        before_[right] = left;
    }

    std::vector<HostNumber> after_;
    std::vector<HostNumber> before_;
};

} // namespace keeper
