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

base::FixedPoint point(std::uint8_t boot, std::int64_t time, std::int64_t uptime)
{
    return {{boot}, at(time), Uptime{uptime}};
}

} // namespace

// while a process runs, lifetimes follow CLOCK_BOOTTIME
TEST(LifetimeClock, MovesWithTheUptimeAlone)
{
    const LifetimeClock clock{point(1, 1000, 5000)};
    EXPECT_EQ(clock.at(Uptime{4999}), at(999));
    EXPECT_EQ(clock.at(Uptime{5000}), at(1000));
    EXPECT_EQ(clock.at(Uptime{5999}), at(1000));
    EXPECT_EQ(clock.at(Uptime{6000}), at(1001));
    EXPECT_EQ(clock.at(Uptime{5000 + 3600000}), at(4600));
}

TEST(LifetimeClock, FindsTheUptimeOfATime)
{
    const LifetimeClock clock{point(1, 1000, 5678)};
    for (const std::int64_t time : {990, 1000, 1001, 5000}) {
        const Uptime when = clock.when(at(time));
        EXPECT_EQ(clock.at(when), at(time));
        EXPECT_EQ(clock.at(when - Uptime{1}), at(time - 1));
    }
}

// within a boot the wall clock is ignored
TEST(FixedPoint, StaysWhereItIsUntilTheNextBoot)
{
    const base::FixedPoint stored = point(1, 1000, 5000);
    for (const std::int64_t wall : {0, 999, 1000, 1001, 999999}) {
        EXPECT_EQ(fixed_point(stored, point(1, wall, 8000), at(1002), Uptime{9000}), stored);
    }
}

TEST(FixedPoint, IsTheStartOfTheDaemonIfNoneIsStored)
{
    EXPECT_EQ(fixed_point(std::nullopt, point(1, 1000, 5000), at(0), Uptime{9000}), point(1, 1000, 5000));
}

// after a reboot, the wall clock is used if it is ahead of the last stamp in the state, and otherwise that
// stamp
TEST(FixedPoint, IsReplacedAfterAReboot)
{
    const base::FixedPoint stored = point(1, 1000, 5000);
    EXPECT_EQ(fixed_point(stored, point(2, 0, 100), at(1002), Uptime{9000}), point(2, 1002, 100));
    EXPECT_EQ(fixed_point(stored, point(2, 1003, 100), at(1002), Uptime{9000}), point(2, 1003, 100));
}

TEST(FixedPoint, NeverPutsTimeBeforeTheLastStamp)
{
    const base::FixedPoint stored = point(1, 1000, 5000);
    EXPECT_EQ(fixed_point(stored, point(1, 0, 100), at(1002), Uptime{4000}), point(1, 1002, 100));
    EXPECT_EQ(fixed_point(stored, point(1, 0, 100), at(1002), Uptime{6999}), point(1, 1002, 100));
    EXPECT_EQ(fixed_point(stored, point(1, 0, 100), at(1002), Uptime{7000}), stored);
}

TEST(FixedPoint, ComparesUptimesIfTheBootIsNotKnown)
{
    EXPECT_EQ(fixed_point(point(0, 1000, 5000), point(0, 2000, 7000), at(1002), Uptime{7000}),
              point(0, 1000, 5000));
    EXPECT_EQ(fixed_point(point(0, 1000, 5000), point(0, 2000, 4000), at(1002), Uptime{6000}),
              point(0, 2000, 4000));
    EXPECT_EQ(fixed_point(point(0, 1000, 5000), point(7, 2000, 7000), at(1002), Uptime{7000}),
              point(7, 1000, 5000));
    EXPECT_EQ(fixed_point(point(7, 1000, 5000), point(0, 2000, 7000), at(1002), Uptime{7000}),
              point(7, 1000, 5000));
}

TEST(Clock, NeverRunsBackwards)
{
    const Uptime first = uptime();
    const Uptime second = uptime();
    EXPECT_GE(second, first);
    EXPECT_GT(first.count(), 0);
    EXPECT_GT(wall_time(), at(1600000000));
}
