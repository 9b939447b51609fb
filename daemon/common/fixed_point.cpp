#include <algorithm>

#include "daemon/common/clock.h"

namespace common
{

base::FixedPoint fixed_point(const std::optional<base::FixedPoint>& stored, const base::FixedPoint& start,
                             base::UnixTime last_stamp, base::Uptime now) noexcept
{
    constexpr base::BootId unknown{};
    if (stored) {
        const bool may_be_same =
            stored->boot == start.boot || stored->boot == unknown || start.boot == unknown;
        if (may_be_same && now >= stored->uptime && LifetimeClock{*stored}.at(now) >= last_stamp) {
            base::FixedPoint same = *stored;
            same.boot = start.boot == unknown ? stored->boot : start.boot;
            return same;
        }
    }
    return {start.boot, std::max(start.time, last_stamp), start.uptime};
}

} // namespace common
