// Clocks. Code that decides takes the time as a parameter; only event loops read a clock.
#pragma once

#include <cstdint>
#include <optional>

#include "proto/base/time.h"

namespace common
{

/// CLOCK_BOOTTIME in milliseconds. Timeouts, and lifetimes while a process runs, are measured with it.
base::Uptime uptime() noexcept;

/// CLOCK_REALTIME in seconds. It may step, and it may be unset.
base::UnixTime wall_time() noexcept;

/// Unix time for lifetimes. It starts from a fixed point and advances with CLOCK_BOOTTIME, so steps of the
/// wall clock do not change it.
class LifetimeClock
{
public:
    explicit LifetimeClock(const base::FixedPoint& fixed) noexcept : fixed_(fixed) {}

    base::UnixTime at(base::Uptime now) const noexcept
    {
        // without the branch of std::chrono::floor(): tests/secrets count the instructions of a guess
        constexpr std::int64_t second = 1000;
        const std::int64_t passed = (now - fixed_.uptime).count();
        return fixed_.time + base::Seconds{passed / second - static_cast<std::int64_t>(passed % second < 0)};
    }
    /// The first uptime for which at() returns `time`. It may be in the past.
    base::Uptime when(base::UnixTime time) const noexcept { return fixed_.uptime + (time - fixed_.time); }

    const base::FixedPoint& fixed_point() const noexcept { return fixed_; }

private:
    base::FixedPoint fixed_;
};

/// The fixed point that is valid at `now`. `stored` stays valid until the next boot. If the identity of a
/// boot is not known, an uptime below that of `last_stamp`, the time of the last stored change, shows that a
/// boot came between. After a boot, the new fixed point is `start`, the clocks at the daemon's start; if its
/// wall clock is behind `last_stamp`, `last_stamp` is used instead.
base::FixedPoint fixed_point(const std::optional<base::FixedPoint>& stored, const base::FixedPoint& start,
                             base::UnixTime last_stamp, base::Uptime now) noexcept;

} // namespace common
