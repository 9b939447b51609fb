// Lifetimes follow CLOCK_BOOTTIME within a boot, also over restarts. After a reboot the wall clock is used;
// if it is behind the last stamp in the state, that stamp is used instead.
//
// These tests run the keeper's ledger with simulated clocks. tests/clock does the same with the running
// daemon.
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

using keeper::LedgerFixture;
using keeper::logged;
using keeper::set4;
using keeper::start_time;

constexpr std::int64_t lifetime = 60; // of the host c
constexpr std::int64_t year = 31557600;
constexpr std::int64_t day = 86400;

/// Lets time pass to the second before the end of a lifetime with so many seconds left, and then to its end.
void expect_end_in(LedgerFixture& fixture, std::int64_t seconds)
{
    fixture.pass((seconds - 1) * 1000);
    fixture.ledger().expire(fixture.now());
    EXPECT_EQ(fixture.a("c"), "192.0.2.7") << "too early";
    fixture.pass(1000);
    fixture.ledger().expire(fixture.now());
    EXPECT_EQ(fixture.a("c"), "-") << "too late";
}

class Clock : public testing::TestWithParam<std::int64_t>
{
};

// for every value of the wall clock at the start and later
TEST_P(Clock, NeverShortensOrLengthensALifetimeWhileItRuns)
{
    LedgerFixture fixture;
    fixture.start(GetParam());
    fixture.propose(set4("c", 7));
    expect_end_in(fixture, lifetime);
}

TEST_P(Clock, NeverDecreasesTheSerialOverAReboot)
{
    LedgerFixture fixture;
    fixture.start();
    fixture.propose(set4("c", 7));
    fixture.reboot();
    const std::uint32_t serial = fixture.ledger().serial();
    EXPECT_FALSE(base::serial_less(fixture.start(GetParam()).serial(), serial));
    const std::uint32_t later = fixture.ledger().serial();
    fixture.propose(set4("a", 8));
    EXPECT_EQ(fixture.ledger().serial(), later + 1);
}

INSTANTIATE_TEST_SUITE_P(At, Clock,
                         testing::Values(0, 1, start_time - 10 * year, start_time, start_time + 10 * year,
                                         std::int64_t{1} << 62, -5));

class Step : public testing::TestWithParam<std::int64_t>
{
};

// a reload, a restart of the keeper and a restart of the daemon are the same for the ledger
TEST_P(Step, OfTheWallClockWithinABootHasNoEffect)
{
    LedgerFixture fixture;
    fixture.start();
    fixture.propose(set4("c", 7));
    for (int i = 0; i < 3; ++i) {
        fixture.pass(10000);
        fixture.start(start_time + (i + 1) * GetParam());
    }
    expect_end_in(fixture, lifetime - 30);
}

// NTP sets the time two minutes after the boot; then the config is reloaded
TEST_P(Step, OfTheWallClockAfterABootWithoutAClockHasNoEffect)
{
    LedgerFixture fixture;
    fixture.start();
    fixture.propose(set4("c", 7));
    fixture.reboot();
    fixture.start(0);
    fixture.pass(10000);
    fixture.start(start_time + GetParam());
    expect_end_in(fixture, lifetime - 10);
}

INSTANTIATE_TEST_SUITE_P(Of, Step, testing::Values(0, 600, -600, 3 * day, -3 * day, 10 * year, -10 * year));

TEST(ClockOverAReboot, IsReplacedByTheLastStampIfItIsBehind)
{
    for (const std::int64_t wall : {std::int64_t{0}, start_time - year, start_time + 9}) {
        LedgerFixture fixture;
        fixture.start();
        fixture.pass(10000);
        fixture.propose(set4("c", 7)); // the last stamp: start + 10
        fixture.reboot();
        const std::string log = logged([&] { fixture.start(wall); });
        EXPECT_THAT(log, testing::HasSubstr("the clock is behind the last stored change"));
        expect_end_in(fixture, lifetime);
    }
}

TEST(ClockOverAReboot, IsUsedIfItIsAhead)
{
    LedgerFixture fixture;
    fixture.start();
    fixture.propose(set4("c", 7));
    fixture.reboot();
    fixture.start(start_time + 40);
    expect_end_in(fixture, lifetime - 40);
    LedgerFixture late;
    late.start();
    late.propose(set4("c", 7));
    late.reboot();
    late.start(start_time + 10 * year);
    EXPECT_EQ(late.a("c"), "-");
}

// unset at boot, set while the daemon runs, correct at the next boot
TEST(ClockOverAReboot, ContinuesAfterAStartWithoutAClock)
{
    LedgerFixture fixture;
    fixture.start(0);
    fixture.propose(set4("c", 7));
    fixture.pass(30000);
    fixture.propose(set4("a", 1)); // stores the time that has passed
    fixture.reboot();
    fixture.start(0);
    expect_end_in(fixture, lifetime - 30);
    fixture.propose(set4("c", 7));
    const std::uint32_t serial = fixture.ledger().serial();
    fixture.reboot();
    fixture.start(start_time);
    EXPECT_EQ(fixture.a("c"), "-") << "a time stored without a clock is long past now";
    EXPECT_EQ(fixture.ledger().serial(), serial + 2); // a has expired too
}

// the fixed point is stored before anything is served, and does not change the zone by itself
TEST(ClockOverAReboot, IsStoredOncePerBoot)
{
    LedgerFixture fixture;
    fixture.start();
    const std::uint32_t serial = fixture.ledger().serial();
    fixture.reboot();
    fixture.start(start_time + 40);
    const base::FixedPoint expected{{2}, keeper::unix_time(start_time + 40), fixture.now()};
    EXPECT_EQ(fixture.ledger().fixed_point(), expected);
    EXPECT_EQ(fixture.ledger().serial(), serial);
    const std::size_t writes = fixture.disk().writes;
    fixture.pass(5000);
    fixture.start(0);
    EXPECT_EQ(fixture.ledger().fixed_point(), expected);
    EXPECT_EQ(fixture.disk().writes - writes, 2U) << "only what was read is written again";
}

