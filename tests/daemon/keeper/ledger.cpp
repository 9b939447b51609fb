#include "daemon/keeper/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/daemon/keeper/fixture.h"

using namespace keeper;
using ipc::Verdict;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// the serial starts as Unix time and only grows
TEST(Ledger, StartsWithTheTimeOfTheFirstStart)
{
    LedgerFixture fixture;
    EXPECT_EQ(fixture.start().serial(), static_cast<std::uint32_t>(start_time));
    EXPECT_TRUE(fixture.was_fresh);
    EXPECT_EQ(fixture.start(start_time + 1000).serial(), static_cast<std::uint32_t>(start_time));
    EXPECT_FALSE(fixture.was_fresh);
}

TEST(Ledger, StartsWithOneIfTheClockIsUnset)
{
    LedgerFixture fixture;
    EXPECT_EQ(fixture.start(0).serial(), 1U);
}

TEST(Ledger, CommitsAnAuthorisedUpdate)
{
    LedgerFixture fixture;
    fixture.start();
    EXPECT_EQ(fixture.propose(set4("a", 7)), Verdict::committed);
    EXPECT_EQ(fixture.a("a"), "192.0.2.7");
    EXPECT_EQ(fixture.ledger().serial(), start_time + 1);
    EXPECT_EQ(fixture.state("a").expires, unix_time(start_time + 3600));
    fixture.start();
    EXPECT_EQ(fixture.a("a"), "192.0.2.7");
    EXPECT_EQ(fixture.ledger().serial(), start_time + 1);
    EXPECT_EQ(fixture.state("a").expires, unix_time(start_time + 3600));
}

// RFC 4343: names ignore case
TEST(Ledger, FindsAHostInAnyCase)
{
    LedgerFixture fixture;
    fixture.start();
    ipc::Propose shouted = set4("a", 7);
    shouted.hosts = {*dns::Name::from_text("A.EXAMPLE.Org.")};
    EXPECT_EQ(fixture.propose(shouted), Verdict::committed);
}

TEST(Ledger, RefusesAnUnauthorisedUpdate)
{
    LedgerFixture fixture;
    fixture.start();
    const std::size_t calls = fixture.disk().calls;
    ipc::Propose wrong = set4("a", 7);
    for (const char* token : {"Secret", "secre", "secret1", "s"}) {
        wrong.token = *base::Token::from(token);
        EXPECT_EQ(fixture.propose(wrong), Verdict::refused) << token;
    }
    wrong.token = base::Token{};
    EXPECT_EQ(fixture.propose(wrong), Verdict::refused);
    EXPECT_EQ(fixture.propose(set4("unknown", 7)), Verdict::refused);
    EXPECT_EQ(fixture.propose(set4("x.a", 7)), Verdict::refused);
    ipc::Propose zone = set4("a", 7);
    zone.hosts = {*dns::Name::from_text("example.org")};
    EXPECT_EQ(fixture.propose(zone), Verdict::refused);
    zone.hosts = {dns::Name{}};
    EXPECT_EQ(fixture.propose(zone), Verdict::refused);
    EXPECT_EQ(fixture.a("a"), "-");
    EXPECT_EQ(fixture.disk().calls, calls);
    EXPECT_EQ(fixture.ledger().serial(), start_time);
}

// an empty token is refused even if the config has its digest
TEST(Ledger, RefusesAnEmptyTokenEvenIfItsDigestMatches)
{
    LedgerFixture fixture;
    fixture.accounts[0].token = common::hash_token(base::Token{}, ipc::Salt{9});
    fixture.accounts[1].token = {};
    fixture.start();
    ipc::Propose empty = set4("a", 7);
    empty.token = base::Token{};
    EXPECT_EQ(fixture.propose(empty), Verdict::refused);
}

TEST(Ledger, LogsTheChangeAndItsClient)
{
    LedgerFixture fixture;
    fixture.start();
    ipc::Propose both = set4("a", 1);
    both.ipv6.change = ipc::Change::set;
    both.ipv6.value = *base::parse_address6("2001:db8::1");
    EXPECT_THAT(
        logged([&] { fixture.propose(both); }),
        HasSubstr(
            "a.example.org. A 192.0.2.1, AAAA 2001:db8::1, by dyndns2 from 203.0.113.9, serial 1795000001"));
    EXPECT_THAT(logged([&] { fixture.propose(set4("a", 7)); }),
                HasSubstr("a.example.org. A 192.0.2.7 (was 192.0.2.1), AAAA removed, by dyndns2 from "
                          "203.0.113.9, serial 1795000002"));
    EXPECT_EQ(logged([&] { fixture.propose(set4("a", 7)); }), "");
}

