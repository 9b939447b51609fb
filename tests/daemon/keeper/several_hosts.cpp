// Proposals with several hosts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/daemon/keeper/channels_fixture.h"

using namespace keeper;
using ipc::Verdict;
using testing::ElementsAre;

namespace
{

class SeveralHosts : public testing::Test
{
protected:
    SeveralHosts()
    {
        fixture.accounts.push_back(account(13, "other"));
        fixture.accounts.back().token = common::hash_token(*base::Token::from("another"), ipc::Salt{3});
        fixture.accounts.push_back(account(14, "strict"));
        fixture.accounts.back().private_addresses = ipc::PrivateAddresses::refused;
        fixture.start();
    }
    static ipc::Propose to(const std::vector<std::string>& hosts, base::Address4 address = {{192, 0, 2, 7}})
    {
        ipc::Propose proposal = set4("a", 0);
        proposal.ipv4.value = address;
        proposal.hosts.clear();
        for (const std::string& host : hosts) {
            proposal.hosts.push_back(name_of(host));
        }
        return proposal;
    }
    std::vector<Verdict> verdicts(const ipc::Propose& proposal)
    {
        std::vector<Verdict> all;
        for (const ipc::HostOutcome& outcome : fixture.outcomes(proposal)) {
            all.push_back(outcome.verdict);
        }
        return all;
    }

