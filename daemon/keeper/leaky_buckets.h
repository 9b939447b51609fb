// Leaky buckets: each holds a few events and loses one after each interval, so a bucket that is full admits
// one event an interval.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "daemon/common/zeroed_table.h"
#include "proto/base/time.h"

namespace keeper
{

/// The capacity of a bucket in events, and the seconds after which it loses one.
struct Leak {
    std::uint32_t capacity = 0;
    std::uint32_t interval = 0;
};

/// The uptime in whole seconds: enough for 136 years.
constexpr std::uint32_t whole_seconds(base::Uptime now) noexcept
{
    return static_cast<std::uint32_t>(now.count() / 1000);
}

/// One bucket in four bytes: the second at which it will be empty. Zero is an empty bucket.
struct Bucket {
    std::uint32_t empty_at = 0;

    bool is_full(const Leak& leak, std::uint32_t now) const noexcept
    {
        return empty_at > now + (leak.capacity - 1) * leak.interval;
    }
    void fill(const Leak& leak, std::uint32_t now) noexcept
    {
        empty_at = std::max(empty_at, now) + leak.interval;
    }
};

/// Buckets in a table of `bytes` bytes. A keyed hash selects one, so an outsider cannot choose which share a
/// set. If a set has no room for another bucket, that takes the place of the one that is empty first. Each
/// operation does the same work for every key.
template <std::size_t bytes>
class LeakyBuckets
{
public:
    bool is_full(std::uint64_t key, const Leak& leak, std::uint32_t now) const noexcept
    {
        Bucket found;
        for (const Entry& entry : table_[set_of(key)]) {
            const bool is_wanted = entry.tag == tag_of(key);
            found.empty_at =
                std::max(found.empty_at, entry.bucket.empty_at * static_cast<std::uint32_t>(is_wanted));
        }
        return found.is_full(leak, now);
    }
    void fill(std::uint64_t key, const Leak& leak, std::uint32_t now) noexcept
    {
        Set& set = table_[set_of(key)];
        const auto rank = [key](const Entry& entry) { // 0 is the bucket itself
            return (std::uint64_t{entry.bucket.empty_at} + 1) *
                   static_cast<std::uint64_t>(entry.tag != tag_of(key));
        };
        Entry& entry = *std::ranges::min_element(set, {}, rank);
        entry.bucket.empty_at *= static_cast<std::uint32_t>(entry.tag == tag_of(key));
        entry.tag = tag_of(key);
        entry.bucket.fill(leak, now);
    }
    /// Empties all buckets. Pages that were never written to stay unused.
    void clear() noexcept
    {
        for (std::size_t i = 0; i < sets; ++i) {
            const bool is_used = std::ranges::any_of(table_[i], [](const Entry& e) { return e.tag != 0; });
            if (is_used) {
                table_[i] = {};
            }
        }
    }

private:
    struct Entry {
        std::uint32_t tag = 0; ///< the half of the key that does not select the set
        Bucket bucket;
    };
    static constexpr std::size_t ways = 8; // a set is one cache line
    static constexpr std::size_t sets = bytes / sizeof(Entry) / ways;
    static constexpr std::size_t set_of(std::uint64_t key) noexcept
    {
        return static_cast<std::size_t>(key % sets);
    }
    using Set = std::array<Entry, ways>;

    static std::uint32_t tag_of(std::uint64_t key) noexcept
    {
        return static_cast<std::uint32_t>(key >> 32 | 1);
    }

    common::ZeroedTable<Set, sets> table_;
};

} // namespace keeper
