// DESIGN, "The state": lifetimes follow CLOCK_BOOTTIME while it runs; "over a restart, a wall clock behind
// the last stamp in the state counts as that stamp, and one ahead is believed".
//
// A time namespace has no wall clock of its own, and the real one is the whole machine's. So the keeper's own
// ledger is driven, with clocks of the test's making. While it runs it can not even be told what the wall
// clock says: only open() takes it, which daemon/keeper/keeper.cpp calls once.
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <random>

#include "tests/daemon/keeper/fixture.h"

namespace
{

using keeper::Bench;
using keeper::set4;
using keeper::start_time;

constexpr std::int64_t lifetime = 60; // of the host c
constexpr std::int64_t year = 31557600;

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

TEST_P(Clock, NeverLetsTheSerialFallOverARestart)
{
    Bench bench;
    bench.start();
    bench.propose(set4("c", 7));
    const std::uint32_t serial = bench.ledger().serial();
    EXPECT_FALSE(base::serial_less(bench.start(GetParam()).serial(), serial));
    const std::uint32_t later = bench.ledger().serial();
    bench.propose(set4("a", 8));
    EXPECT_EQ(bench.ledger().serial(), later + 1);
}

INSTANTIATE_TEST_SUITE_P(At, Clock,
                         testing::Values(0, 1, start_time - 10 * year, start_time, start_time + 10 * year,
                                         std::int64_t{1} << 62, -5));

TEST(ClockOverARestart, CountsAsTheLastStampWhereItIsBehind)
{
    for (const std::int64_t wall : {std::int64_t{0}, start_time - year, start_time + 9}) {
        Bench bench;
        bench.start();
        bench.pass(10000);
        bench.propose(set4("c", 7)); // the last stamp: start + 10
        bench.start(wall);
        expect_end_in(bench, lifetime);
    }
}

TEST(ClockOverARestart, IsBelievedWhereItIsAhead)
{
    Bench bench;
    bench.start();
    bench.propose(set4("c", 7));
    bench.start(start_time + 40);
    expect_end_in(bench, lifetime - 40);
    Bench late;
    late.start();
    late.propose(set4("c", 7));
    late.start(start_time + 10 * year);
    EXPECT_EQ(late.a("c"), "-");
}

// unset at boot, set while it runs, right at the next start
TEST(ClockOverARestart, GoesOnFromAStartWithoutAClock)
{
    Bench bench;
    bench.start(0);
    bench.propose(set4("c", 7));
    bench.pass(30000);
    bench.propose(set4("a", 1)); // stamps the time that has passed
    bench.start(0);
    expect_end_in(bench, lifetime - 30);
    bench.propose(set4("c", 7));
    const std::uint32_t serial = bench.ledger().serial();
    bench.start(start_time);
    EXPECT_EQ(bench.a("c"), "-") << "what was stored without a clock is long ago now";
    EXPECT_EQ(bench.ledger().serial(), serial + 2); // a ended too
}

// any order of updates, waiting and starts under any wall clock
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
            const std::int64_t kind = pick(4);
            if (kind == 0) {
                bench.propose(set4("c", 7));
                stamp = time;
                ends = time + lifetime;
            } else if (kind == 3) {
                const std::array walls{std::int64_t{0}, stamp - 5, stamp + pick(90)};
                const std::int64_t wall = walls.at(static_cast<std::size_t>(pick(3)));
                time = std::max(wall, stamp);
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
            ASSERT_EQ(bench.a("c"), ends != never ? "192.0.2.7" : "-") << round << ' ' << step;
            ASSERT_FALSE(base::serial_less(bench.ledger().serial(), serial));
            serial = bench.ledger().serial();
        }
    }
    testing::internal::GetCapturedStderr();
}

TEST(ClockWhileItRuns, IsAskedOnce)
{
    std::ifstream in{TEST_SOURCE_DIR "/daemon/keeper/keeper.cpp"};
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    const std::size_t first = text.find("wall_time()");
    ASSERT_NE(first, std::string::npos);
    EXPECT_EQ(text.find("wall_time()", first + 1), std::string::npos);
    EXPECT_LT(first, text.find("Keeper::serve"));
}

} // namespace
