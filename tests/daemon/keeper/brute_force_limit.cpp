// Wrong tokens fill leaky buckets, and who may fill which.
#include "daemon/keeper/brute_force_limit.h"

#include <gtest/gtest.h>
#include <string>

#include "tests/daemon/keeper/fixture.h"

namespace
{

using namespace std::chrono_literals;
using keeper::BruteForceLimit;
using keeper::name_of;
using Block = keeper::BruteForceLimit::Block;

/// Hosts with a long token: long and office. With a short one: short.
keeper::Hosts some_hosts()
{
    keeper::Hosts hosts{base::SipKey{9}};
    for (const char* name : {"long", "office", "short"}) {
        ipc::Account account = keeper::account(static_cast<std::uint32_t>(hosts.count()), name);
        account.has_short_token = name == std::string_view{"short"};
        hosts.add(account);
    }
    hosts.finish();
    return hosts;
}

class BruteForceLimitTest : public testing::Test
{
protected:
    BruteForceLimit::Guess guess(const std::string& client, const std::string& host) const
    {
        return limit_.guess(*base::parse_address(client), name_of(host));
    }
    Block block(const std::string& client, const std::string& host = "long") const
    {
        return limit_.blocks(guess(client, host), now_);
    }
    bool is_blocked(const std::string& client, const std::string& host = "long") const
    {
        return block(client, host) != Block::none;
    }
    /// Sends wrong tokens at one moment, at most 200; the number of those that are examined.
    int examined(const std::string& client, const std::string& host = "long")
    {
        int count = 0;
        for (; count < 200 && !is_blocked(client, host); ++count) {
            limit_.record_failure(guess(client, host), now_);
        }
        return count;
    }
    void succeed(const std::string& client, const std::string& host = "long")
    {
        limit_.record_success(guess(client, host));
    }
    void give(const std::string& host, const std::string& address)
    {
        keeper::HostState state;
        state.a = base::parse_address4(address);
        state.aaaa = base::parse_address6(address);
        hosts_.set(*hosts_.find(name_of(host)), {state, {}, {}, {}});
    }
    /// The names h0, h1, ... that have a bucket over all clients, of a thousand names of no host.
    std::vector<std::string> unknown_names(bool is_limited) const
    {
        std::vector<std::string> names;
        for (int i = 0; i < 1000; ++i) {
            const std::string name = "h" + std::to_string(i);
            if (guess("192.0.2.1", name).is_limited == is_limited) {
                names.push_back(name);
            }
        }
        return names;
    }

