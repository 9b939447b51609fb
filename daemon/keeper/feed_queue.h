// Hosts that a reader has yet to hear of, each at most once: so it is bounded, and changes to one host
// coalesce while the reader is slow.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/keeper/hosts.h"

namespace keeper
{

class FeedQueue
{
public:
    /// For hosts 0 to `hosts` - 1. Allocates all that it will need.
    explicit FeedQueue(std::size_t hosts) : after_(hosts + 1, absent), before_(hosts + 1, absent) { clear(); }

    bool empty() const noexcept { return after_[end()] == end(); }
    std::optional<HostNumber> front() const noexcept
    {
        return empty() ? std::nullopt : std::optional{after_[end()]};
    }
    bool contains(HostNumber host) const noexcept { return after_[host] != absent; }

    /// To the end, from where it was if it was here.
    void push_back(HostNumber host) noexcept
    {
        remove(host);
        const HostNumber last = before_[end()];
        link(last, host);
        link(host, end());
    }

    void remove(HostNumber host) noexcept
    {
        if (contains(host)) {
            link(before_[host], after_[host]);
            after_[host] = absent;
        }
    }

    void clear() noexcept
    {
        after_.assign(after_.size(), absent);
        link(end(), end());
    }

private:
    static constexpr HostNumber absent = 0xFFFFFFFF;

    /// A ring: this one stands behind the last and before the first.
    HostNumber end() const noexcept { return static_cast<HostNumber>(after_.size() - 1); }
    void link(HostNumber left, HostNumber right) noexcept
    {
        after_[left] = right;
        before_[right] = left;
    }

    std::vector<HostNumber> after_;
    std::vector<HostNumber> before_;
};

} // namespace keeper
