// Where time comes from. Rules take time as a value; only loops ask a clock.
#pragma once

#include <optional>

#include "proto/base/time.h"

namespace common
{

/// CLOCK_BOOTTIME, in milliseconds: what timeouts and lifetimes follow while a process runs.
base::Uptime uptime() noexcept;

/// CLOCK_REALTIME, which may step and may be unset.
base::UnixTime wall_time() noexcept;

/// Unix time for lifetimes: from a fixed point on it is moved by CLOCK_BOOTTIME, so that no step of the wall
/// clock matters.
class LifetimeClock
{
public:
    explicit LifetimeClock(const base::FixedPoint& fixed) noexcept : fixed_(fixed) {}

    base::UnixTime at(base::Uptime now) const noexcept
    {
        return fixed_.time + std::chrono::floor<base::Seconds>(now - fixed_.uptime);
    }
    /// When at() begins to give `time`; in the past where it did long ago.
    base::Uptime when(base::UnixTime time) const noexcept { return fixed_.uptime + (time - fixed_.time); }

    const base::FixedPoint& fixed_point() const noexcept { return fixed_; }

private:
    base::FixedPoint fixed_;
};

/// The fixed point that counts at `now`. That is `stored` until the next boot. Where a boot's identity is not
/// known, a boot time below that of `last_stamp`, the last that was stored, tells that there was one. Over a
/// boot the wall clock counts, as it was at the daemon's start, `start`, and one behind `last_stamp` counts
/// as that.
base::FixedPoint fixed_point(const std::optional<base::FixedPoint>& stored, const base::FixedPoint& start,
                             base::UnixTime last_stamp, base::Uptime now) noexcept;

} // namespace common