    base::Uptime now_{100'000'000};
    keeper::Hosts hosts_ = some_hosts();
    BruteForceLimit limit_{base::SipKey{7}, hosts_};
};

TEST_F(BruteForceLimitTest, ExaminesFiveTokensAtOnceAndThenOneEachTenSeconds)
{
    EXPECT_EQ(examined("192.0.2.1"), 5);
    for (int i = 0; i < 100; ++i) {
        now_ += 9999ms;
        EXPECT_EQ(examined("192.0.2.1"), 0) << i;
        now_ += 1ms;
        EXPECT_EQ(examined("192.0.2.1"), 1) << i;
    }
    now_ += 50s;
    EXPECT_EQ(examined("192.0.2.1"), 5);
}

TEST_F(BruteForceLimitTest, BlocksTheHostInAnyCaseAndNoOther)
{
    EXPECT_EQ(examined("192.0.2.1", "long"), 5);
    EXPECT_TRUE(is_blocked("192.0.2.1", "LoNg"));
    EXPECT_FALSE(is_blocked("192.0.2.1", "office"));
}

TEST_F(BruteForceLimitTest, ANeighbourDoesNotBlockTheOwner)
{
    EXPECT_EQ(examined("192.0.2.1"), 5);
    EXPECT_FALSE(is_blocked("192.0.2.2"));
    EXPECT_EQ(examined("2001:db8:0:1200::1"), 5);
    EXPECT_TRUE(is_blocked("2001:db8:0:1200:9::9"));
    EXPECT_FALSE(is_blocked("2001:db8:0:1201::1"));
}

TEST_F(BruteForceLimitTest, ANetworkMayGuessFortyTimesAtOnceAndThenOnceASecond)
{
    int total = 0;
    for (int i = 1; i <= 20; ++i) {
        total += examined("192.0.2." + std::to_string(i));
    }
    EXPECT_EQ(total, 40);
    EXPECT_EQ(block("192.0.2.99"), Block::network);
    EXPECT_FALSE(is_blocked("192.0.2.99", "office"));
    EXPECT_FALSE(is_blocked("192.0.3.99"));
    now_ += 1s;
    EXPECT_EQ(examined("192.0.2.99"), 1);
}

TEST_F(BruteForceLimitTest, ANetworkOfIPv6IsA56)
{
    int total = 0;
    for (int i = 10; i < 30; ++i) {
        total += examined("2001:db8:0:12" + std::to_string(i) + "::1");
    }
    EXPECT_EQ(total, 40);
    EXPECT_TRUE(is_blocked("2001:db8:0:12ff::1"));
    EXPECT_FALSE(is_blocked("2001:db8:0:1300::1"));
}

// Forty guesses at names that do not exist, and any number.
TEST_F(BruteForceLimitTest, GuessesAtUnknownNamesBlockNothingElse)
{
    for (int i = 0; i < 20'000; ++i) {
        EXPECT_NE(examined("192.0.2.1", "unknown" + std::to_string(i)), 0);
    }
    for (const char* host : {"long", "office", "short", "unknown-too"}) {
        EXPECT_FALSE(is_blocked("192.0.2.1", host)) << host;
        EXPECT_FALSE(is_blocked("192.0.2.2", host)) << host;
    }
}

// RFC 6052 section 2.1, RFC 3056 section 2
TEST_F(BruteForceLimitTest, CountsATranslatedClientByItsIPv4Address)
{
    EXPECT_EQ(examined("64:ff9b::192.0.2.1"), 5);
    EXPECT_FALSE(is_blocked("64:ff9b::198.51.100.1"));
    EXPECT_TRUE(is_blocked("192.0.2.1"));
    EXPECT_TRUE(is_blocked("2002:c000:201:7::1"));
    EXPECT_FALSE(is_blocked("2002:c633:6401::1"));
}

TEST_F(BruteForceLimitTest, AKnownClientHasABucketThatNoNeighbourFills)
{
    succeed("192.0.2.200", "short");
    give("short", "192.0.2.201");
    for (int i = 1; i < 200; ++i) {
        examined("192.0.2." + std::to_string(i), "short");
    }
    EXPECT_EQ(block("192.0.2.202", "short"), Block::network);
    for (const char* known : {"192.0.2.200", "192.0.2.201"}) {
        EXPECT_EQ(examined(known, "short"), 5) << known;
        EXPECT_EQ(block(known, "short"), Block::client);
    }
}

TEST_F(BruteForceLimitTest, AKnownClientOfIPv6IsInThe64OfTheHost)
{
    give("short", "2001:db8:0:1::7");
    for (int i = 0; i < 200; ++i) {
        examined("198.51." + std::to_string(i) + ".1", "short");
    }
    EXPECT_EQ(block("2001:db8:0:2::7", "short"), Block::host);
    EXPECT_FALSE(is_blocked("2001:db8:0:1:ffff::9", "short"));
}

// It is known of the last update only, and what one known client has filled does not count for another.
TEST_F(BruteForceLimitTest, AClientIsKnownAsLongAsItIsTheLast)
{
    succeed("192.0.2.1");
    EXPECT_EQ(guess("192.0.2.1", "long").known, guess("192.0.2.1", "long").known);
    EXPECT_NE(guess("192.0.2.1", "long").known, guess("192.0.2.2", "long").known);
    EXPECT_EQ(guess("192.0.2.1", "office").known, guess("192.0.2.2", "office").known);
    succeed("192.0.2.2");
    EXPECT_EQ(guess("192.0.2.1", "long").known, guess("192.0.2.3", "long").known);
    EXPECT_NE(guess("192.0.2.2", "long").known, guess("192.0.2.3", "long").known);
}

TEST_F(BruteForceLimitTest, AnOwnerWithANewAddressHasAnEmptyBucket)
{
    succeed("192.0.2.10");
    EXPECT_EQ(examined("192.0.2.10"), 5); // somebody else may have that address now
    succeed("192.0.2.9");
    EXPECT_EQ(examined("192.0.2.9"), 5);
}

// A proxy that is not on loopback is one client: guesses through it at one host block no other.
TEST_F(BruteForceLimitTest, AProxyElsewhereIsKnownToEachHostBehindIt)
{
    succeed("192.0.2.80", "long");
    succeed("192.0.2.80", "office");
    EXPECT_EQ(examined("192.0.2.80", "long"), 5);
    EXPECT_FALSE(is_blocked("192.0.2.80", "office"));
}

TEST_F(BruteForceLimitTest, LoopbackIsLimitedOnlyOverAllClientsAndNeverKnown)
{
    for (const char* client : {"127.0.0.1", "127.255.0.9", "::1"}) {
        succeed(client);
        EXPECT_EQ(examined(client), 200) << client;
    }
    give("short", "127.0.0.1");
    succeed("127.0.0.1", "short");
    EXPECT_EQ(examined("127.0.0.1", "short"), 100);
    EXPECT_EQ(block("::1", "short"), Block::host);
    for (const char* client : {"128.0.0.1", "126.0.0.1", "::2", "64:ff9b::127.0.0.1"}) {
        EXPECT_EQ(examined(client), 5) << client;
    }
}

// As an attacker who hops over /56s: each has not guessed before.
TEST_F(BruteForceLimitTest, AShortTokenIsGuessedAHundredTimesAndThenOnceAMinuteOverAllClients)
{
    int clients = 0;
    const auto guesses = [&](int count) {
        int total = 0;
        for (int i = 0; i < count; ++i, ++clients) {
            const std::string client = "2001:db8:" + std::to_string(clients / 90 % 10) +
                                       std::to_string(clients / 900) + ':' +
                                       std::to_string(10 + clients % 90) + "00::1";
            total += examined(client, "short");
        }
        return total;
    };
    EXPECT_EQ(guesses(1000), 100);
    now_ += 59999ms;
    EXPECT_EQ(guesses(1000), 0);
    now_ += 1ms;
    EXPECT_EQ(guesses(1000), 1);
    EXPECT_EQ(block("203.0.113.9", "short"), Block::host);
}

TEST_F(BruteForceLimitTest, StrangersNeverLockOutTheOwnerOfALongToken)
{
    for (int i = 0; i < 20'000; ++i) {
        examined(std::to_string(1 + i % 100) + '.' + std::to_string(i / 100) + ".0.1");
    }
    EXPECT_FALSE(is_blocked("203.0.113.1"));
}

TEST_F(BruteForceLimitTest, UnknownNamesAreLimitedInTheProportionOfShortTokens)
{
    const auto limited = unknown_names(true);
    EXPECT_NEAR(static_cast<double>(limited.size()), 333, 60);
    const auto guesses = [this](const std::string& host) {
        int total = 0;
        for (int i = 0; i < 60; ++i) {
            total += examined("10." + std::to_string(i) + ".0.1", host);
        }
        return total;
    };
    EXPECT_EQ(guesses(limited.front()), 100);
    EXPECT_EQ(guesses("short"), 100);
    EXPECT_FALSE(is_blocked("203.0.113.1", limited.back()));
    EXPECT_EQ(guesses(unknown_names(false).front()), 300);
    EXPECT_EQ(guesses("long"), 300);
}

TEST(BruteForceLimit, TreatsUnknownNamesAsHostsIfAllTokensAreOfOneKind)
{
    for (const bool is_short : {false, true}) {
        keeper::Hosts hosts{base::SipKey{9}};
        ipc::Account account = keeper::account(1, "a");
        account.has_short_token = is_short;
        hosts.add(account);
        hosts.finish();
        const BruteForceLimit limit{base::SipKey{7}, hosts};
        for (const char* host : {"a", "b", "c", "d", "e", "f", "g"}) {
            EXPECT_EQ(limit.guess(*base::parse_address("192.0.2.1"), name_of(host)).is_limited, is_short);
        }
    }
}

TEST(BruteForceLimit, WorksWithoutAnyHost)
{
    keeper::Hosts hosts{base::SipKey{9}};
    hosts.finish();
    BruteForceLimit limit{base::SipKey{7}, hosts};
    const auto guess = limit.guess(*base::parse_address("192.0.2.1"), name_of("a"));
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(limit.blocks(guess, base::Uptime{5}), Block::none);
        limit.record_failure(guess, base::Uptime{5});
    }
    EXPECT_EQ(limit.blocks(guess, base::Uptime{5}), Block::client);
}

