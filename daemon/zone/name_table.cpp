#include "daemon/zone/name_table.h"

#include <bit>

namespace zone
{

void NameTable::put(std::vector<Slot>& slots, const Slot& slot) noexcept
{
    const std::size_t mask = slots.size() - 1;
    std::size_t at = slot.hash & mask;
    while (slots[at].next_number != 0) {
        at = (at + 1) & mask;
    }
    slots[at] = slot;
}

void NameTable::grow(std::size_t slots)
{
    std::vector<Slot> larger(slots);
    for (const Slot& slot : slots_) {
        if (slot.next_number != 0) {
            put(larger, slot);
        }
    }
    slots_ = std::move(larger);
}

void NameTable::insert(std::uint32_t hash, std::uint32_t number)
{
    if ((used_ + 1) * 2 > slots_.size()) { // at most half full: a search takes one or two steps
        grow(slots_.size() * 2);
    }
    put(slots_, {hash, number + 1});
    ++used_;
}

void NameTable::reserve(std::size_t names)
{
    const std::size_t slots = std::bit_ceil(names * 2);
    if (slots > slots_.size()) {
        grow(slots);
    }
}

} // namespace zone
