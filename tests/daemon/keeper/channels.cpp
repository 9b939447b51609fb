// The keeper's channels: slow, hostile and dead peers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>

#include "tests/daemon/keeper/channels_fixture.h"

using namespace keeper;
using ipc::Verdict;
using privsep::Channel;
using privsep::Transfer;
using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(KeeperChannels, FeedTheZoneAndThenEachChange)
{
    fixture_.propose(set4("a", 1)); // serial 2
    fixture_.propose(set4("b", 2)); // serial 3
    attach_responder(0);
    turns();
    EXPECT_EQ(fed(0), (Lines{"10 192.0.2.1 3", "11 192.0.2.2 3", "complete 3"}));
    send(updater_, set4("b", 9));
    turns();
    EXPECT_EQ(fed(0), (Lines{"11 192.0.2.9 4"}));
    EXPECT_EQ(settled(), (std::vector{Verdict::committed}));
    turns();
    EXPECT_TRUE(fed(0).empty());
}

TEST_F(KeeperChannels, FeedAnEmptyZone)
{
    attach_responder(1);
    turns();
    EXPECT_EQ(fed(1), (Lines{"complete 1"}));
}

// each proposal gets exactly one verdict, in any order
TEST_F(KeeperChannels, SettleEachProposalThatWasReadTogether)
{
    for (std::uint32_t i = 0; i < 100; ++i) {
        send(updater_, set4(i % 2 == 0 ? "a" : "unknown", static_cast<std::uint8_t>(i), i));
    }
    turns(1);
    EXPECT_EQ(settled().size(), Ledger::max_batch);
    turns(1);
    EXPECT_EQ(settled().size(), 100 - Ledger::max_batch);
    EXPECT_EQ(fixture_.ledger().serial(), 51U);
}

// a client that is told "good" and sends a query at once must get the new address
TEST_F(KeeperChannels, TellTheRespondersBeforeTheUpdater)
{
    attach_responder(0);
    turns();
    fed(0);
    send(updater_, set4("a", 1));
    loop_.turn(0);
    EXPECT_EQ(settled().size(), 1U);
    EXPECT_EQ(fed(0).size(), 1U);
}

TEST_F(KeeperChannels, DoNotFeedUpdatesThatChangeNothing)
{
    attach_responder(0);
    turns();
    fed(0);
    send(updater_, set4("a", 1));
    send(updater_, set4("a", 1));
    ipc::Propose wrong = set4("a", 5);
    wrong.token = *base::Token::from("guess");
    send(updater_, wrong);
    turns();
    EXPECT_EQ(settled(), (std::vector{Verdict::committed, Verdict::unchanged, Verdict::refused}));
    turns();
    EXPECT_EQ(fed(0), (Lines{"10 192.0.2.1 2"}));
}

// a responder that does not read blocks nothing, and gets only the newest records
TEST_F(KeeperChannels, CoalesceChangesForASlowResponder)
{
    attach_responder(0);
    attach_responder(1);
    turns();
    fed(0);
    fed(1);
    constexpr std::array hosts{"a", "b", "c"};
    testing::internal::CaptureStderr();
    const auto change = [&](const char* host, int number) {
        fixture_.ledger().begin_batch();
        fixture_.ledger().propose(set4(host, static_cast<std::uint8_t>(number % 250)), fixture_.now());
        fixture_.ledger().settle(fixture_.now());
        feeds_->publish();
        fed(1); // reads all
    };
    for (int i = 0; i < 21000; ++i) {
        change(hosts[static_cast<std::size_t>(i) % hosts.size()], i);
    }
    for (const char* last : {"b", "a", "c"}) { // at least one of them moves in the queue
        change(last, 77);
    }
    testing::internal::GetCapturedStderr();
    Lines all;
    for (Lines some = fed(0); !some.empty(); some = fed(0)) {
        all.insert(all.end(), some.begin(), some.end());
        turns();
    }
    EXPECT_LT(all.size(), 5000U);
    ASSERT_GE(all.size(), 3U);
    EXPECT_EQ((Lines{all.end() - 3, all.end()}),
              (Lines{"11 192.0.2.77 21002", "10 192.0.2.77 21003", "12 192.0.2.77 21004"}));
    std::uint32_t last = 0;
    for (const std::string& line : all) { // the serials only grow
        const auto serial = static_cast<std::uint32_t>(std::stoul(line.substr(line.rfind(' ') + 1)));
        EXPECT_GT(serial, last);
        last = serial;
    }
}

TEST_F(KeeperChannels, FeedALargeZoneToANewResponder)
{
    fixture_.accounts.clear();
    for (std::uint32_t i = 0; i < 3000; ++i) {
        fixture_.accounts.push_back(account(i, "h" + std::to_string(i)));
    }
    testing::internal::CaptureStderr();
    feeds_.reset();
    proposals_.reset();
    LedgerFixture large;
    large.accounts = fixture_.accounts;
    large.start(0);
    for (std::uint32_t i = 0; i < 3000; ++i) {
        large.propose(set4("h" + std::to_string(i), 1));
    }
    testing::internal::GetCapturedStderr();
    Feeds feeds{loop_, large.ledger(), 1, report_peer_};
    auto [ours, theirs] = Channel::pair();
    ASSERT_TRUE(feeds.attach(0, ours.release()));
    responders_[0] = std::move(theirs);
    Lines all;
    for (int i = 0; i < 100; ++i) {
        loop_.turn(0);
        const Lines some = fed(0);
        all.insert(all.end(), some.begin(), some.end());
    }
    ASSERT_EQ(all.size(), 3001U);
    EXPECT_EQ(all.back(), "complete 3001");
    EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), 3001U);
}

