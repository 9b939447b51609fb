// Time as the wire and the state hold it.
#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>

namespace base
{

using Seconds = std::chrono::seconds;
/// Seconds since 1970, without leap seconds. Where it comes from is daemon/common/clock.h.
using UnixTime = std::chrono::sys_seconds;
/// A point on CLOCK_BOOTTIME: never steps, counts through suspend.
using Uptime = std::chrono::duration<std::int64_t, std::milli>;

/// Which boot of the machine this is, as the kernel says it: random. All zeros: not known.
using BootId = std::array<std::uint8_t, 16>;

/// One moment on both clocks. From one of these lifetimes are counted by CLOCK_BOOTTIME until the next boot.
struct FixedPoint {
    BootId boot{};
    UnixTime time{};
    Uptime uptime{};
    friend bool operator==(const FixedPoint&, const FixedPoint&) = default;
};
/// An uptime is less than this, 285,000 years, so that sums of such fit.
inline constexpr Uptime max_uptime{std::int64_t{1} << 53};

/// RFC 2181 section 8: a TTL is at most 2^31-1.
inline constexpr Seconds max_ttl{0x7FFFFFFF};

/// RFC 1982 section 3.2: whether `left` comes before `right`; false where the two are 2^31 apart.
constexpr bool serial_less(std::uint32_t left, std::uint32_t right) noexcept
{
    const std::uint32_t ahead = right - left;
    return ahead != 0 && ahead < 0x80000000U;
}

} // namespace base
