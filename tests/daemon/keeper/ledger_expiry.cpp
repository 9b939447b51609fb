// The ledger and time: when lifetimes end.
#include "daemon/keeper/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/daemon/keeper/fixture.h"

using namespace keeper;
using testing::HasSubstr;

// a host with lifetime L that was set at t is gone at t+L, and not before
TEST(LedgerExpiry, EndsALifetimeToTheSecond)
{
    Bench bench;
    bench.start();
    bench.propose(set4("c", 7));
    EXPECT_EQ(bench.ledger().next_timeout_ms(bench.now()), 60000);
    bench.pass(59999);
    EXPECT_FALSE(bench.ledger().expire(bench.now()));
    EXPECT_EQ(bench.a("c"), "192.0.2.7");
    EXPECT_EQ(bench.ledger().next_timeout_ms(bench.now()), 1);
    bench.pass(1);
    EXPECT_EQ(bench.ledger().next_timeout_ms(bench.now()), 0);
    EXPECT_THAT(logged([&] { bench.ledger().expire(bench.now()); }),
                HasSubstr("c.example.org. A removed, its lifetime ended, serial 1795000002"));
    EXPECT_EQ(bench.a("c"), "-");
    EXPECT_TRUE(bench.state("c").updated); // NODATA: the configured addresses do not come back
    EXPECT_EQ(bench.ledger().serial(), start_time + 2);
    EXPECT_EQ(bench.ledger().changed().size(), 1U);
    EXPECT_EQ(bench.start().serial(), start_time + 2);
    EXPECT_EQ(bench.a("c"), "-");
}

TEST(LedgerExpiry, BeginsAnewWithEachUpdate)
{
    Bench bench;
    bench.start();
    for (std::uint8_t i = 0; i < 10; ++i) {
        bench.propose(set4("c", static_cast<std::uint8_t>(i / 5)));
        bench.pass(59000);
        EXPECT_FALSE(bench.ledger().expire(bench.now()));
    }
    bench.pass(1000);
    EXPECT_TRUE(bench.ledger().expire(bench.now()));
}

TEST(LedgerExpiry, EndsLifetimesThatEndedWhileNobodyRan)
{
    Bench bench;
    bench.start();
    bench.propose(set4("c", 7));
    bench.propose(set4("a", 8));
    bench.reboot();
    bench.start(start_time + 59);
    EXPECT_EQ(bench.a("c"), "192.0.2.7");
    bench.reboot();
    bench.start(start_time + 60);
    EXPECT_EQ(bench.a("c"), "-");
    EXPECT_EQ(bench.a("a"), "192.0.2.8");
    EXPECT_EQ(bench.ledger().serial(), start_time + 3);
    EXPECT_TRUE(bench.ledger().changed().empty());
}

// DESIGN: "over a restart, a wall clock behind the last stamp in the state counts as that stamp"
TEST(LedgerExpiry, NeitherEndsEarlyNorLivesForEverWhereTheClockIsUnset)
{
    Bench bench;
    bench.start();
    bench.pass(100000);
    bench.propose(set4("c", 7)); // ends at start + 160
    bench.reboot();
    bench.start(0);
    EXPECT_EQ(bench.a("c"), "192.0.2.7");
    bench.pass(59000);
    bench.ledger().expire(bench.now());
    EXPECT_EQ(bench.a("c"), "192.0.2.7");
    bench.pass(1000);
    bench.ledger().expire(bench.now());
    EXPECT_EQ(bench.a("c"), "-");
}

TEST(LedgerExpiry, TriesAgainWhenTheDiskFailed)
{
    Bench bench;
    bench.start();
    bench.propose(set4("c", 7));
    bench.fail();
    bench.pass(60000);
    EXPECT_FALSE(bench.ledger().expire(bench.now()));
    EXPECT_EQ(bench.a("c"), "192.0.2.7");
    EXPECT_EQ(bench.ledger().next_timeout_ms(bench.now()), 5000);
    bench.mend();
    EXPECT_FALSE(bench.ledger().expire(bench.now()));
    bench.pass(5000);
    EXPECT_TRUE(bench.ledger().expire(bench.now()));
    EXPECT_EQ(bench.a("c"), "-");
}

TEST(LedgerExpiry, EndsManyInRecordsOfBoundedSize)
{
    Bench bench;
    bench.accounts.clear();
    for (std::uint32_t i = 0; i < 200; ++i) {
        bench.accounts.push_back(account(i, "h" + std::to_string(i), 60));
    }
    bench.start();
    for (std::uint32_t i = 0; i < 200; ++i) {
        bench.propose(set4("h" + std::to_string(i), 1));
    }
    bench.pass(60000);
    int rounds = 0;
    logged([&] {
        while (bench.ledger().expire(bench.now())) {
            ++rounds;
            bench.ledger().published();
        }
    });
    EXPECT_EQ(rounds, 4);
    EXPECT_EQ(bench.ledger().serial(), start_time + 400);
    EXPECT_EQ(bench.a("h199"), "-");
}
