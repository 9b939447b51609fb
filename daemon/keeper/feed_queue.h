// Parts of the zone in the order of their last changes. All responders share one list; each has a position in
// it and must still be sent all parts from there on. So the memory is bounded, several changes to one part
// are sent as one to a slow responder, and another responder costs no memory per part.
#pragma once

#include <cstdint>
#include <vector>

#include "daemon/keeper/zone_parts.h"

namespace keeper
{

class FeedQueue
{
public:
    /// For the parts 0 to `parts` - 1. Allocates everything.
    explicit FeedQueue(std::size_t parts) : after_(parts + 1, absent), before_(parts + 1, absent)
    {
        link(end(), end());
    }

    /// The position after the last part.
    PartNumber end() const noexcept { return static_cast<PartNumber>(after_.size() - 1); }
    PartNumber front() const noexcept { return after_[end()]; }
    /// The position after that of a part that is in the list.
    PartNumber next(PartNumber part) const noexcept { return after_[part]; }
    bool contains(PartNumber part) const noexcept { return after_[part] != absent; }

    /// Adds the part at the end, or moves it there; then no position may refer to it.
    void push_back(PartNumber part) noexcept
    {
        if (contains(part)) {
            link(before_[part], after_[part]);
        }
        link(before_[end()], part);
        link(part, end());
    }
    /// Adds a part that is not in the list.
    void push_front(PartNumber part) noexcept
    {
        link(part, front());
        link(end(), part);
    }

private:
    static constexpr PartNumber absent = 0xFFFFFFFF;

    /// The list is a ring: the end is after the last part and before the first.
    void link(PartNumber left, PartNumber right) noexcept
    {
        after_[left] = right;
        before_[right] = left;
    }

    std::vector<PartNumber> after_;
    std::vector<PartNumber> before_;
};

} // namespace keeper
