// A hash table of all names of the zone: open addressing, each name once, no allocation in a lookup.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace zone
{

/// Maps hashes of names to the numbers that the owner gave them. The slots hold the hashes, so a lookup
/// rarely touches another name than the one it looks for.
class NameTable
{
public:
    NameTable() : slots_(first_slots) {}

    /// Among the numbers that were inserted with this hash, the one for which `is_it` is true.
    template <typename Predicate>
    std::optional<std::uint32_t> find(std::uint32_t hash, Predicate is_it) const noexcept
    {
        const std::size_t mask = slots_.size() - 1;
        for (std::size_t at = hash & mask; slots_[at].next_number != 0; at = (at + 1) & mask) {
            const std::uint32_t number = slots_[at].next_number - 1;
            if (slots_[at].hash == hash && is_it(number)) {
                return number;
            }
        }
        return std::nullopt;
    }
    void insert(std::uint32_t hash, std::uint32_t number);
    /// Makes room for `names` names at once.
    void reserve(std::size_t names);

private:
    static constexpr std::size_t first_slots = 64;

    struct Slot {
        std::uint32_t hash = 0;
        std::uint32_t next_number = 0; ///< the number + 1; 0: the slot is free
    };

    static void put(std::vector<Slot>& slots, const Slot& slot) noexcept;
    void grow(std::size_t slots);

    std::vector<Slot> slots_; ///< their count is a power of two
    std::size_t used_ = 0;
};

} // namespace zone