// the same addresses as before: the zone is unchanged, but the new lifetime is stored and synced
TEST(Ledger, StoresANewLifetimeIfTheAddressesAreTheSame)
{
    LedgerFixture fixture;
    fixture.start();
    fixture.propose(set4("a", 7));
    fixture.pass(1000000);
    EXPECT_EQ(fixture.propose(set4("a", 7)), Verdict::unchanged);
    EXPECT_EQ(fixture.ledger().serial(), start_time + 1);
    EXPECT_EQ(fixture.state("a").expires, unix_time(start_time + 1000 + 3600));
    EXPECT_EQ(fixture.file(0).parts() + fixture.file(1).parts(), 0U);
    fixture.start();
    EXPECT_EQ(fixture.state("a").expires, unix_time(start_time + 1000 + 3600));
}

// zone_feed.h: the configured addresses are replaced, so the first update always changes something
TEST(Ledger, CountsTheFirstUpdateAlwaysAsAChange)
{
    LedgerFixture fixture;
    fixture.start();
    ipc::Propose nothing = set4("a", 0);
    nothing.ipv4.change = ipc::Change::remove;
    EXPECT_EQ(fixture.propose(nothing), Verdict::committed);
    EXPECT_TRUE(fixture.state("a").updated);
    EXPECT_EQ(fixture.propose(nothing), Verdict::unchanged);
    fixture.start();
    EXPECT_TRUE(fixture.state("a").updated);
    EXPECT_FALSE(fixture.state("b").updated);
}

TEST(Ledger, KeepsTheAddressOfAFamilyThatIsNotUpdated)
{
    LedgerFixture fixture;
    fixture.start();
    fixture.propose(set4("a", 7));
    ipc::Propose six = set4("a", 0);
    six.ipv4.change = ipc::Change::keep;
    six.ipv6.change = ipc::Change::set;
    six.ipv6.value = *base::parse_address6("2001:db8::1");
    EXPECT_EQ(fixture.propose(six), Verdict::committed);
    EXPECT_EQ(fixture.a("a"), "192.0.2.7");
    six.ipv4.change = ipc::Change::remove;
    six.ipv6.change = ipc::Change::keep;
    EXPECT_EQ(fixture.propose(six), Verdict::committed);
    EXPECT_EQ(fixture.a("a"), "-");
    EXPECT_EQ(fixture.state("a").aaaa, six.ipv6.value);
}

// RFC 1982 section 3.1
TEST(Ledger, LetsTheSerialWrap)
{
    LedgerFixture fixture;
    EXPECT_EQ(fixture.start(0xFFFFFFFF).serial(), 0xFFFFFFFFU);
    fixture.propose(set4("a", 7));
    EXPECT_EQ(fixture.ledger().serial(), 0U);
    EXPECT_EQ(fixture.start(0xFFFFFFFF).serial(), 0U);
}

TEST(LedgerBatch, SharesOneWriteAndOneSync)
{
    LedgerFixture fixture;
    Ledger& ledger = fixture.start();
    const std::size_t calls = fixture.disk().calls;
    ledger.begin_batch();
    ledger.propose(set4("a", 1, 1), fixture.now());
    ledger.propose(set4("unknown", 2, 2), fixture.now());
    ledger.propose(set4("b", 3, 3), fixture.now());
    ledger.propose(set4("a", 1, 4), fixture.now());
    ledger.propose(set4("a", 5, 5), fixture.now());
    std::vector<std::pair<std::uint32_t, Verdict>> outcomes;
    for (const ipc::Settled& settled : ledger.settle(fixture.now())) {
        outcomes.emplace_back(static_cast<std::uint32_t>(settled.id), settled.hosts.at(0).verdict);
    }
    EXPECT_EQ(fixture.disk().calls - calls, 2U);
    using Pair = std::pair<std::uint32_t, Verdict>;
    EXPECT_THAT(outcomes, ElementsAre(Pair{1, Verdict::committed}, Pair{2, Verdict::refused},
                                      Pair{3, Verdict::committed}, Pair{4, Verdict::unchanged},
                                      Pair{5, Verdict::committed}));
    EXPECT_EQ(ledger.serial(), start_time + 3); // one for each change
    EXPECT_EQ(fixture.a("a"), "192.0.2.5");
    EXPECT_EQ(fixture.a("b"), "192.0.2.3");
    EXPECT_THAT(std::vector<HostNumber>(ledger.changed().begin(), ledger.changed().end()),
                ElementsAre(0, 1, 0));
    EXPECT_EQ(fixture.start().serial(), start_time + 3);
    EXPECT_EQ(fixture.a("a"), "192.0.2.5");
}

TEST(LedgerBatch, HoldsAsManyAsFitIntoOneRecord)
{
    LedgerFixture fixture;
    Ledger& ledger = fixture.start();
    ledger.begin_batch();
    std::size_t count = 0;
    for (; !ledger.batch_is_full(); ++count) {
        ledger.propose(set4(count % 2 == 0 ? "a" : "b", static_cast<std::uint8_t>(count)), fixture.now());
    }
    EXPECT_EQ(count, Ledger::max_batch);
    EXPECT_EQ(ledger.settle(fixture.now()).size(), count);
    EXPECT_EQ(ledger.serial(), start_time + count);
}