    LedgerFixture fixture;
};

TEST_F(SeveralHosts, ChangeInOneWriteAndOneSync)
{
    const std::size_t calls = fixture.disk().calls;
    EXPECT_THAT(verdicts(to({"a", "b", "c"})),
                ElementsAre(Verdict::committed, Verdict::committed, Verdict::committed));
    EXPECT_EQ(fixture.disk().calls - calls, 2U);
    EXPECT_EQ(fixture.a("a") + fixture.a("b") + fixture.a("c"), "192.0.2.7192.0.2.7192.0.2.7");
    EXPECT_EQ(fixture.ledger().serial(), start_time + 3) << "each change has a serial";
    EXPECT_THAT(verdicts(to({"a", "b"})), ElementsAre(Verdict::unchanged, Verdict::unchanged));
    fixture.start();
    EXPECT_EQ(fixture.a("c"), "192.0.2.7");
}

TEST_F(SeveralHosts, AllKeepTheirRecordsIfOneIsRefused)
{
    const std::size_t calls = fixture.disk().calls;
    EXPECT_THAT(verdicts(to({"a", "other", "b"})),
                ElementsAre(Verdict::refused, Verdict::refused, Verdict::refused));
    EXPECT_EQ(fixture.disk().calls, calls);
    EXPECT_EQ(fixture.a("a"), "-");
    EXPECT_EQ(fixture.ledger().counters().refused, 3U);
}

// the first one decides what the client is told
TEST_F(SeveralHosts, AllHaveTheFirstReasonIfOneIsUnsuitable)
{
    const auto outcomes = fixture.outcomes(to({"a", "strict", "other"}, {{10, 0, 0, 1}}));
    ASSERT_EQ(outcomes.size(), 3U);
    for (const ipc::HostOutcome& outcome : outcomes) {
        EXPECT_EQ(outcome, (ipc::HostOutcome{Verdict::unsuitable, ipc::Reason::private_address4}));
    }
    EXPECT_THAT(verdicts(to({"other", "strict"}, {{10, 0, 0, 1}})),
                ElementsAre(Verdict::refused, Verdict::refused));
}

TEST_F(SeveralHosts, ChangeWithoutThoseThatTheSecretDoesNotOpen)
{
    ipc::Propose proposal = to({"a", "other", "strict", "b", "unknown"}, {{10, 0, 0, 1}});
    proposal.all_or_nothing = false;
    EXPECT_THAT(verdicts(proposal), ElementsAre(Verdict::committed, Verdict::refused, Verdict::unsuitable,
                                                Verdict::committed, Verdict::refused));
    EXPECT_EQ(fixture.a("a") + fixture.a("b") + fixture.a("strict"), "10.0.0.110.0.0.1-");
    const Counters counters = fixture.ledger().counters();
    EXPECT_EQ(counters.committed, 2U);
    EXPECT_EQ(counters.refused, 3U);
}

TEST_F(SeveralHosts, AllKeepTheirRecordsIfTheDiskFails)
{
    fixture.fail();
    logged([&] {
        EXPECT_THAT(verdicts(to({"a", "b"})), ElementsAre(Verdict::unavailable, Verdict::unavailable));
    });
    fixture.repair_disk();
    EXPECT_EQ(fixture.a("a") + fixture.a("b"), "--");
}

// a later proposal of the batch builds on an earlier one that was not declined
TEST_F(SeveralHosts, AreForgottenWithinABatchIfTheyAreDeclined)
{
    Ledger& ledger = fixture.ledger();
    ledger.begin_batch();
    ledger.propose(to({"a", "other"}), fixture.now());
    ipc::Propose keep = set6("a", "2001:db8::1");
    ledger.propose(keep, fixture.now());
    const auto settled = ledger.settle(fixture.now());
    EXPECT_EQ(settled[0].hosts[0].verdict, Verdict::refused);
    EXPECT_EQ(settled[1].hosts[0].verdict, Verdict::committed);
    EXPECT_EQ(fixture.a("a"), "-");
}

// journal::max_entries: a host may have an entry of its addresses and one of its challenge
TEST_F(SeveralHosts, FillABatchOnlyAsFarAsItsEntriesFitIntoAFrame)
{
    for (ipc::Account& one : fixture.accounts) {
        one.token_sets_challenge = true;
    }
    for (std::uint32_t i = 0; i < 100; ++i) {
        fixture.accounts.push_back(account(20 + i, "host-" + std::to_string(i)));
        fixture.accounts.back().token_sets_challenge = true;
    }
    Ledger& ledger = fixture.start();
    ledger.begin_batch();
    std::size_t hosts = 0;
    for (; !ledger.batch_is_full(); hosts += ipc::max_hosts_of_proposal) {
        std::vector<std::string> names;
        for (std::size_t i = 0; i < ipc::max_hosts_of_proposal; ++i) {
            names.push_back("host-" + std::to_string(hosts + i));
        }
        ipc::Propose proposal = to(names);
        proposal.txt = ipc::TxtChange::set;
        proposal.value = value_of('x');
        ASSERT_TRUE(ledger.propose(proposal, fixture.now()).count() == names.size());
    }
    EXPECT_EQ(hosts, 2 * ipc::max_hosts_of_proposal);
    ledger.settle(fixture.now());
    fixture.start();
    EXPECT_EQ(fixture.a("host-39"), "192.0.2.7");
    EXPECT_EQ(fixture.data("host-39").challenge.values().size(), 1U);
}

using SeveralHostsOnChannels = KeeperChannels;

TEST_F(SeveralHostsOnChannels, AreAllBlockedIfOneIs)
{
    send_guesses("b", 5);
    turns();
    settled();
    ipc::Propose both = set4("a", 1);
    both.hosts.push_back(name_of("b"));
    send(updater_, both);
    turns();
    const auto messages = receive<ipc::KeeperToUpdater>(updater_);
    ASSERT_EQ(messages.size(), 1U);
    const auto& outcomes = std::get<ipc::Settled>(messages[0]).hosts;
    EXPECT_THAT(outcomes, ElementsAre(ipc::HostOutcome{Verdict::unavailable}, //
                                      ipc::HostOutcome{Verdict::unavailable}));
    EXPECT_EQ(fixture_.a("a"), "-");
}

// dyndns2: a list with a host that is blocked, one that the secret opens, and a name of another provider
TEST_F(SeveralHostsOnChannels, GoOnWithoutABlockedOneIfNotAllMustChange)
{
    send_guesses("b", 5);
    turns();
    settled();
    ipc::Propose list = set4("b", 1);
    list.all_or_nothing = false;
    list.hosts = {name_of("b"), name_of("a"), *dns::Name::from_text("home.example.net")};
    for (int i = 0; i < 8; ++i) {
        send(updater_, list);
    }
    turns();
    const auto messages = receive<ipc::KeeperToUpdater>(updater_);
    ASSERT_EQ(messages.size(), 8U);
    for (const auto& message : messages) {
        const auto& outcomes = std::get<ipc::Settled>(message).hosts;
        EXPECT_EQ(outcomes.at(0).verdict, Verdict::refused);
        EXPECT_LE(outcomes.at(1).verdict, Verdict::unchanged);
        EXPECT_EQ(outcomes.at(2).verdict, Verdict::outside_zone);
    }
    EXPECT_EQ(fixture_.a("a") + fixture_.a("b"), "192.0.2.1-");
    const Counters counters = fixture_.ledger().counters();
    EXPECT_EQ(counters.blocked, 8U);
    EXPECT_EQ(counters.refused, 5U + 8U);
    list.hosts = {*dns::Name::from_text("home.example.net")};
    send(updater_, list);
    turns();
    EXPECT_EQ(settled().back(), Verdict::outside_zone) << "the lists before were not counted";
    list.hosts = {name_of("b")};
    send(updater_, list);
    turns();
    EXPECT_EQ(settled().back(), Verdict::unavailable);
}

// as many parts of the zone as one commit can change: they fit into the channel at once
TEST_F(SeveralHostsOnChannels, AreFedWithAllTheirFollowersBeforeTheVerdict)
{
    feeds_.reset();
    proposals_.reset();
    LedgerFixture large;
    for (std::uint32_t i = 0; i + 1 < journal::max_entries; ++i) {
        large.accounts.push_back(account(100 + i, "h" + std::to_string(i)));
    }
    for (std::uint32_t i = 0; i < ipc::max_followers; ++i) {
        const dns::CompactName name{name_of("f" + std::to_string(i))};
        large.followers.push_back({ipc::HostIndex{1000 + i}, name.get(), ipc::HostIndex{10}, {}, true});
    }
    large.start(0);
    Feeds feeds{loop_, large.ledger(), 1, report_peer_};
    auto [ours, theirs] = privsep::Channel::pair();
    ASSERT_TRUE(feeds.attach(0, ours.release()));
    responders_[0] = std::move(theirs);
    loop_.turn(0);
    EXPECT_THAT(fed(0), ElementsAre("complete 1"));
    logged([&] {
        large.outcomes(set4("a", 7));
        for (std::uint32_t i = 0; i + 1 < journal::max_entries; ++i) {
            large.outcomes(set4("h" + std::to_string(i), 7));
        }
    });
    feeds.publish();
    EXPECT_EQ(fed(0).size(), journal::max_entries + ipc::max_followers);
}

// DuckDNS: a label below the domain, or a whole name
TEST_F(SeveralHostsOnChannels, MayBeNamedWithoutTheZone)
{
    for (const char* text : {"a", "A", "a.example.org"}) {
        ipc::Propose proposal = set4("a", 7);
        proposal.hosts = {*dns::Name::from_text(text)};
        proposal.names_may_be_relative = true;
        send(updater_, proposal);
    }
    turns();
    EXPECT_THAT(settled(), ElementsAre(Verdict::committed, Verdict::unchanged, Verdict::unchanged));
}

// The updater does not know the zone. A name outside of it counts as a guess, too.
TEST_F(SeveralHostsOnChannels, OutsideTheZoneHaveAVerdictOfTheirOwnWithTheZone)
{
    for (const char* text : {"a", "a.example.net", "org", "."}) {
        ipc::Propose proposal = set4("a", 7);
        proposal.hosts = {*dns::Name::from_text(text)};
        proposal.names_may_be_relative = std::string_view{text} == ".";
        send(updater_, proposal);
        turns();
        const auto messages = receive<ipc::KeeperToUpdater>(updater_);
        ASSERT_EQ(messages.size(), 1U) << text;
        const auto& outcome = std::get<ipc::Settled>(messages[0]);
        EXPECT_THAT(outcome.hosts, ElementsAre(ipc::HostOutcome{Verdict::outside_zone})) << text;
        ASSERT_TRUE(outcome.zone) << text;
        EXPECT_EQ(outcome.zone->get().to_text(), "example.org.");
    }
    EXPECT_EQ(fixture_.a("a"), "-");
    for (int i = 0; i < 6; ++i) {
        ipc::Propose proposal = set4("a", 7);
        proposal.hosts = {*dns::Name::from_text("other.example.net")};
        send(updater_, proposal);
    }
    turns();
    EXPECT_EQ(settled().back(), Verdict::unavailable);
}

} // namespace