// A block is effective within one batch, and a blocked update is not stored.
// An updater that was broken into forges the addresses of all clients, to block them.
// The client is told no more than that it was refused; what the log tells is found out after the verdict.
TEST_F(KeeperChannels, StartAgainWithANewResponder)
{
    fixture_.propose(set4("a", 1));
    attach_responder(0);
    turns();
    Channel old = std::move(responders_[0]);
    attach_responder(0);
    turns();
    EXPECT_TRUE(is_disconnected(old));
    EXPECT_EQ(fed(0), (Lines{"10 192.0.2.1 2", "complete 2"}));
    auto [ours, theirs] = Channel::pair();
    EXPECT_FALSE(feeds_->attach(2, ours.release()));
}

// an invalid record closes the channel and is logged
TEST_F(KeeperChannels, DisconnectAResponderThatSendsAMessage)
{
    const ByteVector whole{2, 0, 0, 0, 1};
    for (const std::size_t size : {std::size_t{1}, whole.size()}) {
        attach_responder(0);
        attach_responder(1);
        turns();
        fed(1);
        responders_[0].send_record(base::Bytes{whole}.first(size));
        testing::internal::CaptureStderr();
        turns();
        EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("responder 0 sent a message"));
        EXPECT_TRUE(is_disconnected(responders_[0]));
        ASSERT_FALSE(reported_.empty());
        EXPECT_EQ(reported_.back().role, ipc::Role::responder);
        EXPECT_EQ(reported_.back().index, 0);
        fixture_.propose(set4("a", static_cast<std::uint8_t>(size)));
        EXPECT_FALSE(is_disconnected(responders_[1]));
    }
}

TEST_F(KeeperChannels, DisconnectAnUpdaterThatSendsAnInvalidMessage)
{
    ByteVector room(ipc::max_record);
    const base::Bytes good = ipc::encode(ipc::UpdaterToKeeper{set4("a", 1)}, room);
    std::vector<ByteVector> bad{{0},
                                {2, 0, 0, 0, 1, 1},
                                ByteVector(good.begin(), good.end() - 1),
                                ByteVector(1025, 1),
                                ByteVector(60000, 1)};
    ByteVector longer(good.begin(), good.end());
    longer.push_back(0);
    bad.push_back(longer);
    for (const ByteVector& record : bad) {
        attach_updater();
        ASSERT_EQ(updater_.send_record(record), Transfer::done);
        testing::internal::CaptureStderr();
        turns();
        EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("the updater sent an invalid message"));
        EXPECT_TRUE(is_disconnected(updater_));
        EXPECT_FALSE(proposals_->is_attached());
        ASSERT_FALSE(reported_.empty());
        EXPECT_EQ(reported_.back().role, ipc::Role::updater);
    }
    EXPECT_EQ(reported_.size(), bad.size());
    EXPECT_EQ(fixture_.ledger().serial(), 1U);
}

TEST_F(KeeperChannels, SettleProposalsBeforeAnInvalidRecord)
{
    send(updater_, set4("a", 1));
    updater_.send_record(ByteVector{9});
    testing::internal::CaptureStderr();
    turns();
    testing::internal::GetCapturedStderr();
    EXPECT_EQ(fixture_.a("a"), "192.0.2.1");
}

TEST_F(KeeperChannels, TakeNoDescriptorFromTheUpdater)
{
    ByteVector room(ipc::max_record);
    auto [ours, theirs] = Channel::pair();
    updater_.send_record(ipc::encode(ipc::UpdaterToKeeper{set4("a", 1)}, room), theirs.get());
    theirs = Channel{};
    testing::internal::CaptureStderr();
    turns();
    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("the updater sent an invalid message"));
    EXPECT_TRUE(is_disconnected(ours)); // no process holds the other end
}

// an updater that sends without reading: memory stays bounded, and all proposals are settled once it reads
TEST_F(KeeperChannels, StopReadingFromAnUpdaterThatDoesNotRead)
{
    ByteVector room(ipc::max_record);
    ipc::Propose unknown = set4("unknown", 1);
    std::size_t sent = 0;
    testing::internal::CaptureStderr();
    for (int idle = 0; idle < 3;) {
        unknown.id = ipc::RequestId{static_cast<std::uint32_t>(sent)};
        if (updater_.send_record(ipc::encode(ipc::UpdaterToKeeper{unknown}, room)) == Transfer::done) {
            ++sent;
            idle = 0;
        } else {
            loop_.turn(0);
            ++idle;
        }
        ASSERT_LT(sent, 1000000U);
    }
    epoll_event event{};
    EXPECT_EQ(::epoll_wait(loop_.get(), &event, 1, 0), 0) << "it would spin";
    std::size_t outcomes = 0;
    for (int i = 0; i < 10000 && outcomes < sent; ++i) {
        outcomes += settled().size();
        loop_.turn(0);
    }
    testing::internal::GetCapturedStderr();
    EXPECT_EQ(outcomes, sent);
    send(updater_, set4("a", 1));
    turns();
    EXPECT_EQ(settled(), (std::vector{Verdict::committed}));
}

TEST_F(KeeperChannels, OutliveTheirPeers)
{
    attach_responder(0);
    turns();
    send(updater_, set4("a", 1));
    updater_ = Channel{}; // exits after its request
    responders_[0] = Channel{};
    turns();
    EXPECT_EQ(fixture_.a("a"), "192.0.2.1"); // the request is done although the updater is gone
    EXPECT_FALSE(proposals_->is_attached());
    attach_updater();
    attach_responder(0);
    turns();
    send(updater_, set4("a", 2));
    turns();
    EXPECT_EQ(settled(), (std::vector{Verdict::committed}));
    EXPECT_EQ(fed(0), (Lines{"10 192.0.2.1 2", "complete 2", "10 192.0.2.2 3"}));
}