// What is in the table may be pushed out. The buckets of a short token are not in it.
TEST_F(BruteForceLimitTest, AnAttackerWhoOverflowsTheTableGainsNoGuessAtAShortToken)
{
    give("short", "192.0.2.7");
    EXPECT_EQ(examined("192.0.2.7", "short"), 5);
    EXPECT_EQ(examined("127.0.0.1", "short"), 100);
    for (int i = 0; i < 20'000; ++i) {
        examined("192.0.2.1", "unknown" + std::to_string(i));
    }
    EXPECT_TRUE(is_blocked("192.0.2.7", "short"));
    EXPECT_TRUE(is_blocked("127.0.0.1", "short"));
}

TEST_F(BruteForceLimitTest, WantsALineAMinuteForEachBucketThatIsFull)
{
    const auto wants = [this](const std::string& client, Block block) {
        const bool is_due = limit_.is_line_due(guess(client, "long"), block, now_);
        if (is_due) {
            limit_.record_line(guess(client, "long"), block, now_);
        }
        return is_due;
    };
    for (int i = 0; i < 3; ++i, now_ += 1min) {
        EXPECT_TRUE(wants("192.0.2.1", Block::client));
        EXPECT_FALSE(wants("192.0.2.1", Block::client));
        EXPECT_TRUE(wants("192.0.2.2", Block::client));
        EXPECT_TRUE(wants("192.0.2.1", Block::network));
        EXPECT_FALSE(wants("192.0.2.2", Block::network));
        EXPECT_TRUE(wants("192.0.2.1", Block::host));
        EXPECT_FALSE(wants("198.51.100.1", Block::host));
    }
}

TEST_F(BruteForceLimitTest, ForgetsWrongTokensButNotTheClientsOfAcceptedUpdates)
{
    succeed("192.0.2.1", "short");
    examined("192.0.2.1", "short");
    examined("192.0.2.2", "short");
    examined("127.0.0.1", "short");
    limit_.clear();
    for (const char* client : {"192.0.2.1", "192.0.2.2", "127.0.0.1"}) {
        EXPECT_FALSE(is_blocked(client, "short")) << client;
    }
    EXPECT_EQ(examined("127.0.0.1", "short"), 100);
    EXPECT_FALSE(is_blocked("192.0.2.1", "short"));
}

} // namespace
