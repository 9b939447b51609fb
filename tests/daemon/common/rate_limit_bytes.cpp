// How many bytes a flood with forged addresses gets out of the rate limit, by the injected clock.
#include "daemon/common/rate_limit.h"

#include <deque>
#include <functional>
#include <gtest/gtest.h>

namespace
{

using base::Address;
using common::Proof;
using common::RateLimit;
using common::Responders;
using common::Verdict;
using namespace std::chrono_literals;

constexpr base::SipKey key{7};
constexpr base::Uptime begin{5000s};
constexpr std::size_t largest = 1232;
constexpr std::size_t promised = 512'000; ///< bytes that a /16 or a /32 is sent in a second
constexpr std::size_t for_all = 32 * 256'000;

/// Packets of the last second, with their headers.
class Wire
{
public:
    void add(base::Uptime now, std::size_t bytes)
    {
        sum_ += bytes;
        sent_.emplace_back(now, bytes);
        while (sent_.front().first + 1s <= now) {
            sum_ -= sent_.front().second;
            sent_.pop_front();
        }
        most_ = std::max(most_, sum_);
        all_ += bytes;
    }
    std::size_t most() const { return most_; } ///< in any second
    std::size_t all() const { return all_; }

private:
    std::deque<std::pair<base::Uptime, std::size_t>> sent_;
    std::size_t sum_ = 0;
    std::size_t most_ = 0;
    std::size_t all_ = 0;
};

struct Flood {
    std::function<Address(unsigned)> client; ///< of the packet with this number
    unsigned a_millisecond = 20;
    std::size_t reply = largest;
    std::size_t truncated = 55;
    base::Uptime time = 6s;
};

/// All limiters get each packet, as if a flood reached all responders that share their sockets.
Wire flood(std::vector<RateLimit*> limits, const Flood& how)
{
    Wire wire;
    unsigned number = 0;
    for (auto now = begin; now < begin + how.time; now += 1ms) {
        for (unsigned i = 0; i < how.a_millisecond; ++i) {
            const Address client = how.client(number++);
            RateLimit& limit = *limits[number % limits.size()];
            const Verdict verdict = limit.check(client, Proof::none, now);
            if (verdict != Verdict::drop) {
                const std::size_t bytes = verdict == Verdict::send ? how.reply : how.truncated;
                limit.charge(bytes);
                wire.add(now, bytes + (client.is4() ? 28 : 48));
            }
        }
    }
    return wire;
}

Address of_16(unsigned networks, unsigned number)
{
    const unsigned network = number % networks;
    return Address{
        base::Address4{{198, 51, static_cast<std::uint8_t>(network), static_cast<std::uint8_t>(number)}}};
}

/// Networks of 2001:db8::/32, each in another /48 if there is room between them.
Address of_32(unsigned networks, unsigned number)
{
    base::Address6 address{{0x20, 0x01, 0x0D, 0xB8}};
    const unsigned network = number % networks;
    address.bytes[5] = static_cast<std::uint8_t>(network);
    address.bytes[4] = static_cast<std::uint8_t>(network >> 8);
    return Address{address};
}

/// 16 networks of one /52.
Address of_52(unsigned number)
{
    base::Address6 address{{0x20, 0x01, 0x0D, 0xB8, 0, 1}};
    address.bytes[6] = static_cast<std::uint8_t>(number % 16);
    return Address{address};
}

Address anywhere(unsigned number)
{
    const unsigned network = number % 60'000;
    return Address{base::Address4{{static_cast<std::uint8_t>(1 + network % 190),
                                   static_cast<std::uint8_t>(network / 190),
                                   static_cast<std::uint8_t>(network % 7), 9}}};
}

TEST(RateLimitBytes, SixteenNetworksOfA52GetNoMoreThanPromised)
{
    RateLimit limit{1000, key};
    const Wire wire = flood({&limit}, {.client = of_52});
    EXPECT_LE(wire.most(), promised);
    EXPECT_GT(wire.all(), promised); // over six seconds: it is a limit, not a wall
}

TEST(RateLimitBytes, NoFloodOfOne16Or32GetsMoreThanPromisedInAnySecond)
{
    for (const unsigned networks : {1U, 16U, 256U}) {
        for (const unsigned a_millisecond : {1U, 10U, 100U}) {
            for (const std::size_t reply : {std::size_t{60}, std::size_t{229}, largest}) {
                for (const auto& within : {of_16, of_32}) {
                    RateLimit limit{1000, key};
                    const auto client = [&](unsigned number) { return within(networks, number); };
                    const Wire wire = flood({&limit}, {client, a_millisecond, reply, 55, 3s});
                    EXPECT_LE(wire.most(), promised) << networks << ' ' << a_millisecond << ' ' << reply;
                }
            }
        }
    }
}

// However long the question is that a truncated reply repeats.
TEST(RateLimitBytes, TruncatedRepliesAreChargedByTheirLength)
{
    for (const std::size_t truncated : {std::size_t{17}, std::size_t{100}, std::size_t{378}}) {
        RateLimit limit{1000, key};
        const auto client = [](unsigned number) { return of_16(256, number); };
        EXPECT_LE(flood({&limit}, {client, 100, largest, truncated, 3s}).most(), promised) << truncated;
    }
}

TEST(RateLimitBytes, RespondersThatShareTheirSocketsShareTheLimit)
{
    for (const std::uint32_t count : {1U, 4U, 64U}) {
        std::vector<std::unique_ptr<RateLimit>> owned;
        std::vector<RateLimit*> limits;
        for (std::uint32_t i = 0; i < count; ++i) {
            owned.push_back(std::make_unique<RateLimit>(1000, key, Responders{count, true}));
            limits.push_back(owned.back().get());
        }
        const auto client = [](unsigned number) { return of_16(16, number / 64); };
        const Wire wire = flood(limits, {client, 100, largest, 55, 3s});
        EXPECT_LE(wire.most(), promised) << count;
        EXPECT_GT(wire.most(), promised / 3) << count;
    }
}

TEST(RateLimitBytes, AllNetworksTogetherHaveABudgetThatRespondersShare)
{
    for (const std::uint32_t count : {1U, 4U}) {
        std::vector<std::unique_ptr<RateLimit>> owned;
        std::vector<RateLimit*> limits;
        for (std::uint32_t i = 0; i < count; ++i) {
            owned.push_back(std::make_unique<RateLimit>(1000, key, Responders{count, false}));
            limits.push_back(owned.back().get());
        }
        const Wire wire = flood(limits, {anywhere, 100, largest, 55, 3s});
        EXPECT_LE(wire.most(), for_all) << count;
        EXPECT_GT(wire.most(), for_all / 4) << count;
    }
}

// A flood within a /16 gets its truncated replies from what is meant for them, and one network of it cannot
// use up what the others have for whole ones.
TEST(RateLimitBytes, AFloodFromOneNetworkLeavesItsNeighboursWholeReplies)
{
    for (const auto& within : {of_16, of_32}) {
        RateLimit limit{1000, key};
        const Address flooding = within(256, 0);
        const Address neighbour = within(256, 1);
        int whole = 0;
        for (auto now = begin; now < begin + 10s; now += 1ms) {
            for (int i = 0; i < 100; ++i) {
                if (limit.check(flooding, Proof::none, now) != Verdict::drop) {
                    limit.charge(100);
                }
            }
            const bool asks = now >= begin + 2s && now.count() % 10 == 0;
            if (asks && limit.check(neighbour, Proof::none, now) == Verdict::send) {
                limit.charge(100);
                ++whole;
            }
        }
        EXPECT_EQ(whole, 800);
    }
}

// In a /16 whose networks all flood, truncated replies are left now and then, and cookies always work.
TEST(RateLimitBytes, AClientInAFloodedNetworkHasTcpAndCookies)
{
    RateLimit limit{1000, key};
    int truncated = 0;
    int proved = 0;
    for (auto now = begin; now < begin + 10s; now += 1ms) {
        for (unsigned i = 0; i < 10; ++i) {
            if (limit.check(of_16(256, i), Proof::none, now) != Verdict::drop) {
                limit.charge(largest);
            }
        }
        truncated += limit.check(of_16(256, 99), Proof::none, now) == Verdict::truncate ? 1 : 0;
        proved += limit.check(of_16(256, 0), Proof::cookie, now) == Verdict::send ? 1 : 0;
        limit.charge(100);
    }
    EXPECT_GT(truncated, 10);
    EXPECT_EQ(proved, 10'000);
}

TEST(RateLimitBytes, AClientWithACookieHasTenTimesTheLimitAndIsThenTruncated)
{
    RateLimit limit{10, key};
    const Address client = of_16(1, 0);
    int sent = 0;
    int truncated = 0;
    for (int i = 0; i < 300; ++i) {
        const Verdict verdict = limit.check(client, Proof::cookie, begin);
        limit.charge(100);
        sent += verdict == Verdict::send ? 1 : 0;
        truncated += verdict == Verdict::truncate ? 1 : 0;
    }
    EXPECT_EQ(sent, 100);
    EXPECT_EQ(truncated, 200);
    EXPECT_EQ(limit.check(client, Proof::none, begin), Verdict::send) << "a bucket of its own";
    EXPECT_EQ(limit.check(of_16(2, 1), Proof::cookie, begin), Verdict::send) << "another network";
}

// A reply of 1,232 bytes costs five tokens.
TEST(RateLimitBytes, ANetworkPaysForTheBytesOfAReply)
{
    RateLimit limit{1000, key};
    int sent = 0;
    while (limit.check(of_16(1, 0), Proof::none, begin) == Verdict::send) {
        limit.charge(largest);
        ++sent;
    }
    EXPECT_EQ(sent, 200);
}

// Tokens that a reply took beyond those of the bucket come back first.
TEST(RateLimitBytes, ADebtIsPaid)
{
    RateLimit limit{1, key};
    ASSERT_EQ(limit.check(of_16(1, 0), Proof::none, begin), Verdict::send);
    limit.charge(largest);
    EXPECT_NE(limit.check(of_16(1, 0), Proof::none, begin + 4900ms), Verdict::send);
    EXPECT_EQ(limit.check(of_16(1, 0), Proof::none, begin + 5s), Verdict::send);
}

// Entries of all levels share sets. An attacker who forges many other networks must not reset what is over
// its limit.
TEST(RateLimitBytes, AWideNetworkOverItsLimitKeepsItsEntry)
{
    const Address network_that_is_new{base::Address4{{223, 1, 1, 1}}};
    RateLimit limit{1000, key};
    for (unsigned i = 0; i < 100'000; ++i) {
        if (limit.check(of_16(256, i), Proof::none, begin) != Verdict::drop) {
            limit.charge(largest);
        }
    }
    for (unsigned i = 0; i < 12'000; ++i) { // two entries each; all together have a token left for each
        EXPECT_EQ(limit.check(anywhere(i), Proof::none, begin), Verdict::send);
        limit.charge(60);
    }
    EXPECT_EQ(limit.check(network_that_is_new, Proof::none, begin), Verdict::send);
    for (unsigned i = 0; i < 256; ++i) {
        EXPECT_NE(limit.check(of_16(256, i), Proof::none, begin), Verdict::send);
    }
}

TEST(SentWindow, CountsASecondWhereverItBegins)
{
    common::SentWindow window;
    window.add(5);
    window.advance(1);
    window.add(7);
    EXPECT_EQ(window.sent(), 12U);
    window.advance(1);
    EXPECT_EQ(window.sent(), 12U);
    window.advance(1);
    EXPECT_EQ(window.sent(), 7U);
    window.advance(3);
    EXPECT_EQ(window.sent(), 0U);
    window.add(0xFFFFFFFF);
    EXPECT_EQ(window.sent(), (1U << 21) - 1);
}

TEST(SentWindow, CountsLargeLimitsInLargerUnits)
{
    EXPECT_EQ(common::SentWindow::limit_of(7000).units, 7000U);
    EXPECT_EQ(common::SentWindow::limit_of(7000).shift, 0U);
    const auto large = common::SentWindow::limit_of(std::uint64_t{1} << 40);
    EXPECT_EQ(large.units, 1U << 20);
    EXPECT_EQ(large.shift, 20U);
    EXPECT_EQ(large.units_of(1), 1U);
    EXPECT_EQ(large.units_of((1U << 20) + 1), 2U);
}

} // namespace
