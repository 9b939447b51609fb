#include "daemon/keeper/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/daemon/keeper/fixture.h"

using namespace keeper;
using ipc::Verdict;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// DESIGN, "The state": the serial begins as Unix time and only grows
TEST(Ledger, BeginsWithTheTimeOfTheFirstStart)
{
    Bench bench;
    EXPECT_EQ(bench.start().serial(), static_cast<std::uint32_t>(start_time));
    EXPECT_TRUE(bench.was_fresh);
    EXPECT_EQ(bench.start(start_time + 1000).serial(), static_cast<std::uint32_t>(start_time));
    EXPECT_FALSE(bench.was_fresh);
}

TEST(Ledger, BeginsWithOneWhereTheClockIsUnset)
{
    Bench bench;
    EXPECT_EQ(bench.start(0).serial(), 1U);
}

TEST(Ledger, CommitsWhatATokenOpens)
{
    Bench bench;
    bench.start();
    EXPECT_EQ(bench.propose(set4("a", 7)), Verdict::committed);
    EXPECT_EQ(bench.a("a"), "192.0.2.7");
    EXPECT_EQ(bench.ledger().serial(), start_time + 1);
    EXPECT_EQ(bench.state("a").expires, unix_time(start_time + 3600));
    bench.start();
    EXPECT_EQ(bench.a("a"), "192.0.2.7");
    EXPECT_EQ(bench.ledger().serial(), start_time + 1);
    EXPECT_EQ(bench.state("a").expires, unix_time(start_time + 3600));
}

// RFC 4343: names ignore case
TEST(Ledger, FindsAHostInAnyCase)
{
    Bench bench;
    bench.start();
    ipc::Propose shouted = set4("a", 7);
    shouted.host = *dns::Name::from_text("A.EXAMPLE.Org.");
    EXPECT_EQ(bench.propose(shouted), Verdict::committed);
}

TEST(Ledger, RefusesWhatNoTokenOpens)
{
    Bench bench;
    bench.start();
    const std::size_t calls = bench.disk().calls;
    ipc::Propose wrong = set4("a", 7);
    for (const char* token : {"Secret", "secre", "secret1", "s"}) {
        wrong.token = *base::Token::from(token);
        EXPECT_EQ(bench.propose(wrong), Verdict::refused) << token;
    }
    wrong.token = base::Token{};
    EXPECT_EQ(bench.propose(wrong), Verdict::refused);
    EXPECT_EQ(bench.propose(set4("unknown", 7)), Verdict::refused);
    EXPECT_EQ(bench.propose(set4("x.a", 7)), Verdict::refused);
    ipc::Propose zone = set4("a", 7);
    zone.host = *dns::Name::from_text("example.org");
    EXPECT_EQ(bench.propose(zone), Verdict::refused);
    zone.host = dns::Name{};
    EXPECT_EQ(bench.propose(zone), Verdict::refused);
    EXPECT_EQ(bench.a("a"), "-");
    EXPECT_EQ(bench.disk().calls, calls);
    EXPECT_EQ(bench.ledger().serial(), start_time);
}

// a digest of nothing opens nothing, even where the config is that wrong
TEST(Ledger, RefusesAnEmptyTokenEvenWhereItsDigestFits)
{
    Bench bench;
    bench.accounts[0].token = common::hash_token(base::Token{}, ipc::Salt{9});
    bench.accounts[1].token = {};
    bench.start();
    ipc::Propose empty = set4("a", 7);
    empty.token = base::Token{};
    EXPECT_EQ(bench.propose(empty), Verdict::refused);
}

TEST(Ledger, SaysWhoChangedWhat)
{
    Bench bench;
    bench.start();
    ipc::Propose both = set4("a", 1);
    both.change6 = ipc::Change::set;
    both.address6 = *base::parse_address6("2001:db8::1");
    EXPECT_THAT(
        logged([&] { bench.propose(both); }),
        HasSubstr("a.example.org. A 192.0.2.1, AAAA 2001:db8::1, from 203.0.113.9, serial 1795000001"));
    EXPECT_THAT(
        logged([&] { bench.propose(set4("a", 7)); }),
        HasSubstr(
            "a.example.org. A 192.0.2.7 (was 192.0.2.1), AAAA removed, from 203.0.113.9, serial 1795000002"));
    EXPECT_EQ(logged([&] { bench.propose(set4("a", 7)); }), "");
}

TEST(Ledger, LogsRefusalsWithoutTheTokenAndNotWithoutEnd)
{
    Bench bench;
    bench.start();
    ipc::Propose wrong = set4("a", 7);
    wrong.token = *base::Token::from("marker-token");
    const std::string log = logged([&] {
        for (int i = 0; i < 500; ++i) {
            bench.propose(wrong);
        }
    });
    EXPECT_THAT(log, HasSubstr("refused an update of a.example.org. from 203.0.113.9"));
    EXPECT_THAT(log, Not(HasSubstr("marker")));
    EXPECT_LE(std::count(log.begin(), log.end(), '\n'), 20);
}

