// Expiry of lifetimes in the ledger.
#include "daemon/keeper/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/daemon/keeper/fixture.h"

using namespace keeper;
using testing::HasSubstr;

// the addresses of a host with lifetime L that was updated at t are removed at t+L, and not before
TEST(LedgerExpiry, RemovesAddressesToTheSecond)
{
    LedgerFixture fixture;
    fixture.start();
    fixture.propose(set4("c", 7));
    EXPECT_EQ(fixture.ledger().next_timeout_ms(fixture.now()), 60000);
    fixture.pass(59999);
    EXPECT_FALSE(fixture.ledger().expire(fixture.now()));
    EXPECT_EQ(fixture.a("c"), "192.0.2.7");
    EXPECT_EQ(fixture.ledger().next_timeout_ms(fixture.now()), 1);
    fixture.pass(1);
    EXPECT_EQ(fixture.ledger().next_timeout_ms(fixture.now()), 0);
    EXPECT_THAT(logged([&] { fixture.ledger().expire(fixture.now()); }),
                HasSubstr("c.example.org. A removed, its lifetime expired, serial 1795000002"));
    EXPECT_EQ(fixture.a("c"), "-");
    EXPECT_TRUE(fixture.state("c").updated); // NODATA: the configured addresses do not come back
    EXPECT_EQ(fixture.ledger().serial(), start_time + 2);
    EXPECT_EQ(fixture.ledger().changed().size(), 1U);
    EXPECT_EQ(fixture.start().serial(), start_time + 2);
    EXPECT_EQ(fixture.a("c"), "-");
}

TEST(LedgerExpiry, CountsFromTheLastUpdate)
{
    LedgerFixture fixture;
    fixture.start();
    for (std::uint8_t i = 0; i < 10; ++i) {
        fixture.propose(set4("c", static_cast<std::uint8_t>(i / 5)));
        fixture.pass(59000);
        EXPECT_FALSE(fixture.ledger().expire(fixture.now()));
    }
    fixture.pass(1000);
    EXPECT_TRUE(fixture.ledger().expire(fixture.now()));
}

TEST(LedgerExpiry, RemovesAddressesThatExpiredWhileTheDaemonWasDown)
{
    LedgerFixture fixture;
    fixture.start();
    fixture.propose(set4("c", 7));
    fixture.propose(set4("a", 8));
    fixture.reboot();
    fixture.start(start_time + 59);
    EXPECT_EQ(fixture.a("c"), "192.0.2.7");
    fixture.reboot();
    fixture.start(start_time + 60);
    EXPECT_EQ(fixture.a("c"), "-");
    EXPECT_EQ(fixture.a("a"), "192.0.2.8");
    EXPECT_EQ(fixture.ledger().serial(), start_time + 3);
    EXPECT_TRUE(fixture.ledger().changed().empty());
}

// after a reboot, a wall clock behind the last stamp in the state is replaced by that stamp
TEST(LedgerExpiry, IsNeitherEarlyNorLateIfTheClockIsUnset)
{
    LedgerFixture fixture;
    fixture.start();
    fixture.pass(100000);
    fixture.propose(set4("c", 7)); // expires at start + 160
    fixture.reboot();
    fixture.start(0);
    EXPECT_EQ(fixture.a("c"), "192.0.2.7");
    fixture.pass(59000);
    fixture.ledger().expire(fixture.now());
    EXPECT_EQ(fixture.a("c"), "192.0.2.7");
    fixture.pass(1000);
    fixture.ledger().expire(fixture.now());
    EXPECT_EQ(fixture.a("c"), "-");
}

TEST(LedgerExpiry, TriesAgainAfterADiskError)
{
    LedgerFixture fixture;
    fixture.start();
    fixture.propose(set4("c", 7));
    fixture.fail();
    fixture.pass(60000);
    EXPECT_FALSE(fixture.ledger().expire(fixture.now()));
    EXPECT_EQ(fixture.a("c"), "192.0.2.7");
    EXPECT_EQ(fixture.ledger().next_timeout_ms(fixture.now()), 5000);
    fixture.repair_disk();
    EXPECT_FALSE(fixture.ledger().expire(fixture.now()));
    fixture.pass(5000);
    EXPECT_TRUE(fixture.ledger().expire(fixture.now()));
    EXPECT_EQ(fixture.a("c"), "-");
}

TEST(LedgerExpiry, StoresManyInRecordsOfBoundedSize)
{
    LedgerFixture fixture;
    fixture.accounts.clear();
    for (std::uint32_t i = 0; i < 200; ++i) {
        fixture.accounts.push_back(account(i, "h" + std::to_string(i), 60));
    }
    fixture.start();
    for (std::uint32_t i = 0; i < 200; ++i) {
        fixture.propose(set4("h" + std::to_string(i), 1));
    }
    fixture.pass(60000);
    int rounds = 0;
    logged([&] {
        while (fixture.ledger().expire(fixture.now())) {
            ++rounds;
            fixture.ledger().published();
        }
    });
    EXPECT_EQ(rounds, 4);
    EXPECT_EQ(fixture.ledger().serial(), start_time + 400);
    EXPECT_EQ(fixture.a("h199"), "-");
}
