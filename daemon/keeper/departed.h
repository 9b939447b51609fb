// Departed hosts: the state has them, but the config does not have them any more or has them without a token.
// Their records are kept for a while, in case the hosts come back.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "proto/base/time.h"
#include "proto/journal/commit.h"

namespace keeper
{

class Departed
{
public:
    /// Records are kept until they expire, but no longer than this.
    static constexpr base::Seconds keep_for{7 * 86400};
    /// The most hosts that are kept, with about 200 bytes each. Those that come last in the state are
    /// dropped.
    static constexpr std::size_t most_hosts = 100000;

    struct Records {
        std::optional<base::Address4> a;
        std::optional<base::Address6> aaaa;
        base::UnixTime expires{};
        std::optional<base::UnixTime> left;
        std::optional<base::Prefix6> prefix;
    };
    using Hosts = std::map<std::string, Records>; ///< by name, in wire form and lower case

    // While the state is read: the last entry of a host is valid.

    void set(const journal::HostEntry& host);
    void remove(const dns::Name& name);
    /// The number of hosts that were dropped.
    std::size_t dropped() const noexcept { return dropped_; }

    /// Call this once the whole state is read. Calls `take` for each host whose records are still kept at
    /// `now`, in the order of names; `take` returns whether the host stays departed. A host that was not
    /// departed before has left at `now`.
    template <typename Take>
    void settle(base::UnixTime now, Take&& take)
    {
        for (auto place = hosts_.begin(); place != hosts_.end();) {
            journal::HostEntry host = entry_of(*place);
            if (is_kept(host, now) && take(host)) {
                place->second.left = host.left.value_or(now);
                order_.push_back(&*place++);
            } else {
                place = hosts_.erase(place);
            }
        }
    }
    /// After settle(), hosts are numbered from 0 to count() - 1.
    std::size_t count() const noexcept { return order_.size(); }
    journal::HostEntry entry(std::size_t number) const noexcept { return entry_of(*order_[number]); }

    static bool is_kept(const journal::HostEntry& host, base::UnixTime now) noexcept
    {
        return has_data(host) && host.expires > now && (!host.left || *host.left + keep_for > now);
    }

private:
    static bool has_data(const journal::HostEntry& host) noexcept
    {
        return host.a || host.aaaa || host.prefix;
    }
    static journal::HostEntry entry_of(const Hosts::value_type& host) noexcept;

    Hosts hosts_;
    std::vector<const Hosts::value_type*> order_;
    std::size_t dropped_ = 0;
};

} // namespace keeper