// "Same addresses as before: unchanged, but the new lifetime is stored and synced too"
TEST(Ledger, StoresANewLifetimeWhereTheAddressesAreTheSame)
{
    Bench bench;
    bench.start();
    bench.propose(set4("a", 7));
    bench.pass(1000000);
    EXPECT_EQ(bench.propose(set4("a", 7)), Verdict::unchanged);
    EXPECT_EQ(bench.ledger().serial(), start_time + 1);
    EXPECT_EQ(bench.state("a").expires, unix_time(start_time + 1000 + 3600));
    EXPECT_EQ(bench.file(0).parts() + bench.file(1).parts(), 0U);
    bench.start();
    EXPECT_EQ(bench.state("a").expires, unix_time(start_time + 1000 + 3600));
}

// zone_feed.h: the configured addresses no longer count, so the first update always changes something
TEST(Ledger, CountsTheFirstUpdateAsAChangeWhateverItSays)
{
    Bench bench;
    bench.start();
    ipc::Propose nothing = set4("a", 0);
    nothing.change4 = ipc::Change::remove;
    EXPECT_EQ(bench.propose(nothing), Verdict::committed);
    EXPECT_TRUE(bench.state("a").updated);
    EXPECT_EQ(bench.propose(nothing), Verdict::unchanged);
    bench.start();
    EXPECT_TRUE(bench.state("a").updated);
    EXPECT_FALSE(bench.state("b").updated);
}

TEST(Ledger, KeepsAFamilyThatIsToBeKept)
{
    Bench bench;
    bench.start();
    bench.propose(set4("a", 7));
    ipc::Propose six = set4("a", 0);
    six.change4 = ipc::Change::keep;
    six.change6 = ipc::Change::set;
    six.address6 = *base::parse_address6("2001:db8::1");
    EXPECT_EQ(bench.propose(six), Verdict::committed);
    EXPECT_EQ(bench.a("a"), "192.0.2.7");
    six.change4 = ipc::Change::remove;
    six.change6 = ipc::Change::keep;
    EXPECT_EQ(bench.propose(six), Verdict::committed);
    EXPECT_EQ(bench.a("a"), "-");
    EXPECT_EQ(bench.state("a").aaaa, six.address6);
}

// RFC 1982 section 3.1
TEST(Ledger, LetsTheSerialWrap)
{
    Bench bench;
    EXPECT_EQ(bench.start(0xFFFFFFFF).serial(), 0xFFFFFFFFU);
    bench.propose(set4("a", 7));
    EXPECT_EQ(bench.ledger().serial(), 0U);
    EXPECT_EQ(bench.start(0xFFFFFFFF).serial(), 0U);
}

TEST(LedgerBatch, SharesOneWriteAndOneSync)
{
    Bench bench;
    Ledger& ledger = bench.start();
    const std::size_t calls = bench.disk().calls;
    ledger.begin_batch();
    ledger.propose(set4("a", 1, 1), bench.now());
    ledger.propose(set4("unknown", 2, 2), bench.now());
    ledger.propose(set4("b", 3, 3), bench.now());
    ledger.propose(set4("a", 1, 4), bench.now());
    ledger.propose(set4("a", 5, 5), bench.now());
    std::vector<std::pair<std::uint32_t, Verdict>> outcomes;
    for (const ipc::Settled& settled : ledger.settle(bench.now())) {
        outcomes.emplace_back(static_cast<std::uint32_t>(settled.id), settled.verdict);
    }
    EXPECT_EQ(bench.disk().calls - calls, 2U);
    using Pair = std::pair<std::uint32_t, Verdict>;
    EXPECT_THAT(outcomes, ElementsAre(Pair{1, Verdict::committed}, Pair{2, Verdict::refused},
                                      Pair{3, Verdict::committed}, Pair{4, Verdict::unchanged},
                                      Pair{5, Verdict::committed}));
    EXPECT_EQ(ledger.serial(), start_time + 3); // each change its own
    EXPECT_EQ(bench.a("a"), "192.0.2.5");
    EXPECT_EQ(bench.a("b"), "192.0.2.3");
    EXPECT_THAT(std::vector<HostNumber>(ledger.changed().begin(), ledger.changed().end()),
                ElementsAre(0, 1, 0));
    EXPECT_EQ(bench.start().serial(), start_time + 3);
    EXPECT_EQ(bench.a("a"), "192.0.2.5");
}

TEST(LedgerBatch, TakesAsManyAsFitIntoOneRecord)
{
    Bench bench;
    Ledger& ledger = bench.start();
    ledger.begin_batch();
    std::size_t count = 0;
    for (; !ledger.batch_is_full(); ++count) {
        ledger.propose(set4(count % 2 == 0 ? "a" : "b", static_cast<std::uint8_t>(count)), bench.now());
    }
    EXPECT_EQ(count, Ledger::max_batch);
    EXPECT_EQ(ledger.settle(bench.now()).size(), count);
    EXPECT_EQ(ledger.serial(), start_time + count);
}

