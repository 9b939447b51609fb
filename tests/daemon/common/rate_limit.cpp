#include "daemon/common/rate_limit.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace
{

using base::Address;
using common::Proof;
using common::RateLimit;
using common::Verdict;
using namespace std::chrono_literals;

constexpr base::SipKey secret{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
constexpr base::Uptime start{1000s};

Address address(std::string_view text)
{
    return *base::parse_address(text);
}

/// Each in another /24 and another /16.
Address network(unsigned number)
{
    return Address{
        base::Address4{{static_cast<std::uint8_t>(1 + (number >> 8)), static_cast<std::uint8_t>(number),
                        static_cast<std::uint8_t>(number >> 16), 1}}};
}

constexpr std::size_t small = 100; ///< bytes of a reply that costs one token

/// Asks for a reply of `bytes`, and charges it if it may be sent.
Verdict ask(RateLimit& limit, const Address& client, base::Uptime now, std::size_t bytes = small,
            Proof proof = Proof::none)
{
    const Verdict verdict = limit.check(client, proof, now);
    if (verdict != Verdict::drop) {
        limit.charge(verdict == Verdict::send ? bytes : small);
    }
    return verdict;
}

std::map<Verdict, int> count(RateLimit& limit, const Address& client, int times, base::Uptime now,
                             Proof proof = Proof::none)
{
    std::map<Verdict, int> verdicts;
    for (int i = 0; i < times; ++i) {
        ++verdicts[ask(limit, client, now, small, proof)];
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

// The limits above a network do not take from what it gets in the long run.
TEST(RateLimit, ANetworkGetsItsRateForever)
{
    for (const char* client : {"192.0.2.1", "2001:db8::1"}) {
        RateLimit limit{1000, secret};
        int sent = 0;
        for (auto now = start; now < start + 60s; now += 1ms) {
            sent += count(limit, address(client), 5, now)[Verdict::send];
        }
        EXPECT_GT(sent, 59'000) << client;
        EXPECT_LE(sent, 61'000) << client;
    }
}

// Less than one token per refill must not be lost to rounding.
TEST(RateLimit, ALowRateIsNotRoundedDown)
{
    RateLimit limit{3, secret};
    count(limit, address("192.0.2.1"), 3, start);
    int sent = 0;
    for (auto now = start + 1ms; now <= start + 10s; now += 1ms) {
        sent += ask(limit, address("192.0.2.1"), now) == Verdict::send ? 1 : 0;
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
    EXPECT_EQ(ask(limit, address("192.0.2.1"), start), Verdict::drop);
    EXPECT_EQ(ask(limit, address("192.0.2.1"), start), Verdict::truncate);
    EXPECT_EQ(ask(limit, address("192.0.2.1"), start), Verdict::drop);
    EXPECT_EQ(ask(limit, address("192.0.2.1"), start), Verdict::truncate);
}

// What users of the predecessor see with a limit of 3 if they wait a second or more for each lost reply.
TEST(RateLimit, AClientThatWaitsForLostRepliesGetsSixOfEight)
{
    RateLimit limit{3, secret};
    int answered = 0;
    auto now = start;
    for (int i = 0; i < 8; ++i) {
        if (ask(limit, address("192.0.2.1"), now) == Verdict::send) {
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
    EXPECT_EQ(ask(limit, address("192.0.2.255"), start), Verdict::drop); // the same /24
    EXPECT_EQ(ask(limit, address("192.0.3.1"), start), Verdict::send);
    count(limit, address("2001:db8:1:200::1"), 10, start);
    EXPECT_EQ(ask(limit, address("2001:db8:1:2ff:ffff::"), start), Verdict::drop); // the same /56
    EXPECT_EQ(ask(limit, address("2001:db8:1:300::1"), start), Verdict::send);
    EXPECT_NE(ask(limit, address("::ffff:192.0.2.9"), start), Verdict::send); // IPv4, however it was written
}

// One network floods; as many other networks as the table has entries for lose no reply.
TEST(RateLimit, AFloodDoesNotAffectOtherNetworks)
{
    RateLimit limit{1000, secret};
    count(limit, network(0), 2000, start);
    for (unsigned i = 1; i < 2048; ++i) {
        EXPECT_NE(ask(limit, network(0), start), Verdict{});
        EXPECT_EQ(ask(limit, network(i), start), Verdict::send) << i;
    }
}

// With more networks than entries, the network over its limit keeps its empty bucket.
TEST(RateLimit, ANetworkOverItsLimitKeepsItsEntry)
{
    RateLimit limit{10, secret};
    count(limit, network(0), 10, start);
    for (unsigned i = 1; i < 100000; ++i) {
        ask(limit, network(i), start);
    }
    EXPECT_NE(ask(limit, network(0), start), Verdict::send);
}

TEST(RateLimit, TheSecretDecidesWhoSharesASet)
{
    // fill the table: with another secret, other networks lose their entries
    const auto forgotten = [](const base::SipKey& key) {
        RateLimit limit{2, key};
        std::string kept;
        const auto take = [&](unsigned i) {
            return limit.check(network(i), Proof::none, start) == Verdict::send;
        };
        for (unsigned i = 0; i < 6000; ++i) {
            take(i);
        }
        for (unsigned i = 0; i < 6000; ++i) {
            take(i);
            kept += take(i) ? '1' : '0';
        }
        return kept;
    };
    EXPECT_NE(forgotten(secret), forgotten(base::SipKey{}));
    EXPECT_EQ(forgotten(secret), forgotten(secret));
}

} // namespace
