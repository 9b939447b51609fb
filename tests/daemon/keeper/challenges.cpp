// TXT records at _acme-challenge.HOST.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/common/challenge_account.h"
#include "tests/daemon/keeper/channels_fixture.h"

using namespace keeper;
using ipc::TxtChange;
using ipc::Verdict;
using testing::ElementsAre;
using testing::HasSubstr;

namespace
{

constexpr std::int64_t hour = 3600 * 1000;

/// The token of host a sets its challenge, and so does a key. Host b has neither. www is static, with a key.
class Challenges : public KeeperChannels
{
protected:
    Challenges()
    {
        fixture_.accounts[0].token_sets_challenge = true;
        fixture_.accounts[0].challenge_keys = {key_hash()};
        fixture_.accounts.push_back(account(13, "www"));
        fixture_.accounts.back().token = {};
        fixture_.accounts.back().is_static = true;
        fixture_.accounts.back().challenge_keys = {key_hash()};
        start();
        attach_responder(0);
        turns();
        fed(0);
    }
    static base::TokenHash key_hash() { return common::hash_token(*base::Token::from("key"), ipc::Salt{77}); }
    Verdict propose(const ipc::Propose& proposal)
    {
        Ledger& ledger = fixture_.ledger();
        ledger.begin_batch();
        ledger.propose(proposal, fixture_.now());
        const Verdict verdict = ledger.settle(fixture_.now()).at(0).hosts.at(0).verdict;
        turns();
        return verdict;
    }
    /// Over the channel, so with the log of refusals, but with the real clock.
    Verdict ask(const ipc::Propose& proposal)
    {
        send(updater_, proposal);
        turns();
        const auto verdicts = settled();
        return verdicts.size() == 1 ? verdicts[0] : Verdict::unavailable;
    }
    Verdict propose(char letter, TxtChange change = TxtChange::set)
    {
        return propose(set_txt("a", letter, change));
    }
    static ipc::Propose by_account(const char* host, const char* key, char letter)
    {
        ipc::Propose proposal = set_txt(host, letter);
        proposal.account = common::challenge_account(name_of(host));
        proposal.hosts.clear();
        proposal.token = *base::Token::from(key);
        return proposal;
    }
    std::string values(const char* host = "a") const
    {
        std::string letters;
        const HostData data = fixture_.data(host);
        for (const journal::ChallengeValue& value : data.challenge.values()) {
            letters += static_cast<char>(value.text[0]);
        }
        return letters;
    }
    void expire()
    {
        while (fixture_.ledger().expire(fixture_.now())) {}
        turns();
    }
};

// a name and its wildcard in one certificate
TEST_F(Challenges, KeepTheTwoNewestValues)
{
    EXPECT_EQ(propose('x'), Verdict::committed);
    EXPECT_EQ(propose('y'), Verdict::committed);
    EXPECT_EQ(propose('z'), Verdict::committed);
    EXPECT_EQ(values(), "yz");
    EXPECT_THAT(fed(0), ElementsAre("10 TXT x 2", "10 TXT x y 3", "10 TXT y z 4"));
    attach_responder(1);
    turns();
    EXPECT_THAT(fed(1), ElementsAre("10 TXT y z 4", "complete 4"));
}

TEST_F(Challenges, AreOnlySentOnceMoreIfTheResponderIsSlow)
{
    for (const char letter : {'x', 'y'}) {
        send(updater_, set_txt("a", letter));
    }
    send(updater_, set4("a", 7));
    turns();
    EXPECT_THAT(fed(0), ElementsAre("10 TXT x y 3", "10 192.0.2.7 4"));
}

TEST_F(Challenges, AreUnchangedByAValueThatIsThereWhoseHourStartsAgain)
{
    propose('x');
    fixture_.pass(hour / 2);
    EXPECT_EQ(propose('x'), Verdict::unchanged);
    EXPECT_THAT(fed(0), ElementsAre("10 TXT x 2"));
    fixture_.pass(hour / 2);
    expire();
    EXPECT_EQ(values(), "x");
    fixture_.pass(hour / 2);
    expire();
    EXPECT_EQ(values(), "");
}

TEST_F(Challenges, ExpireEachAnHourAfterItWasSet)
{
    propose('x');
    fixture_.pass(hour / 2);
    propose('y');
    fed(0);
    EXPECT_EQ(fixture_.ledger().next_timeout_ms(fixture_.now()), 60000);
    fixture_.pass(hour / 2);
    EXPECT_EQ(fixture_.ledger().next_timeout_ms(fixture_.now()), 0);
    const std::string log = logged([&] { expire(); });
    EXPECT_THAT(fed(0), ElementsAre("10 TXT y 4"));
    EXPECT_THAT(log, HasSubstr("a.example.org. TXT xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx removed, its "
                               "lifetime expired, serial 4"));
    EXPECT_EQ(fixture_.ledger().counters().expired, 0U) << "these are hosts";
    start();
    EXPECT_EQ(values(), "y");
    fixture_.pass(hour / 2);
    expire();
    fixture_.start(0);
    EXPECT_EQ(values(), "");
}

TEST_F(Challenges, RemoveAValueOrAllWithSuccessAlsoIfNoneIsThere)
{
    EXPECT_EQ(propose('x', TxtChange::remove), Verdict::unchanged);
    EXPECT_EQ(propose('x', TxtChange::clear), Verdict::unchanged);
    propose('x');
    propose('y');
    EXPECT_EQ(propose('x', TxtChange::remove), Verdict::committed);
    EXPECT_EQ(values(), "y");
    propose('z');
    EXPECT_EQ(propose('x', TxtChange::clear), Verdict::committed);
    EXPECT_EQ(values(), "");
    EXPECT_THAT(fed(0).back(), HasSubstr("10 TXT 6"));
}

// A value may say what the config does not: that the host's addresses are those of the config.
TEST_F(Challenges, DoNotTouchTheAddressesNorTheirLifetime)
{
    propose('x');
    EXPECT_FALSE(fixture_.state("a").updated);
    fixture_.start(0);
    EXPECT_FALSE(fixture_.state("a").updated);
    start();
    propose(set4("a", 7));
    const base::UnixTime expires = fixture_.state("a").expires;
    fixture_.pass(1000);
    propose('y');
    EXPECT_EQ(fixture_.state("a").expires, expires);
    EXPECT_EQ(fixture_.a("a"), "192.0.2.7");
    fixture_.pass(hour - 1000);
    expire();
    EXPECT_EQ(fixture_.a("a"), "-");
    EXPECT_EQ(values(), "y");
}

TEST_F(Challenges, ChangeTogetherWithAnAddress)
{
    ipc::Propose both = set_txt("a", 'x');
    both.ipv4 = {ipc::Change::set, {{192, 0, 2, 7}}};
    EXPECT_EQ(propose(both), Verdict::committed);
    EXPECT_THAT(fed(0), ElementsAre("10 192.0.2.7 2", "10 TXT x 3"));
}

TEST_F(Challenges, AreOpenedByAKeyThatOpensNothingElse)
{
    ipc::Propose by_key = set_txt("a", 'x');
    by_key.token = *base::Token::from("key");
    EXPECT_EQ(propose(by_key), Verdict::committed);
    by_key.ipv4 = {ipc::Change::set, {{192, 0, 2, 7}}};
    EXPECT_EQ(propose(by_key), Verdict::refused);
    ipc::Propose address = set4("a", 7);
    address.token = *base::Token::from("key");
    EXPECT_EQ(propose(address), Verdict::refused);
    EXPECT_EQ(fixture_.a("a"), "-");
}

TEST_F(Challenges, AreOpenedByAnAccountWithItsKeyAlone)
{
    EXPECT_EQ(propose(by_account("a", "key", 'x')), Verdict::committed);
    EXPECT_EQ(values(), "x");
    EXPECT_EQ(propose(by_account("a", "secret", 'y')), Verdict::refused) << "a token is no key of an account";
    EXPECT_EQ(propose(by_account("b", "key", 'y')), Verdict::refused);
    ipc::Propose mixed = by_account("a", "key", 'y');
    mixed.account->subdomain = common::challenge_account(name_of("www")).subdomain;
    EXPECT_EQ(propose(mixed), Verdict::refused);
    ipc::Propose greedy = by_account("a", "key", 'y');
    greedy.ipv4 = {ipc::Change::set, {{192, 0, 2, 7}}};
    EXPECT_EQ(propose(greedy), Verdict::refused);
    EXPECT_EQ(values(), "x");
}

TEST_F(Challenges, AreRefusedIfTheHostHasNone)
{
    const std::string log = logged([&] { EXPECT_EQ(ask(set_txt("b", 'x')), Verdict::refused); });
    EXPECT_THAT(log, HasSubstr("refused a challenge of b.example.org. from 203.0.113.9: the host has neither "
                               "acme=yes nor an acme_hash=\n"));
    EXPECT_EQ(values("b"), "");
}

TEST_F(Challenges, OfAnAccountAreNamedInTheLogByIt)
{
    EXPECT_THAT(
        logged([&] { ask(by_account("a", "wrong", 'x')); }),
        testing::ContainsRegex("refused a challenge of the account [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-"
                               "[0-9a-f]{4}-[0-9a-f]{12} from 203.0.113.9: wrong key"));
    EXPECT_THAT(logged([&] { ask(by_account("b", "key", 'x')); }), HasSubstr(": unknown account\n"));
}

TEST_F(Challenges, OfAStaticHostAreAllThatCanBeUpdated)
{
    EXPECT_EQ(propose(by_account("www", "key", 'x')), Verdict::committed);
    EXPECT_EQ(values("www"), "x");
    for (const char* secret : {"key", "secret"}) {
        ipc::Propose address = set4("www", 7);
        address.token = *base::Token::from(secret);
        EXPECT_EQ(propose(address), Verdict::refused);
    }
    EXPECT_THAT(fed(0), ElementsAre("13 TXT x 2"));
    fixture_.start(0);
    EXPECT_EQ(values("www"), "x");
    EXPECT_FALSE(fixture_.state("www").updated);
}

// the addresses of a host that becomes static stay, as those of a departed host
TEST_F(Challenges, OfAHostThatBecomesStaticStayAndItsAddressesAreKept)
{
    propose(set4("a", 7));
    propose('x');
    const std::vector<ipc::Account> all = fixture_.accounts;
    fixture_.accounts[0].is_static = true;
    logged([&] { fixture_.start(1000); });
    EXPECT_EQ(values(), "x");
    EXPECT_FALSE(fixture_.state("a").updated);
    EXPECT_EQ(fixture_.ledger().departed().count(), 1U);
    logged([&] { fixture_.start(1000); });
    EXPECT_EQ(values(), "x");
    fixture_.accounts = all;
    logged([&] { fixture_.start(1000); });
    EXPECT_EQ(fixture_.a("a"), "192.0.2.7");
    EXPECT_EQ(values(), "x");
}

TEST_F(Challenges, AreDroppedIfTheConfigDoesNotAllowThemAnyMore)
{
    propose('x');
    fixture_.accounts[0].token_sets_challenge = false;
    fixture_.accounts[0].challenge_keys.clear();
    fixture_.start(0);
    EXPECT_EQ(values(), "");
}

// an updater that was broken into may send anything
TEST_F(Challenges, AreUnsuitableIfAValueIsNotBase64url)
{
    for (const char wrong : {'+', '/', '=', '.', '@', '[', '`', '{', '\0', '\x7F', '\xC1'}) {
        ipc::Propose proposal = set_txt("a", 'x');
        proposal.value[42] = static_cast<std::uint8_t>(wrong);
        EXPECT_EQ(propose(proposal), Verdict::unsuitable) << wrong;
    }
    for (const char right : {'A', 'Z', 'a', 'z', '0', '9', '-', '_'}) {
        ipc::Propose proposal = set_txt("a", 'x');
        proposal.value[42] = static_cast<std::uint8_t>(right);
        EXPECT_EQ(propose(proposal), Verdict::committed) << right;
    }
}

// the address of the last update stays the known one
TEST_F(Challenges, DoNotMakeTheirClientKnown)
{
    ask(set4("a", 7));
    ipc::Propose txt = set_txt("a", 'x');
    txt.client = *base::parse_address("198.51.100.99");
    EXPECT_EQ(ask(txt), Verdict::committed);
    send_guesses("a", 6, "198.51.100.99");
    turns();
    EXPECT_EQ(settled().back(), Verdict::unavailable);
    EXPECT_EQ(ask(set4("a", 8)), Verdict::committed) << "the owner has a bucket of its own";
}

} // namespace
