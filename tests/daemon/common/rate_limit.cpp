#include "daemon/common/rate_limit.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace
{

using base::Address;
using common::RateLimit;
using common::Verdict;
using namespace std::chrono_literals;

constexpr base::SipKey secret{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
constexpr base::Uptime start{1000s};

Address address(std::string_view text)
{
    return *base::parse_address(text);
}

Address network(unsigned number)
{
    return Address{
        base::Address4{{static_cast<std::uint8_t>(1 + (number >> 16)), static_cast<std::uint8_t>(number >> 8),
                        static_cast<std::uint8_t>(number), 1}}};
}

std::map<Verdict, int> count(RateLimit& limit, const Address& client, int times, base::Uptime now)
{
    std::map<Verdict, int> verdicts;
    for (int i = 0; i < times; ++i) {
        ++verdicts[limit.check(client, now)];
    }
    return verdicts;
}

TEST(RateLimit, ZeroIsOff)
{
    RateLimit limit{0, secret};
    EXPECT_EQ(count(limit, address("192.0.2.1"), 100000, start)[Verdict::send], 100000);
}

TEST(RateLimit, ABucketHoldsOneSecondsWorth)
{
    RateLimit limit{1000, secret};
    EXPECT_EQ(count(limit, address("192.0.2.1"), 5000, start)[Verdict::send], 1000);
    EXPECT_EQ(count(limit, address("192.0.2.1"), 5000, start + 1h)[Verdict::send], 1000);
}

TEST(RateLimit, ABucketRefillsOverTime)
{
    RateLimit limit{1000, secret};
    count(limit, address("192.0.2.1"), 1000, start);
    EXPECT_EQ(count(limit, address("192.0.2.1"), 100, start)[Verdict::send], 0);
    EXPECT_EQ(count(limit, address("192.0.2.1"), 100, start + 1ms)[Verdict::send], 1);
    EXPECT_EQ(count(limit, address("192.0.2.1"), 1000, start + 501ms)[Verdict::send], 500);
}

// Less than one token per refill must not be lost to rounding.
TEST(RateLimit, ALowRateIsNotRoundedDown)
{
    RateLimit limit{3, secret};
    count(limit, address("192.0.2.1"), 3, start);
    int sent = 0;
    for (auto now = start + 1ms; now <= start + 10s; now += 1ms) {
        sent += limit.check(address("192.0.2.1"), now) == Verdict::send ? 1 : 0;
    }
    EXPECT_EQ(sent, 30);
}

TEST(RateLimit, TheLargestRateDoesNotOverflow)
{
    RateLimit limit{0xFFFFFFFF, secret};
    EXPECT_EQ(count(limit, address("192.0.2.1"), 1000, start)[Verdict::send], 1000);
    EXPECT_EQ(count(limit, address("192.0.2.1"), 1000, start + 999ms)[Verdict::send], 1000);
}

TEST(RateLimit, EverySecondReplyOverTheLimitIsTruncated)
{
    RateLimit limit{10, secret};
    count(limit, address("192.0.2.1"), 10, start);
    EXPECT_EQ(limit.check(address("192.0.2.1"), start), Verdict::drop);
    EXPECT_EQ(limit.check(address("192.0.2.1"), start), Verdict::truncate);
    EXPECT_EQ(limit.check(address("192.0.2.1"), start), Verdict::drop);
    EXPECT_EQ(limit.check(address("192.0.2.1"), start), Verdict::truncate);
}

// What users of the predecessor see with a limit of 3 if they wait a second or more for each lost reply.
TEST(RateLimit, AClientThatWaitsForLostRepliesGetsSixOfEight)
{
    RateLimit limit{3, secret};
    int answered = 0;
    auto now = start;
    for (int i = 0; i < 8; ++i) {
        if (limit.check(address("192.0.2.1"), now) == Verdict::send) {
            ++answered;
            now += 1ms;
        } else {
            now += 1s;
        }
    }
    EXPECT_EQ(answered, 6);
}

TEST(RateLimit, CountsByNetwork)
{
    RateLimit limit{10, secret};
    count(limit, address("192.0.2.1"), 10, start);
    EXPECT_EQ(limit.check(address("192.0.2.255"), start), Verdict::drop); // the same /24
    EXPECT_EQ(limit.check(address("192.0.3.1"), start), Verdict::send);
    count(limit, address("2001:db8:1:200::1"), 10, start);
    EXPECT_EQ(limit.check(address("2001:db8:1:2ff:ffff::"), start), Verdict::drop); // the same /56
    EXPECT_EQ(limit.check(address("2001:db8:1:300::1"), start), Verdict::send);
    EXPECT_NE(limit.check(address("::ffff:192.0.2.9"), start), Verdict::send); // IPv4, however it was written
}

// One network floods; as many other networks as the table has entries lose no reply.
TEST(RateLimit, AFloodDoesNotAffectOtherNetworks)
{
    RateLimit limit{10, secret};
    for (unsigned i = 1; i < 4096; ++i) {
        EXPECT_NE(limit.check(network(0), start), Verdict{});
        EXPECT_EQ(limit.check(network(i), start), Verdict::send) << i;
    }
}

// With more networks than entries, the network over its limit keeps its empty bucket.
TEST(RateLimit, ANetworkOverItsLimitKeepsItsEntry)
{
    RateLimit limit{10, secret};
    count(limit, network(0), 10, start);
    for (unsigned i = 1; i < 100000; ++i) {
        EXPECT_EQ(limit.check(network(i), start), Verdict::send);
    }
    EXPECT_NE(limit.check(network(0), start), Verdict::send);
}

TEST(RateLimit, TheSecretDecidesWhoSharesASet)
{
    // fill the table: with another secret, other networks lose their entries
    const auto forgotten = [](const base::SipKey& key) {
        RateLimit limit{2, key};
        std::string kept;
        for (unsigned i = 0; i < 6000; ++i) {
            limit.check(network(i), start);
        }
        for (unsigned i = 0; i < 6000; ++i) {
            limit.check(network(i), start);
            kept += limit.check(network(i), start) == Verdict::send ? '1' : '0';
        }
        return kept;
    };
    EXPECT_NE(forgotten(secret), forgotten(base::SipKey{}));
    EXPECT_EQ(forgotten(secret), forgotten(secret));
}

} // namespace
