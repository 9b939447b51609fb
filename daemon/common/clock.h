// Where time comes from. Rules take time as a value; only loops ask a clock.
#pragma once

#include "proto/base/time.h"

namespace common
{

/// CLOCK_BOOTTIME, in milliseconds: what timeouts and lifetimes follow while a process runs.
base::Uptime uptime() noexcept;

/// CLOCK_REALTIME, which may step and may be unset.
base::UnixTime wall_time() noexcept;

/// Unix time for lifetimes: fixed once to the wall clock, then moved by CLOCK_BOOTTIME, so that no step of
/// the wall clock matters while we run. Over a restart a wall clock behind `last_stamp` counts as that
/// stamp, and one ahead is believed.
class LifetimeClock
{
public:
    LifetimeClock(base::UnixTime wall, base::UnixTime last_stamp, base::Uptime now) noexcept
        : base_(wall > last_stamp ? wall : last_stamp), started_(now)
    {
    }

    base::UnixTime at(base::Uptime now) const noexcept
    {
        return base_ + std::chrono::duration_cast<base::Seconds>(now - started_);
    }
    /// When at() begins to give `time`; in the past where it did long ago.
    base::Uptime when(base::UnixTime time) const noexcept { return started_ + (time - base_); }

private:
    base::UnixTime base_;
    base::Uptime started_;
};

} // namespace common
