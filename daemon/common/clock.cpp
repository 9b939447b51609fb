#include "daemon/common/clock.h"

#include <ctime>

namespace common
{

base::Uptime uptime() noexcept
{
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return std::chrono::duration_cast<base::Uptime>(std::chrono::seconds{now.tv_sec} +
                                                    std::chrono::nanoseconds{now.tv_nsec});
}

base::UnixTime wall_time() noexcept
{
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return base::UnixTime{base::Seconds{now.tv_sec}};
}

} // namespace common
