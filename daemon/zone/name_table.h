// All names of the zone in one hash table: open addressing, every name once, no allocation a look-up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace zone
{

/// From hashes of names to their numbers, which are its owner's. The hash stands in the slot, so that hardly
/// any name but the one that is looked for is ever touched.
class NameTable
{
public:
    NameTable() : slots_(first_slots) {}

    /// The number, among those put in with this hash, for which `is_it` holds.
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
    /// Makes room for so many names at once.
    void reserve(std::size_t names);

private:
    static constexpr std::size_t first_slots = 64;

    struct Slot {
        std::uint32_t hash = 0;
        std::uint32_t next_number = 0; ///< the number plus 1; 0: free
    };

    static void put(std::vector<Slot>& slots, const Slot& slot) noexcept;
    void grow(std::size_t slots);

    std::vector<Slot> slots_; ///< a power of two
    std::size_t used_ = 0;
};

} // namespace zone
