// Prefixes of hosts, and the hosts that follow them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proto/ipc/change_line.h"
#include "tests/daemon/keeper/channels_fixture.h"

using namespace keeper;
using ipc::Verdict;
using testing::ElementsAre;
using testing::HasSubstr;

namespace
{

ipc::Follower follower(std::uint32_t index, const char* host, const char* suffix, bool has_leaders_a = false)
{
    return {ipc::HostIndex{index}, name_of(host), ipc::HostIndex{10}, *base::parse_address6(suffix),
            has_leaders_a};
}

/// Host a has a suffix and the followers nas, which has its own A records, and tv.
class Prefixes : public KeeperChannels
{
protected:
    Prefixes()
    {
        fixture_.accounts[0].suffix = *base::parse_address6("::1");
        fixture_.followers = {follower(50, "nas", "::2"), follower(51, "tv", "0:0:0:5::3", true)};
        start();
        attach_responder(0);
        turns();
        fed(0);
    }
    Verdict propose(const ipc::Propose& proposal)
    {
        Ledger& ledger = fixture_.ledger();
        ledger.begin_batch();
        ledger.propose(proposal, fixture_.now());
        const Verdict verdict = ledger.settle(fixture_.now()).at(0).hosts.at(0).verdict;
        turns();
        return verdict;
    }
};

TEST_F(Prefixes, MoveAHostAndItsFollowersInOneCommit)
{
    const std::size_t calls = fixture_.disk().calls;
    const std::string log = logged([&] { propose(set_prefix("a", "2001:db8::", 56)); });
    EXPECT_EQ(fixture_.disk().calls - calls, 2U);
    EXPECT_THAT(fed(0),
                ElementsAre("10 - 2001:db8::1 2", "50 - 2001:db8::2 keeps A 3", "51 - 2001:db8:0:5::3 4"));
    EXPECT_THAT(log, HasSubstr("a.example.org. AAAA 2001:db8::1, prefix 2001:db8::/56, with 2 followers "
                               "(nas.example.org., tv.example.org.), by dyndns2 from 203.0.113.9, serial 4"));
    attach_responder(1);
    turns();
    EXPECT_THAT(fed(1), testing::UnorderedElementsAre("10 - 2001:db8::1 4", "50 - 2001:db8::2 keeps A 4",
                                                      "51 - 2001:db8:0:5::3 4", "complete 4"));
}

// The log cuts a longer line, and nanodnsctl could not read it.
TEST_F(Prefixes, OfManyFollowersWithLongNamesAreLoggedInOneLine)
{
    const std::string label(63, 'n');
    const std::string name = label + '.' + label + '.' + label + '.' + std::string(48, 'n');
    fixture_.followers.assign(ipc::most_followers_named, follower(50, name.c_str(), "::2"));
    for (std::uint32_t i = 1; i < ipc::most_followers_named; ++i) {
        fixture_.followers[i] = follower(50 + i, (std::to_string(i) + name.substr(1)).c_str(), "::2");
    }
    start();
    std::string log = logged([&] { propose(set_prefix("a", "2001:db8::", 56)); });
    log.erase(0, log.find("a.example.org. AAAA "));
    log.resize(log.find('\n'));
    const auto line = ipc::read_change_line(log);
    ASSERT_TRUE(line) << log;
    EXPECT_EQ(line->all_followers, ipc::most_followers_named);
    EXPECT_EQ(line->followers.size(), ipc::most_followers_named - 1);
}

// the bits of a suffix before the end of the prefix do not count
TEST_F(Prefixes, OfAnotherLengthCoverTheSuffix)
{
    propose(set_prefix("a", "2001:db8::", 64));
    EXPECT_THAT(fed(0),
                ElementsAre("10 - 2001:db8::1 2", "50 - 2001:db8::2 keeps A 3", "51 - 2001:db8::3 4"));
}

TEST_F(Prefixes, MoveOnlyFollowersWhoseAddressesChange)
{
    propose(set_prefix("a", "2001:db8::", 64));
    fed(0);
    EXPECT_EQ(propose(set_prefix("a", "2001:db8::", 63)), Verdict::committed) << "the stored prefix changes";
    EXPECT_THAT(fed(0), ElementsAre("51 - 2001:db8:0:1::3 5")) << "::5 has the bit behind 63";
    EXPECT_EQ(propose(set_prefix("a", "2001:db8::", 63)), Verdict::unchanged);
    EXPECT_THAT(fed(0), ElementsAre());
}

TEST_F(Prefixes, OfALeaderGiveItsAToAFollowerThatWantsIt)
{
    propose(set4("a", 7));
    EXPECT_THAT(fed(0), ElementsAre("10 192.0.2.7 2", "51 192.0.2.7 3"));
    propose(set_prefix("a", "2001:db8::", 64));
    EXPECT_THAT(fed(0), ElementsAre("10 192.0.2.7 2001:db8::1 4", "50 - 2001:db8::2 keeps A 5",
                                    "51 192.0.2.7 2001:db8::3 6"));
}

// until then the follower has the leader's A records of the config
TEST_F(Prefixes, OfALeaderReplaceTheAOfAFollowerAtTheFirstUpdateEvenByNone)
{
    propose(set6("a", "2001:db8::9"));
    EXPECT_THAT(fed(0), ElementsAre("10 - 2001:db8::9 2", "51 - 3"));
    propose(set6("a", "2001:db8::8"));
    EXPECT_THAT(fed(0), ElementsAre("10 - 2001:db8::8 4"));
    attach_responder(1);
    turns();
    EXPECT_THAT(fed(1), testing::UnorderedElementsAre("10 - 2001:db8::8 4", "51 - 4", "complete 4"));
}

TEST_F(Prefixes, ExpireWithTheirHost)
{
    propose(set_prefix("a", "2001:db8::", 64));
    fed(0);
    fixture_.pass(3600 * 1000);
    const std::string log = logged([&] { EXPECT_TRUE(fixture_.ledger().expire(fixture_.now())); });
    turns();
    EXPECT_THAT(fed(0), ElementsAre("10 - 5", "50 - keeps A 6", "51 - 7"));
    EXPECT_THAT(log, HasSubstr("a.example.org. AAAA removed, prefix removed, with 2 followers"));
    EXPECT_FALSE(fixture_.data("a").prefix);
}

// a host that only leads has a lifetime, too
TEST_F(Prefixes, ExpireIfTheyAreAllThatAHostHas)
{
    propose(set_prefix("b", "2001:db8::", 64));
    EXPECT_FALSE(fixture_.state("b").has_address());
    EXPECT_TRUE(fixture_.data("b").prefix);
    fixture_.pass(3600 * 1000);
    fixture_.ledger().expire(fixture_.now());
    EXPECT_FALSE(fixture_.data("b").prefix);
    fixture_.start(0);
    EXPECT_FALSE(fixture_.data("b").prefix);
}

// followers are worked out: a start with another suffix moves them
TEST_F(Prefixes, AreReadAtAStartAndMoveFollowersThatHaveAnotherSuffix)
{
    propose(set_prefix("a", "2001:db8::", 64));
    fixture_.followers = {follower(50, "nas", "::22"), follower(52, "new", "::4")};
    start();
    attach_responder(0);
    turns();
    EXPECT_THAT(fed(0), testing::UnorderedElementsAre("10 - 2001:db8::1 4", "50 - 2001:db8::22 keeps A 4",
                                                      "52 - 2001:db8::4 keeps A 4", "complete 4"));
}

TEST_F(Prefixes, AreKeptWithTheRecordsOfAHostThatLeavesTheConfig)
{
    propose(set_prefix("b", "2001:db8::", 64));
    const std::vector<ipc::Account> all = fixture_.accounts;
    fixture_.accounts = {all[0], all[2]};
    logged([&] { fixture_.start(1000); });
    EXPECT_EQ(fixture_.ledger().departed().count(), 1U);
    fixture_.accounts = all;
    logged([&] { fixture_.start(1000); });
    EXPECT_EQ(fixture_.data("b").prefix, base::prefix_of(*base::parse_address6("2001:db8::"), 64));
}

TEST_F(Prefixes, AreTakenOnlyFromAHostWithAToken)
{
    Hosts hosts{base::SipKey{9}};
    ipc::Account leader = account(10, "a");
    leader.is_static = true;
    hosts.add(leader);
    EXPECT_FALSE(hosts.add(follower(50, "nas", "::2")));
    EXPECT_FALSE(hosts.add(ipc::Follower{ipc::HostIndex{50}, name_of("nas"), ipc::HostIndex{11}, {}, false}));
}

TEST_F(Prefixes, AreNamedInTheLogWithAFewOfManyFollowers)
{
    fixture_.followers.clear();
    for (std::uint32_t i = 0; i < ipc::max_followers; ++i) {
        fixture_.followers.push_back(follower(50 + i, ("f" + std::to_string(i)).c_str(), "::2"));
    }
    start();
    const std::string log = logged([&] { propose(set_prefix("a", "2001:db8::", 64)); });
    EXPECT_THAT(log, HasSubstr("with 256 followers (f0.example.org., f1.example.org., "));
    EXPECT_THAT(log, HasSubstr("f7.example.org., ...), by dyndns2 from"));
    EXPECT_EQ(fixture_.ledger().serial(), 258U);
}

} // namespace
