// Lifetimes follow CLOCK_BOOTTIME within a boot, over restarts too; over a reboot the wall clock counts, and
// one behind the last stamp in the state counts as that stamp.
//
// Here the keeper's own ledger is driven, with clocks of the test's making. tests/clock does the same with
// the running daemon.
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iterator>
#include <map>
#include <random>

#include "tests/daemon/keeper/fixture.h"

namespace
{

using keeper::Bench;
using keeper::logged;
using keeper::set4;
using keeper::start_time;

constexpr std::int64_t lifetime = 60; // of the host c
constexpr std::int64_t year = 31557600;
constexpr std::int64_t day = 86400;

/// Lets time pass to the second before, and to the end, of a lifetime that has so many seconds left.
void expect_end_in(Bench& bench, std::int64_t seconds)
{
    bench.pass((seconds - 1) * 1000);
    bench.ledger().expire(bench.now());
    EXPECT_EQ(bench.a("c"), "192.0.2.7") << "too early";
    bench.pass(1000);
    bench.ledger().expire(bench.now());
    EXPECT_EQ(bench.a("c"), "-") << "too late";
}

class Clock : public testing::TestWithParam<std::int64_t>
{
};

// whatever the wall clock said at the start, and whatever it says later
TEST_P(Clock, NeverShortensOrLengthensALifetimeWhileItRuns)
{
    Bench bench;
    bench.start(GetParam());
    bench.propose(set4("c", 7));
    expect_end_in(bench, lifetime);
}

TEST_P(Clock, NeverLetsTheSerialFallOverAReboot)
{
    Bench bench;
    bench.start();
    bench.propose(set4("c", 7));
    bench.reboot();
    const std::uint32_t serial = bench.ledger().serial();
    EXPECT_FALSE(base::serial_less(bench.start(GetParam()).serial(), serial));
    const std::uint32_t later = bench.ledger().serial();
    bench.propose(set4("a", 8));
    EXPECT_EQ(bench.ledger().serial(), later + 1);
}

INSTANTIATE_TEST_SUITE_P(At, Clock,
                         testing::Values(0, 1, start_time - 10 * year, start_time, start_time + 10 * year,
                                         std::int64_t{1} << 62, -5));

class Step : public testing::TestWithParam<std::int64_t>
{
};

// a reload, a death of the keeper and a restart of the daemon are all one to the ledger
TEST_P(Step, OfTheWallClockWithinABootMattersNothing)
{
    Bench bench;
    bench.start();
    bench.propose(set4("c", 7));
    for (int i = 0; i < 3; ++i) {
        bench.pass(10000);
        bench.start(start_time + (i + 1) * GetParam());
    }
    expect_end_in(bench, lifetime - 30);
}

// NTP sets the time two minutes after the boot, and then somebody reloads
TEST_P(Step, OfTheWallClockAfterABootWithoutAClockMattersNothing)
{
    Bench bench;
    bench.start();
    bench.propose(set4("c", 7));
    bench.reboot();
    bench.start(0);
    bench.pass(10000);
    bench.start(start_time + GetParam());
    expect_end_in(bench, lifetime - 10);
}

INSTANTIATE_TEST_SUITE_P(Of, Step, testing::Values(0, 600, -600, 3 * day, -3 * day, 10 * year, -10 * year));

TEST(ClockOverAReboot, CountsAsTheLastStampWhereItIsBehind)
{
    for (const std::int64_t wall : {std::int64_t{0}, start_time - year, start_time + 9}) {
        Bench bench;
        bench.start();
        bench.pass(10000);
        bench.propose(set4("c", 7)); // the last stamp: start + 10
        bench.reboot();
        const std::string log = logged([&] { bench.start(wall); });
        EXPECT_THAT(log, testing::HasSubstr("the clock is behind the last change that was stored"));
        expect_end_in(bench, lifetime);
    }
}

TEST(ClockOverAReboot, IsBelievedWhereItIsAhead)
{
    Bench bench;
    bench.start();
    bench.propose(set4("c", 7));
    bench.reboot();
    bench.start(start_time + 40);
    expect_end_in(bench, lifetime - 40);
    Bench late;
    late.start();
    late.propose(set4("c", 7));
    late.reboot();
    late.start(start_time + 10 * year);
    EXPECT_EQ(late.a("c"), "-");
}

// unset at boot, set while it runs, right at the next boot
TEST(ClockOverAReboot, GoesOnFromAStartWithoutAClock)
{
    Bench bench;
    bench.start(0);
    bench.propose(set4("c", 7));
    bench.pass(30000);
    bench.propose(set4("a", 1)); // stamps the time that has passed
    bench.reboot();
    bench.start(0);
    expect_end_in(bench, lifetime - 30);
    bench.propose(set4("c", 7));
    const std::uint32_t serial = bench.ledger().serial();
    bench.reboot();
    bench.start(start_time);
    EXPECT_EQ(bench.a("c"), "-") << "what was stored without a clock is long ago now";
    EXPECT_EQ(bench.ledger().serial(), serial + 2); // a ended too
}

// the fixed point is stored before anything is served, and by itself does not change the zone
TEST(ClockOverAReboot, IsStoredOnceABoot)
{
    Bench bench;
    bench.start();
    const std::uint32_t serial = bench.ledger().serial();
    bench.reboot();
    bench.start(start_time + 40);
    const base::FixedPoint expected{{2}, keeper::unix_time(start_time + 40), bench.now()};
    EXPECT_EQ(bench.ledger().fixed_point(), expected);
    EXPECT_EQ(bench.ledger().serial(), serial);
    const std::size_t writes = bench.disk().writes;
    bench.pass(5000);
    bench.start(0);
    EXPECT_EQ(bench.ledger().fixed_point(), expected);
    EXPECT_EQ(bench.disk().writes - writes, 2U) << "what was read, once more, and nothing new";
}

// While it cannot be stored, the next keeper of the same daemon is told the same.
TEST(ClockOverAReboot, WaitsForADiskThatFails)
{
    Bench bench;
    bench.start();
    bench.propose(set4("c", 7));
    bench.reboot();
    bench.fail();
    bench.start(0);
    EXPECT_NE(bench.ledger().fixed_point()->boot, base::BootId{bench.boot});
    bench.mend();
    bench.pass(5000);
    while (bench.ledger().expire(bench.now())) {}
    EXPECT_EQ(bench.ledger().fixed_point()->boot, base::BootId{bench.boot});
    bench.start(start_time + year);
    expect_end_in(bench, lifetime - 5);
}

TEST(ClockWithoutABootId, TakesALowerBootTimeForAReboot)
{
    Bench bench;
    bench.boot = 0;
    bench.start();
    bench.propose(set4("c", 7));
    bench.pass(10000);
    bench.start(start_time + year);
    EXPECT_EQ(bench.a("c"), "192.0.2.7") << "the same boot";
    bench.reboot();
    bench.boot = 0;
    bench.start(start_time + 40);
    expect_end_in(bench, lifetime - 40);
}

// after a start soon after the boot and a long run; the next start comes later after its boot than that one
TEST(ClockWithoutABootId, KnowsTheBootTimeOfTheLastStamp)
{
    Bench bench;
    bench.reboot(20000);
    bench.boot = 0;
    bench.start();
    bench.pass(1000000);
    bench.propose(set4("c", 7));
    bench.reboot(500000);
    bench.boot = 0;
    bench.start(start_time + 1040);
    expect_end_in(bench, lifetime - 40);
}

TEST(ClockWithoutABootId, GoesOnWhereItIsKnownFromNowOn)
{
    Bench bench;
    bench.boot = 0;
    bench.start();
    bench.propose(set4("c", 7));
    bench.pass(10000);
    bench.boot = 9;
    bench.start(start_time + year);
    EXPECT_EQ(bench.ledger().fixed_point()->boot, base::BootId{9});
    bench.boot = 0;
    bench.start(start_time + year);
    EXPECT_EQ(bench.ledger().fixed_point()->boot, base::BootId{9});
    expect_end_in(bench, lifetime - 10);
}

// any order of updates, waiting, starts and reboots under any wall clock
TEST(ClockOverARestart, KeepsTheRuleInAnyOrderOfEvents)
{
    std::mt19937 random{7};
    constexpr std::int64_t never = INT64_MAX;
    const auto pick = [&](unsigned count) { return static_cast<std::int64_t>(random() % count); };
    testing::internal::CaptureStderr();
    for (int round = 0; round < 200; ++round) {
        Bench bench;
        std::int64_t time = start_time + pick(100); // as the rule has it
        std::int64_t stamp = time;
        std::int64_t ends = never;
        std::uint32_t serial = bench.start(time).serial();
        for (int step = 0; step < 40; ++step) {
            const std::int64_t kind = pick(5);
            if (kind == 0) {
                bench.propose(set4("c", 7));
                stamp = time;
                ends = time + lifetime;
            } else if (kind >= 3) {
                const std::array layers{std::int64_t{0}, stamp - 5, stamp + pick(90)};
                const std::int64_t wall = layers.at(static_cast<std::size_t>(pick(3)));
                if (kind == 4) {
                    bench.reboot(1000 * pick(100));
                    time = std::max(wall, stamp);
                    stamp = time; // the fixed point is stored
                }
                bench.start(wall);
            } else {
                const std::int64_t seconds = pick(40);
                bench.pass(seconds * 1000);
                time += seconds;
                bench.ledger().expire(bench.now());
                bench.ledger().published();
            }
            if (ends <= time) {
                ends = never;
                stamp = time;
            }
            EXPECT_EQ(bench.a("c"), ends != never ? "192.0.2.7" : "-") << round << ' ' << step;
            EXPECT_FALSE(base::serial_less(bench.ledger().serial(), serial));
            serial = bench.ledger().serial();
        }
    }
    testing::internal::GetCapturedStderr();
}

/// How often a source asks for the wall clock.
std::size_t count_in(const std::filesystem::path& source)
{
    std::ifstream in{source};
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    std::size_t count = 0;
    for (std::size_t at = text.find("wall_time()"); at != std::string::npos;
         at = text.find("wall_time()", at + 1)) {
        ++count;
    }
    return count;
}

// So that no lifetime can see a step of it. Cookies carry the time of the wall clock (RFC 9018 section 4.3).
TEST(WallClock, IsAskedForLifetimesOnceByTheSupervisorAtItsStart)
{
    const std::filesystem::path daemon{TEST_SOURCE_DIR "/daemon"};
    std::map<std::string, std::size_t> asking;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{daemon}) {
        if (const std::size_t count = entry.path().extension() == ".cpp" ? count_in(entry.path()) : 0) {
            asking[entry.path().lexically_relative(daemon)] = count;
        }
    }
    const std::map<std::string, std::size_t> expected{
        {"common/clock.cpp", 1}, {"responder/answerer.cpp", 1}, {"supervisor/boot.cpp", 1}};
    EXPECT_EQ(asking, expected);
}

} // namespace
