// After five failures in a minute updates are blocked, for a time that doubles.
#include "daemon/keeper/brute_force_limit.h"

#include <gtest/gtest.h>
#include <string>

#include "tests/daemon/keeper/fixture.h"

namespace
{

using namespace std::chrono_literals;
using keeper::BruteForceLimit;
using keeper::name_of;

class BruteForceLimitTest : public testing::Test
{
protected:
    bool is_blocked(const std::string& client, const std::string& host = "a")
    {
        return brute_force_limit_.blocks(*base::parse_address(client), name_of(host), now_);
    }
    /// The seconds for which this failure blocks the client; 0 if it does not.
    std::int64_t fail(const std::string& client, const std::string& host = "a")
    {
        const auto block_time =
            brute_force_limit_.record_failure(*base::parse_address(client), name_of(host), now_);
        return block_time ? block_time->count() / 1000 : 0;
    }
    /// The number of failures until the client is blocked, at most 100.
    int failures_until_blocked(const std::string& client, const std::string& host = "a")
    {
        int count = 0;
        while (count < 100 && !is_blocked(client, host)) {
            fail(client, host);
            ++count;
        }
        return count;
    }

    base::Uptime now_{1000};
    BruteForceLimit brute_force_limit_{base::SipKey{7}};
};

TEST_F(BruteForceLimitTest, BlocksAfterFiveFailures)
{
    for (int i = 0; i < 4; ++i) {
        EXPECT_EQ(fail("192.0.2.1"), 0);
        EXPECT_FALSE(is_blocked("192.0.2.1"));
    }
    EXPECT_EQ(fail("192.0.2.1"), 60);
    EXPECT_TRUE(is_blocked("192.0.2.1"));
}

TEST_F(BruteForceLimitTest, CountsOnlyFailuresOfTheLastMinute)
{
    fail("192.0.2.1");
    now_ += 30s;
    fail("192.0.2.1");
    fail("192.0.2.1");
    fail("192.0.2.1");
    now_ += 30s; // the first one was a minute ago
    EXPECT_EQ(fail("192.0.2.1"), 0);
    now_ += 29999ms;
    EXPECT_EQ(fail("192.0.2.1"), 60); // three failures are within the minute, two are not
}

TEST_F(BruteForceLimitTest, NeverBlocksAClientThatFailsFourTimesAMinute)
{
    for (int i = 0; i < 1000; ++i, now_ += 15s) {
        ASSERT_EQ(fail("192.0.2.1"), 0) << i;
    }
}

TEST_F(BruteForceLimitTest, BlocksTwiceAsLongEachTimeUpToAnHour)
{
    for (const int seconds : {60, 120, 240, 480, 960, 1920, 3600, 3600}) {
        EXPECT_EQ(failures_until_blocked("192.0.2.1"), 5);
        now_ += base::Seconds{seconds} - 1ms;
        EXPECT_TRUE(is_blocked("192.0.2.1")) << seconds;
        now_ += 1ms;
        EXPECT_FALSE(is_blocked("192.0.2.1")) << seconds;
    }
}

TEST_F(BruteForceLimitTest, StartsAgainAfterAnHourWithoutFailures)
{
    failures_until_blocked("192.0.2.1");
    now_ += 1min + 1h - 1ms;
    for (int i = 0; i < 4; ++i) {
        EXPECT_EQ(fail("192.0.2.1"), 0);
    }
    EXPECT_EQ(fail("192.0.2.1"), 120);
    now_ += 2min + 1h;
    for (int i = 0; i < 4; ++i) {
        EXPECT_EQ(fail("192.0.2.1"), 0);
    }
    EXPECT_EQ(fail("192.0.2.1"), 60);
}

TEST_F(BruteForceLimitTest, FailuresWhileBlockedDoNotExtendTheBlock)
{
    failures_until_blocked("192.0.2.1");
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(fail("192.0.2.1"), 0);
    }
    now_ += 1min;
    EXPECT_FALSE(is_blocked("192.0.2.1"));
}

TEST_F(BruteForceLimitTest, BlocksTheWholeNetworkAndNoOther)
{
    failures_until_blocked("192.0.2.1");
    EXPECT_TRUE(is_blocked("192.0.2.254"));
    EXPECT_FALSE(is_blocked("192.0.3.1"));
    failures_until_blocked("2001:db8:0:1234::1");
    EXPECT_TRUE(is_blocked("2001:db8:0:12ff::2"));
    EXPECT_FALSE(is_blocked("2001:db8:0:1334::1"));
}

