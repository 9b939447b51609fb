// Time as the wire and the state hold it.
#pragma once

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

/// RFC 2181 section 8: a TTL is at most 2^31-1.
inline constexpr Seconds max_ttl{0x7FFFFFFF};

/// RFC 1982 section 3.2: whether `left` comes before `right`; false where the two are 2^31 apart.
constexpr bool serial_less(std::uint32_t left, std::uint32_t right) noexcept
{
    const std::uint32_t ahead = right - left;
    return ahead != 0 && ahead < 0x80000000U;
}

} // namespace base
