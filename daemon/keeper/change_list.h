// The last changes of addresses, for the console: a list of bounded size. It is off if there is no console.
#pragma once

#include <cstdint>
#include <vector>

#include "daemon/keeper/zone_parts.h"
#include "proto/base/time.h"
#include "proto/ipc/console.h"

namespace keeper
{

class ChangeList
{
public:
    static constexpr std::size_t most_changes = 512;

    struct Change {
        base::UnixTime at{};
        std::uint32_t serial = 0;
        PartNumber part = 0; ///< of a host or a follower
        ipc::HostAddresses before;
        ipc::HostAddresses now;
        ipc::Origin origin; ///< nobody: the lifetime expired
    };

    /// `list`: a random number, see ipc::ChangePlace.
    void turn_on(std::uint64_t list)
    {
        list_ = list;
        changes_.reserve(most_changes);
    }
    bool is_on() const noexcept { return changes_.capacity() != 0; }
    void add(const Change& change)
    {
        if (changes_.size() < most_changes) {
            changes_.push_back(change);
        } else {
            changes_[end_ % most_changes] = change;
        }
        ++end_;
    }

    ipc::ChangePlace place(std::uint64_t number) const noexcept { return {list_, number}; }
    ipc::ChangePlace end() const noexcept { return place(end_); }
    /// Whether all changes after this place are in the list.
    bool has(const ipc::ChangePlace& place) const noexcept
    {
        return place.list == list_ && place.number <= end_ && end_ - place.number <= changes_.size();
    }
    /// The change after a place that the list has, and that is not its end.
    const Change& after(std::uint64_t number) const noexcept { return changes_[number % most_changes]; }

private:
    std::uint64_t list_ = 0;
    std::uint64_t end_ = 0;       ///< the number of changes so far
    std::vector<Change> changes_; ///< a ring
};

} // namespace keeper
