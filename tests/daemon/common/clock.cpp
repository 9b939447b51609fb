#include "daemon/common/clock.h"

#include <gtest/gtest.h>

using namespace common;
using base::Seconds;
using base::UnixTime;
using base::Uptime;

namespace
{

constexpr UnixTime at(std::int64_t seconds)
{
    return UnixTime{Seconds{seconds}};
}

} // namespace

// DESIGN, "The state": while it runs, lifetimes follow CLOCK_BOOTTIME
TEST(LifetimeClock, MovesWithTheUptimeAlone)
{
    const LifetimeClock clock{at(1000), at(900), Uptime{5000}};
    EXPECT_EQ(clock.at(Uptime{5000}), at(1000));
    EXPECT_EQ(clock.at(Uptime{5999}), at(1000));
    EXPECT_EQ(clock.at(Uptime{6000}), at(1001));
    EXPECT_EQ(clock.at(Uptime{5000 + 3600000}), at(4600));
}

// "over a restart, a wall clock behind the last stamp in the state counts as that stamp"
TEST(LifetimeClock, StartsAtTheLastStampWhereTheWallClockIsBehindIt)
{
    EXPECT_EQ((LifetimeClock{at(0), at(1795000000), Uptime{10}}.at(Uptime{10})), at(1795000000));
}

// "and one ahead is believed"
TEST(LifetimeClock, StartsAtTheWallClockWhereItIsAhead)
{
    EXPECT_EQ((LifetimeClock{at(1795000001), at(1795000000), Uptime{10}}.at(Uptime{10})), at(1795000001));
}

TEST(LifetimeClock, SaysWhenATimeBegins)
{
    const LifetimeClock clock{at(1000), at(0), Uptime{5678}};
    for (const std::int64_t time : {990, 1000, 1001, 5000}) {
        const Uptime when = clock.when(at(time));
        EXPECT_EQ(clock.at(when), at(time));
        if (time > 1000) {
            EXPECT_EQ(clock.at(when - Uptime{1}), at(time - 1));
        }
    }
}

TEST(Clock, NeverRunsBackwards)
{
    const Uptime first = uptime();
    const Uptime second = uptime();
    EXPECT_GE(second, first);
    EXPECT_GT(first.count(), 0);
    EXPECT_GT(wall_time(), at(1600000000));
}
