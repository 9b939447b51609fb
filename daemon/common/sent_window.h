// How much was sent lately: a count that no interval of one second can exceed, wherever it begins.
//
// A token bucket that holds one second's tokens lets out twice as much in the second that begins when it is
// full. Here an interval of one second lies within three spans of 512 ms, and their sum is limited. With
// spans of 500 ms a client that repeats its query each second would meet a flooded window in the same state
// each time.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "proto/base/time.h"

namespace common
{

/// The time in spans. It wraps after 69 years.
using Spans = std::uint32_t;
constexpr Spans spans_of(base::Uptime time) noexcept
{
    return static_cast<Spans>(time.count() >> 9);
}

/// The most that a window may count. Small limits are counted in parts of 16 bytes. Large ones are counted in
/// units of 16 << `shift` bytes, and what is sent is rounded up to a unit.
struct SendLimit {
    static constexpr std::uint32_t part_bytes = 16;

    std::uint32_t units = 0;
    std::uint32_t shift = 0;

    constexpr std::uint32_t units_of(std::uint32_t parts) const noexcept
    {
        return (parts + (std::uint32_t{1} << shift) - 1) >> shift;
    }
};

/// What was sent in this span and in the two before it, as three counts of 21 bits.
class SentWindow
{
public:
    static constexpr unsigned count_bits = 21;

    constexpr SentWindow() noexcept = default;
    constexpr explicit SentWindow(std::uint64_t counts) noexcept : counts_(counts) {}
    constexpr std::uint64_t counts() const noexcept { return counts_; }

    /// `elapsed` spans have passed.
    constexpr void advance(Spans elapsed) noexcept
    {
        counts_ = elapsed < spans ? (counts_ << (elapsed * count_bits)) & all_counts : 0;
    }
    constexpr std::uint32_t sent() const noexcept
    {
        return static_cast<std::uint32_t>((counts_ & most) + (counts_ >> count_bits & most) +
                                          (counts_ >> 2 * count_bits & most));
    }
    constexpr bool has_room(const SendLimit& limit, std::uint32_t parts) const noexcept
    {
        return sent() + limit.units_of(parts) <= limit.units;
    }
    constexpr void add(std::uint32_t units) noexcept
    {
        const std::uint64_t now = std::min<std::uint64_t>((counts_ & most) + units, most);
        counts_ = (counts_ & ~most) | now;
    }

    /// `parts`: of SendLimit::part_bytes.
    static constexpr SendLimit limit_of(std::uint64_t parts) noexcept
    {
        const auto width = static_cast<unsigned>(std::bit_width(parts));
        const unsigned shift = width > count_bits ? width - count_bits : 0;
        return {static_cast<std::uint32_t>(parts >> shift), shift};
    }

private:
    static constexpr unsigned spans = 3;
    static constexpr std::uint64_t most = (std::uint64_t{1} << count_bits) - 1;
    static constexpr std::uint64_t all_counts = (std::uint64_t{1} << spans * count_bits) - 1;

    std::uint64_t counts_ = 0;
};

} // namespace common