// the client gets an error, the zone does not change, and DNS queries are answered
TEST(LedgerErrors, ChangeNothingIfTheDiskFails)
{
    LedgerFixture fixture;
    fixture.start();
    fixture.propose(set4("a", 7));
    fixture.fail();
    EXPECT_EQ(fixture.propose(set4("a", 8)), Verdict::unavailable);
    EXPECT_EQ(fixture.propose(set4("a", 7)), Verdict::unavailable); // the lifetime could not be stored
    EXPECT_EQ(fixture.propose(set4("b", 8)), Verdict::unavailable);
    EXPECT_EQ(fixture.propose(set4("unknown", 8)), Verdict::refused);
    EXPECT_EQ(fixture.a("a"), "192.0.2.7");
    EXPECT_EQ(fixture.a("b"), "-");
    EXPECT_EQ(fixture.ledger().serial(), start_time + 1);
    EXPECT_TRUE(fixture.ledger().changed().empty());
    fixture.repair_disk();
    EXPECT_EQ(fixture.propose(set4("a", 9)), Verdict::committed);
    EXPECT_EQ(fixture.start().serial(), start_time + 2);
    EXPECT_EQ(fixture.a("a"), "192.0.2.9");
}

TEST(LedgerZone, IncrementsTheSerialIfTheConfigChangesTheZone)
{
    LedgerFixture fixture;
    fixture.start(start_time, 1);
    EXPECT_EQ(fixture.start(start_time, 2).serial(), start_time + 1);
    EXPECT_EQ(fixture.start(start_time, 2).serial(), start_time + 1);
    EXPECT_EQ(fixture.start(start_time, 1).serial(), start_time + 2);
}

TEST(LedgerZone, IncrementsTheSerialLaterIfTheDiskFails)
{
    LedgerFixture fixture;
    fixture.start(start_time, 1);
    fixture.fail();
    EXPECT_EQ(fixture.start(start_time, 2).serial(), start_time);
    fixture.repair_disk();
    fixture.pass(fixture.ledger().next_timeout_ms(fixture.now()));
    EXPECT_TRUE(fixture.ledger().expire(fixture.now()));
    EXPECT_EQ(fixture.ledger().serial(), start_time + 1);
    EXPECT_EQ(fixture.start(start_time, 2).serial(), start_time + 1);
}

// the state is kept by name, so the order of the config does not matter
TEST(LedgerZone, FindsItsHostsIfTheirOrderInTheConfigChanges)
{
    LedgerFixture fixture;
    fixture.start();
    fixture.propose(set4("a", 1));
    fixture.propose(set4("b", 2));
    std::reverse(fixture.accounts.begin(), fixture.accounts.end());
    fixture.accounts.pop_back(); // removes a
    fixture.start();
    EXPECT_EQ(fixture.a("b"), "192.0.2.2");
    EXPECT_FALSE(fixture.ledger().table().find(name_of("a")));
}

// Hosts that are unknown or have no token are ignored; an expiry later than now plus the configured lifetime
// is shortened to that.
TEST(LedgerImport, ImportsThePredecessorsHostsOnce)
{
    LedgerFixture fixture;
    const auto import = [&](std::string_view host, std::int64_t expires, std::uint8_t last) {
        fixture.ledger().import(
            {name_of(host), unix_time(expires), base::Address4{{198, 51, 100, last}}, {}});
    };
    fixture.open();
    ASSERT_TRUE(fixture.was_fresh);
    import("a", start_time + 100, 1);
    import("b", start_time + 999999, 2);
    import("c", start_time, 3); // expires now
    import("unknown", start_time + 100, 4);
    fixture.ledger().start(fixture.now());
    EXPECT_EQ(fixture.ledger().serial(), start_time);
    EXPECT_EQ(fixture.a("a"), "198.51.100.1");
    EXPECT_EQ(fixture.state("a").expires, unix_time(start_time + 100));
    EXPECT_EQ(fixture.state("b").expires, unix_time(start_time + 3600));
    EXPECT_FALSE(fixture.state("c").updated);

    fixture.open();
    EXPECT_FALSE(fixture.was_fresh);
    import("a", start_time + 100, 9);
    fixture.ledger().start(fixture.now());
    EXPECT_EQ(fixture.a("a"), "198.51.100.1");
}

TEST(LedgerCompaction, KeepsTheStateOverManyGenerations)
{
    LedgerFixture fixture;
    fixture.start();
    logged([&] {
        for (int i = 0; i < 5000; ++i) {
            ASSERT_EQ(fixture.propose(set4(i % 2 == 0 ? "a" : "b", static_cast<std::uint8_t>(i % 200))),
                      Verdict::committed);
            const auto all = [](std::size_t) { return true; };
            ASSERT_LT(fixture.file(0).image(all).size() + fixture.file(1).image(all).size(), 70000U);
        }
    });
    const std::string a = fixture.a("a");
    const std::string b = fixture.a("b");
    EXPECT_EQ(fixture.start().serial(), start_time + 5000);
    EXPECT_EQ(fixture.a("a"), a);
    EXPECT_EQ(fixture.a("b"), b);
}
