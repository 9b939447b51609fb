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

// expire=never

class LedgerNever : public testing::Test
{
protected:
    static constexpr std::int64_t century = std::int64_t{36525} * 86400; ///< seconds

    static std::vector<ipc::Account> with_lifetime_of_c(std::int64_t lifetime)
    {
        return {account(10, "a"), account(11, "b"), account(12, "c", lifetime)};
    }
    void start_with(std::int64_t lifetime, std::int64_t wall)
    {
        fixture.accounts = with_lifetime_of_c(lifetime);
        fixture.start(wall);
    }

    LedgerFixture fixture;
};

TEST_F(LedgerNever, KeepsAddressesForACenturyAndOverStarts)
{
    start_with(base::never.count(), start_time);
    fixture.propose(set4("c", 7));
    EXPECT_TRUE(base::is_never(fixture.state("c").expires));
    fixture.pass(century * 1000);
    EXPECT_EQ(fixture.ledger().next_timeout_ms(fixture.now()), 60000);
    EXPECT_FALSE(fixture.ledger().expire(fixture.now()));
    EXPECT_EQ(fixture.a("c"), "192.0.2.7");
    fixture.reboot();
    start_with(base::never.count(), start_time + 2 * century);
    EXPECT_EQ(fixture.a("c"), "192.0.2.7");
    fixture.propose(set4("a", 8)); // another host's expiry
    fixture.pass(3600000);
    EXPECT_TRUE(fixture.ledger().expire(fixture.now()));
    EXPECT_EQ(fixture.a("a"), "-");
    EXPECT_EQ(fixture.a("c"), "192.0.2.7");
}

// The latest wall clock that is accepted, and the longest lifetime: the expiry can still be stored and read.
TEST_F(LedgerNever, IsStoredWithAnyClock)
{
    start_with(base::never.count(), std::int64_t{1} << 50);
    fixture.propose(set4("c", 7));
    fixture.reboot();
    start_with(base::never.count(), std::int64_t{1} << 50);
    EXPECT_EQ(fixture.a("c"), "192.0.2.7");
    EXPECT_EQ(base::expiry(base::UnixTime{base::never}, base::never), base::UnixTime{base::never});
    EXPECT_FALSE(base::is_never(base::expiry(unix_time(start_time), base::Seconds{0x7FFFFFFE})));
}

TEST_F(LedgerNever, IsInForceAtOnceForAddressesThatWouldExpire)
{
    start_with(60, start_time);
    fixture.propose(set4("c", 7));
    fixture.pass(30000);
    start_with(base::never.count(), start_time + 30);
    fixture.pass(century * 1000);
    EXPECT_FALSE(fixture.ledger().expire(fixture.now()));
    EXPECT_EQ(fixture.a("c"), "192.0.2.7");
}

TEST_F(LedgerNever, DoesNotBringBackAddressesThatHaveExpired)
{
    start_with(60, start_time);
    fixture.propose(set4("c", 7));
    fixture.reboot();
    start_with(base::never.count(), start_time + 60);
    fixture.ledger().expire(fixture.now());
    EXPECT_EQ(fixture.a("c"), "-");
}

TEST_F(LedgerNever, IsInForceForImportedAddresses)
{
    fixture.accounts = with_lifetime_of_c(base::never.count());
    fixture.open();
    fixture.ledger().import(
        {name_of("c"), unix_time(start_time + 100), base::Address4{{198, 51, 100, 1}}, {}});
    fixture.ledger().import(
        {name_of("a"), unix_time(start_time + 100), base::Address4{{198, 51, 100, 2}}, {}});
    fixture.ledger().start(fixture.now());
    fixture.pass(century * 1000);
    EXPECT_TRUE(fixture.ledger().expire(fixture.now()));
    EXPECT_EQ(fixture.a("a"), "-");
    EXPECT_EQ(fixture.a("c"), "198.51.100.1");
}

TEST_F(LedgerNever, EndsWithTheNextUpdateUnderAnotherLifetime)
{
    start_with(base::never.count(), start_time);
    fixture.propose(set4("c", 7));
    start_with(60, start_time);
    fixture.pass(century * 1000);
    EXPECT_FALSE(fixture.ledger().expire(fixture.now()));
    EXPECT_EQ(fixture.propose(set4("c", 7)), ipc::Verdict::unchanged);
    fixture.pass(60000);
    EXPECT_TRUE(fixture.ledger().expire(fixture.now()));
    EXPECT_EQ(fixture.a("c"), "-");
}

TEST_F(LedgerNever, DoesNotKeepADepartedHostLongerThanAWeek)
{
    start_with(base::never.count(), start_time);
    fixture.propose(set4("c", 7));
    fixture.accounts.pop_back();
    fixture.start(start_time);
    fixture.pass(keeper::Departed::keep_for.count() * 1000 - 1000);
    start_with(base::never.count(), start_time);
    EXPECT_EQ(fixture.a("c"), "192.0.2.7");
    fixture.ledger().expire(fixture.now()); // stores that it is back
    fixture.accounts.pop_back();
    fixture.start(start_time);
    fixture.ledger().expire(fixture.now());
    fixture.pass(keeper::Departed::keep_for.count() * 1000);
    start_with(base::never.count(), start_time);
    EXPECT_EQ(fixture.a("c"), "-");
}