// While it cannot be stored, the next keeper of the same daemon gets the same clocks.
TEST(ClockOverAReboot, IsStoredLaterIfTheDiskFails)
{
    LedgerFixture fixture;
    fixture.start();
    fixture.propose(set4("c", 7));
    fixture.reboot();
    fixture.fail();
    fixture.start(0);
    EXPECT_NE(fixture.ledger().fixed_point()->boot, base::BootId{fixture.boot});
    fixture.repair_disk();
    fixture.pass(5000);
    while (fixture.ledger().expire(fixture.now())) {}
    EXPECT_EQ(fixture.ledger().fixed_point()->boot, base::BootId{fixture.boot});
    fixture.start(start_time + year);
    expect_end_in(fixture, lifetime - 5);
}

TEST(ClockWithoutABootId, TakesALowerUptimeForAReboot)
{
    LedgerFixture fixture;
    fixture.boot = 0;
    fixture.start();
    fixture.propose(set4("c", 7));
    fixture.pass(10000);
    fixture.start(start_time + year);
    EXPECT_EQ(fixture.a("c"), "192.0.2.7") << "the same boot";
    fixture.reboot();
    fixture.boot = 0;
    fixture.start(start_time + 40);
    expect_end_in(fixture, lifetime - 40);
}

// after a start soon after the boot and a long run, the next start comes later after its boot than that one
TEST(ClockWithoutABootId, KnowsTheUptimeOfTheLastStamp)
{
    LedgerFixture fixture;
    fixture.reboot(20000);
    fixture.boot = 0;
    fixture.start();
    fixture.pass(1000000);
    fixture.propose(set4("c", 7));
    fixture.reboot(500000);
    fixture.boot = 0;
    fixture.start(start_time + 1040);
    expect_end_in(fixture, lifetime - 40);
}

TEST(ClockWithoutABootId, ContinuesWhenTheBootIdBecomesKnown)
{
    LedgerFixture fixture;
    fixture.boot = 0;
    fixture.start();
    fixture.propose(set4("c", 7));
    fixture.pass(10000);
    fixture.boot = 9;
    fixture.start(start_time + year);
    EXPECT_EQ(fixture.ledger().fixed_point()->boot, base::BootId{9});
    fixture.boot = 0;
    fixture.start(start_time + year);
    EXPECT_EQ(fixture.ledger().fixed_point()->boot, base::BootId{9});
    expect_end_in(fixture, lifetime - 10);
}

// any order of updates, waiting, starts and reboots, with any wall clock
TEST(ClockOverARestart, KeepsTheRuleInAnyOrderOfEvents)
{
    std::mt19937 random{7};
    constexpr std::int64_t never = INT64_MAX;
    const auto pick = [&](unsigned count) { return static_cast<std::int64_t>(random() % count); };
    testing::internal::CaptureStderr();
    for (int round = 0; round < 200; ++round) {
        LedgerFixture fixture;
        std::int64_t time = start_time + pick(100); // by the rule
        std::int64_t stamp = time;
        std::int64_t ends = never;
        std::uint32_t serial = fixture.start(time).serial();
        for (int step = 0; step < 40; ++step) {
            const std::int64_t kind = pick(5);
            if (kind == 0) {
                fixture.propose(set4("c", 7));
                stamp = time;
                ends = time + lifetime;
            } else if (kind >= 3) {
                const std::array layers{std::int64_t{0}, stamp - 5, stamp + pick(90)};
                const std::int64_t wall = layers.at(static_cast<std::size_t>(pick(3)));
                if (kind == 4) {
                    fixture.reboot(1000 * pick(100));
                    time = std::max(wall, stamp);
                    stamp = time; // the fixed point is stored
                }
                fixture.start(wall);
            } else {
                const std::int64_t seconds = pick(40);
                fixture.pass(seconds * 1000);
                time += seconds;
                fixture.ledger().expire(fixture.now());
                fixture.ledger().published();
            }
            if (ends <= time) {
                ends = never;
                stamp = time;
            }
            EXPECT_EQ(fixture.a("c"), ends != never ? "192.0.2.7" : "-") << round << ' ' << step;
            EXPECT_FALSE(base::serial_less(fixture.ledger().serial(), serial));
            serial = fixture.ledger().serial();
        }
    }
    testing::internal::GetCapturedStderr();
}

/// How often a source file reads the wall clock.
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

// No lifetime can be affected by a step then. Cookies contain the wall clock's time (RFC 9018 section 4.3).
TEST(WallClock, IsReadForLifetimesOnceByTheSupervisorAtItsStart)
{
    const std::filesystem::path daemon{TEST_SOURCE_DIR "/daemon"};
    std::map<std::string, std::size_t> asking;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{daemon}) {
        if (const std::size_t count = entry.path().extension() == ".cpp" ? count_in(entry.path()) : 0) {
            asking[entry.path().lexically_relative(daemon)] = count;
        }
    }
    const std::map<std::string, std::size_t> expected{{"common/clock.cpp", 1},
                                                      {"responder/answerer.cpp", 1},
                                                      {"start/boot.cpp", 1},
                                                      // shown to administrators: when the configuration was
                                                      // read, when a process and the daemon have started
                                                      {"reader/setups.cpp", 1},
                                                      {"supervisor/child.cpp", 1},
                                                      {"supervisor/supervisor.cpp", 1}};
    EXPECT_EQ(asking, expected);
}

} // namespace