// DESIGN: "the client gets an error, the zone does not change, DNS goes on"
TEST(LedgerErrors, ChangeNothingWhereTheDiskFails)
{
    Bench bench;
    bench.start();
    bench.propose(set4("a", 7));
    bench.fail();
    EXPECT_EQ(bench.propose(set4("a", 8)), Verdict::unavailable);
    EXPECT_EQ(bench.propose(set4("a", 7)), Verdict::unavailable); // the lifetime could not be stored
    EXPECT_EQ(bench.propose(set4("b", 8)), Verdict::unavailable);
    EXPECT_EQ(bench.propose(set4("unknown", 8)), Verdict::refused);
    EXPECT_EQ(bench.a("a"), "192.0.2.7");
    EXPECT_EQ(bench.a("b"), "-");
    EXPECT_EQ(bench.ledger().serial(), start_time + 1);
    EXPECT_TRUE(bench.ledger().changed().empty());
    bench.mend();
    EXPECT_EQ(bench.propose(set4("a", 9)), Verdict::committed);
    EXPECT_EQ(bench.start().serial(), start_time + 2);
    EXPECT_EQ(bench.a("a"), "192.0.2.9");
}

TEST(LedgerZone, GrowsTheSerialWhenTheConfigSaysSomethingElse)
{
    Bench bench;
    bench.start(start_time, 1);
    EXPECT_EQ(bench.start(start_time, 2).serial(), start_time + 1);
    EXPECT_EQ(bench.start(start_time, 2).serial(), start_time + 1);
    EXPECT_EQ(bench.start(start_time, 1).serial(), start_time + 2);
}

TEST(LedgerZone, GrowsTheSerialLaterWhereTheDiskFails)
{
    Bench bench;
    bench.start(start_time, 1);
    bench.fail();
    EXPECT_EQ(bench.start(start_time, 2).serial(), start_time);
    bench.mend();
    bench.pass(bench.ledger().next_timeout_ms(bench.now()));
    EXPECT_TRUE(bench.ledger().expire(bench.now()));
    EXPECT_EQ(bench.ledger().serial(), start_time + 1);
    EXPECT_EQ(bench.start(start_time, 2).serial(), start_time + 1);
}

// the state is kept by name, so the order of the config does not matter
TEST(LedgerZone, FindsItsHostsInAnotherOrderOfTheConfig)
{
    Bench bench;
    bench.start();
    bench.propose(set4("a", 1));
    bench.propose(set4("b", 2));
    std::reverse(bench.accounts.begin(), bench.accounts.end());
    bench.accounts.pop_back(); // a is gone
    bench.start();
    EXPECT_EQ(bench.a("b"), "192.0.2.2");
    EXPECT_FALSE(bench.ledger().table().find(name_of("a")));
}

// PREDECESSOR section 6: "hosts unknown or without token ignored; an expire time later than now +
// configured expire is cut"
TEST(LedgerImport, TakesThePredecessorsHostsOnce)
{
    Bench bench;
    const auto import = [&](std::string_view host, std::int64_t expires, std::uint8_t last) {
        bench.ledger().import({name_of(host), unix_time(expires), base::Address4{{198, 51, 100, last}}, {}});
    };
    bench.open();
    ASSERT_TRUE(bench.was_fresh);
    import("a", start_time + 100, 1);
    import("b", start_time + 999999, 2);
    import("c", start_time, 3); // its end is now
    import("unknown", start_time + 100, 4);
    bench.ledger().start(bench.now());
    EXPECT_EQ(bench.ledger().serial(), start_time);
    EXPECT_EQ(bench.a("a"), "198.51.100.1");
    EXPECT_EQ(bench.state("a").expires, unix_time(start_time + 100));
    EXPECT_EQ(bench.state("b").expires, unix_time(start_time + 3600));
    EXPECT_FALSE(bench.state("c").updated);

    bench.open();
    EXPECT_FALSE(bench.was_fresh);
    import("a", start_time + 100, 9);
    bench.ledger().start(bench.now());
    EXPECT_EQ(bench.a("a"), "198.51.100.1");
}

TEST(LedgerCompaction, KeepsTheStateOverManyGenerations)
{
    Bench bench;
    bench.start();
    logged([&] {
        for (int i = 0; i < 5000; ++i) {
            ASSERT_EQ(bench.propose(set4(i % 2 == 0 ? "a" : "b", static_cast<std::uint8_t>(i % 200))),
                      Verdict::committed);
            const auto all = [](std::size_t) { return true; };
            ASSERT_LT(bench.file(0).image(all).size() + bench.file(1).image(all).size(), 70000U);
        }
    });
    const std::string a = bench.a("a");
    const std::string b = bench.a("b");
    EXPECT_EQ(bench.start().serial(), start_time + 5000);
    EXPECT_EQ(bench.a("a"), a);
    EXPECT_EQ(bench.a("b"), b);
}