TEST_F(BruteForceLimitTest, BlocksTheHostInAnyCaseAndNoOther)
{
    failures_until_blocked("192.0.2.1", "home");
    EXPECT_TRUE(is_blocked("192.0.2.1", "HoMe"));
    EXPECT_FALSE(is_blocked("192.0.2.1", "office"));
}

TEST_F(BruteForceLimitTest, NeverBlocksTheLoopbackNetwork)
{
    for (const char* client : {"127.0.0.1", "127.255.0.9", "::1"}) {
        EXPECT_EQ(failures_until_blocked(client), 100) << client;
    }
    for (const char* client : {"128.0.0.1", "126.0.0.1", "::2", "1::1", "0:0:1::1"}) {
        EXPECT_EQ(failures_until_blocked(client), 5) << client;
    }
}

// Changing names gains nothing: a network has eight times five failures, whatever names it uses.
TEST_F(BruteForceLimitTest, BlocksANetworkForAllHostsAfterEight)
{
    int failures = 0;
    for (int i = 0; i < 1000; ++i) {
        const std::string host = "h" + std::to_string(i % 100);
        if (!is_blocked("192.0.2.1", host)) {
            fail("192.0.2.1", host);
            ++failures;
        }
    }
    EXPECT_EQ(failures, 8 * 5);
    EXPECT_TRUE(is_blocked("192.0.2.1", "new-name"));
    EXPECT_FALSE(is_blocked("192.0.3.1", "h1"));
    now_ += 1min;
    EXPECT_FALSE(is_blocked("192.0.2.1", "new-name"));
}

TEST_F(BruteForceLimitTest, CannotBeEvadedByTryingOtherNames)
{
    int failures = 0;
    for (int i = 0; i < 1000; ++i) {
        failures += failures_until_blocked("192.0.2.1", "target");
        for (int j = 0; j < 4; ++j) {
            const std::string other = "other-" + std::to_string(i) + '-' + std::to_string(j);
            if (!is_blocked("192.0.2.1", other)) {
                fail("192.0.2.1", other);
            }
        }
    }
    EXPECT_EQ(failures, 5); // the time does not advance here
}

// A client can fail four times without being blocked; trying other names does not reset its failures.
TEST_F(BruteForceLimitTest, CannotBeEvadedByStoppingAfterFourFailures)
{
    int failures = 0;
    for (int i = 0; i < 1000; ++i) {
        for (int j = 0; j < 4 && !is_blocked("192.0.2.1", "target"); ++j) {
            fail("192.0.2.1", "target");
            ++failures;
        }
        for (int j = 0; j < 8; ++j) {
            const std::string other = "other-" + std::to_string(i) + '-' + std::to_string(j);
            if (!is_blocked("192.0.2.1", other)) {
                fail("192.0.2.1", other);
            }
        }
    }
    EXPECT_LE(failures, 8 * 5);
}

// More networks than entries: later ones do not replace the entry of a network that is blocked for long, and
// each is blocked for its own failures only.
TEST_F(BruteForceLimitTest, ManyAttackersDoNotAffectOtherNetworks)
{
    int failures_of_each = 0;
    for (int i = 0; i < 20000; ++i) {
        const std::string network = std::to_string(1 + i % 100) + '.' + std::to_string(i / 100) + ".0.";
        ASSERT_FALSE(is_blocked(network + "1")) << network;
        failures_of_each = failures_until_blocked(network + "1");
        ASSERT_EQ(failures_of_each, 5) << network;
    }
    EXPECT_FALSE(is_blocked("203.0.113.1"));
}

TEST_F(BruteForceLimitTest, KeepsTheNetworkThatIsBlockedForLongestIfTheTableIsFull)
{
    for (int i = 0; i < 3; ++i) {
        failures_until_blocked("192.0.2.1");
        now_ += base::Seconds{60 << i};
    }
    failures_until_blocked("192.0.2.1"); // for 480 seconds
    for (int i = 0; i < 20000; ++i) {
        failures_until_blocked(std::to_string(1 + i % 100) + '.' + std::to_string(i / 100) + ".0.1");
    }
    EXPECT_TRUE(is_blocked("192.0.2.1"));
}

} // namespace
