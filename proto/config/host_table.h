// A hash table of the items of a list, to find two that are the same: hosts with one name, or tokens.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "proto/config/config.h"

namespace config
{

/// Stores the indices of items in a list that may grow. What is compared stays in that list and is not
/// copied.
template <typename Item>
class HostTable
{
public:
    /// `key` returns a view of what is compared.
    explicit HostTable(std::string_view (*key)(const Item&)) noexcept : key_(key) {}

    /// Allocates memory for this number of hosts.
    void reserve(std::size_t hosts)
    {
        if (2 * hosts > slots_.size()) {
            grow(std::bit_ceil(2 * hosts));
        }
    }

    /// Hashes the key of host `number` and prefetches its slot, so that the cache miss overlaps with other
    /// work.
    void prefetch(const std::vector<Item>& hosts, std::size_t number) noexcept
    {
        hash_ = hash_of(hosts[number]);
        if (!slots_.empty()) {
            __builtin_prefetch(&slots_[hash_ & (slots_.size() - 1)]);
        }
    }

    /// The index of the first host with the same key as host `number`, which is added if it is the first.
    /// `number` must be the host of the last prefetch().
    std::size_t find_or_add(const std::vector<Item>& hosts, std::size_t number)
    {
        if (2 * (count_ + 1) > slots_.size()) {
            grow(std::max(min_slots, 2 * slots_.size()));
        }
        const std::string_view key = key_(hosts[number]);
        Slot& slot = slot_of(
            hash_, [&](const Slot& taken) { return taken.hash == hash_ && key_(hosts[taken.host]) == key; });
        if (slot.host == empty) {
            slot = {static_cast<std::uint32_t>(number), hash_};
            ++count_;
        }
        return slot.host;
    }

private:
    static constexpr std::size_t min_slots = 64;
    static constexpr std::uint32_t empty = 0xFFFFFFFF;

    /// It has the hash, so that the keys of other hosts are rarely read: each read is a cache miss.
    struct Slot {
        std::uint32_t host = empty;
        std::uint32_t hash = 0;
    };

    std::uint32_t hash_of(const Item& host) const noexcept
    {
        return static_cast<std::uint32_t>(std::hash<std::string_view>{}(key_(host)));
    }

    /// The slot for which `matches` is true, or the empty one where it would be.
    template <typename Matches>
    Slot& slot_of(std::uint32_t hash, Matches matches)
    {
        const std::size_t mask = slots_.size() - 1;
        std::size_t at = hash & mask;
        while (slots_[at].host != empty && !matches(slots_[at])) {
            at = (at + 1) & mask;
        }
        return slots_[at];
    }

    void grow(std::size_t slots)
    {
        std::vector<Slot> old(slots);
        old.swap(slots_);
        for (const Slot& slot : old) {
            if (slot.host != empty) {
                slot_of(slot.hash, [](const Slot& /*taken*/) { return false; }) = slot;
            }
        }
    }

    std::string_view (*key_)(const Item&);
    std::vector<Slot> slots_; ///< their number is a power of two; at most half are taken
    std::size_t count_ = 0;
    std::uint32_t hash_ = 0; ///< of the key of the last prefetch()
};

} // namespace config
