// Times, as they are sent and stored.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <compare>
#include <cstdint>

namespace base
{

using Seconds = std::chrono::seconds;
/// Seconds since 1970, without leap seconds. daemon/common/clock.h reads the clock.
using UnixTime = std::chrono::sys_seconds;
/// CLOCK_BOOTTIME, in milliseconds: it never steps, and counts during suspend.
using Uptime = std::chrono::duration<std::int64_t, std::milli>;

/// The kernel's random identifier of this boot (/proc/sys/kernel/random/boot_id). All zeros: unknown.
using BootId = std::array<std::uint8_t, 16>;

/// The same moment on both clocks. Until the next boot, lifetimes are counted from it with CLOCK_BOOTTIME.
struct FixedPoint {
    BootId boot{};
    UnixTime time{};
    Uptime uptime{};
    friend bool operator==(const FixedPoint&, const FixedPoint&) = default;
};
/// Every uptime is less than this (285,000 years), so that sums of uptimes do not overflow.
inline constexpr Uptime max_uptime{std::int64_t{1} << 53};

/// The lifetime that means `expire=never`: more than any other, and more than any time of a clock since 1970.
inline constexpr Seconds never{std::int64_t{1} << 40};
/// The time at which addresses expire that are set at `now`. At most UnixTime{never}, so that it can be
/// stored.
constexpr UnixTime expiry(UnixTime now, Seconds lifetime) noexcept
{
    return std::min(now + lifetime, UnixTime{never});
}
/// Whether addresses that expire at `time` never expire.
constexpr bool is_never(UnixTime time) noexcept
{
    return time >= UnixTime{never};
}

/// RFC 2181 section 8: a TTL is at most 2^31-1.
inline constexpr Seconds max_ttl{0x7FFFFFFF};

/// RFC 1982 section 3.2: whether `left` comes before `right`; false if they are 2^31 apart.
constexpr bool serial_less(std::uint32_t left, std::uint32_t right) noexcept
{
    const std::uint32_t ahead = right - left;
    return ahead != 0 && ahead < 0x80000000U;
}

} // namespace base
