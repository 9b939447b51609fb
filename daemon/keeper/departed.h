// Hosts that the state has and the config does not, or has without a token: their records are kept for a
// while, in case they come back.
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
    /// A host's records are kept until they expire, and at most for so long.
    static constexpr base::Seconds keep_for{7 * 86400};
    /// So many are kept, with some 200 bytes each. Of more those that the state names last are forgotten.
    static constexpr std::size_t most_hosts = 100000;

    struct Records {
        std::optional<base::Address4> a;
        std::optional<base::Address6> aaaa;
        base::UnixTime expires{};
        std::optional<base::UnixTime> left;
    };
    using Hosts = std::map<std::string, Records>; ///< by the name in wire form and lower case

    // While the state is read; the last word on a host counts.

    void set(const journal::HostEntry& host);
    void remove(const dns::Name& name);
    /// How many there was no room for.
    std::size_t dropped() const noexcept { return dropped_; }

    /// Once all of it is read: calls `take` with each host whose records are kept at `now`, in the order of
    /// names. `take` says whether it stays here; it has left at `now` where it has not before.
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
    /// And from then on each has a number below this.
    std::size_t count() const noexcept { return order_.size(); }
    journal::HostEntry entry(std::size_t number) const noexcept { return entry_of(*order_[number]); }

    static bool is_kept(const journal::HostEntry& host, base::UnixTime now) noexcept
    {
        return (host.a || host.aaaa) && host.expires > now && (!host.left || *host.left + keep_for > now);
    }

private:
    static journal::HostEntry entry_of(const Hosts::value_type& host) noexcept;

    Hosts hosts_;
    std::vector<const Hosts::value_type*> order_;
    std::size_t dropped_ = 0;
};

} // namespace keeper
