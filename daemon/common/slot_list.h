// A doubly linked list of slot numbers: moving a slot to the end or removing it takes constant time.
#pragma once

#include <cstdint>
#include <vector>

namespace common
{

/// Each slot is in the list at most once. The constructor allocates all memory.
class SlotList
{
public:
    /// For the slots 0 to `slots` - 1.
    explicit SlotList(std::uint32_t slots) : end_(slots), links_(slots + std::size_t{1})
    {
        for (std::uint32_t slot = 0; slot <= slots; ++slot) {
            links_[slot] = {slot, slot}; // linked to itself: not in the list
        }
    }

    bool empty() const noexcept { return front() == end_; }
    /// The slot that was added first; end() if the list is empty.
    std::uint32_t front() const noexcept { return links_[end_].next; }
    std::uint32_t next(std::uint32_t slot) const noexcept { return links_[slot].next; }
    std::uint32_t end() const noexcept { return end_; }
    bool contains(std::uint32_t slot) const noexcept { return links_[slot].next != slot; }

    /// Moves or adds `slot` to the end.
    void push_back(std::uint32_t slot) noexcept
    {
        remove(slot);
        const std::uint32_t last = links_[end_].previous;
        links_[slot] = {last, end_};
        links_[last].next = slot;
        links_[end_].previous = slot;
    }

    void remove(std::uint32_t slot) noexcept
    {
        const Links links = links_[slot];
        links_[links.previous].next = links.next;
        links_[links.next].previous = links.previous;
        links_[slot] = {slot, slot};
    }

private:
    struct Links {
        std::uint32_t previous = 0;
        std::uint32_t next = 0;
    };

    std::uint32_t end_;
    std::vector<Links> links_;
};

} // namespace common
