// A hostile child against the real keeper: the test holds the channels of the updater and of the responder
// and says what a process could that was broken into. What such a role tried, and what became of it:
//
// - updater: every unknown tag, every prefix of a proposal, bytes too many, 1024 to 60000 bytes, nothing:
//   cut off, accused.
// - updater: what only other edges say; values out of range; a compressed name: cut off, accused.
// - updater: the same id again and again: as many outcomes as proposals, each with that id.
// - updater: descriptors along with a proposal, one and two hundred: the kernel drops them, the proposal is
//   settled.
// - updater: proposals without end, and reads no outcome: it is not read from; the keeper answers others,
//   does not grow.
// - updater: other hosts' names with its token, static hosts, no token; a million names: refused, nothing
//   stored or grown.
// - responder: anything, a true proposal with it: cut off, accused, nothing changed.
// - responder: does not read its feed: the keeper goes on, and the feed is whole when it reads.
// - keeper: to the responder: hosts that there are not, garbage, nothing, half a record: it ends, to be
//   started again.
// - keeper: to the responder: Complete again and again, a serial that falls, known hosts: served: that is
//   the keeper's to say.
// - all: to the supervisor: unknown kinds, Ready again, accusations, nothing: hostile_in_daemon.cpp.
#include <algorithm>
#include <csignal>
#include <gtest/gtest.h>
#include <poll.h>

#include "proto/ipc/update.h"
#include "proto/ipc/zone_feed.h"
#include "tests/sandbox/hostile_records.h"
#include "tests/sandbox/locked_child.h"
#include "tests/support/daemon.h"

namespace
{

using privsep::Channel;
using privsep::Transfer;
using sandbox::ByteVector;
using sandbox::LockedChild;
using sandbox::propose;
using sandbox::record_of;

constexpr unsigned updater = 0; // LockedChild::peer()
constexpr unsigned responder = 1;

bool wait_for(const Channel& channel, short events)
{
    pollfd wait{channel.get(), events, 0};
    return ::poll(&wait, 1, static_cast<int>(std::chrono::milliseconds{support::patience}.count())) == 1;
}

bool reads_end(Channel& channel)
{
    ByteVector room(ipc::max_record);
    Transfer transfer = Transfer::done;
    while (transfer == Transfer::done && wait_for(channel, POLLIN)) {
        transfer = channel.receive_record(room).transfer;
    }
    return transfer == Transfer::closed;
}

/// A wrong token, or one guess too many.
bool is_refusal(const std::optional<ipc::Verdict>& verdict)
{
    return verdict == ipc::Verdict::refused || verdict == ipc::Verdict::unavailable;
}

class HostilePeer : public testing::Test
{
protected:
    void SetUp() override
    {
        testing::internal::CaptureStderr();
        keeper_.emplace("keeper");
        ASSERT_EQ(fed(), "complete");
        EXPECT_EQ(settle(propose("home", "secret", 1)), ipc::Verdict::committed);
        EXPECT_EQ(fed(), "192.0.2.1");
        state_ = state();
    }
    void TearDown() override
    {
        keeper_.reset();
        testing::internal::GetCapturedStderr();
    }

    std::string state() const { return keeper_->state(0) + keeper_->state(1); }
    Channel& peer(unsigned number) { return keeper_->peer(number); }
    void attach(unsigned number)
    {
        auto [ours, theirs] = Channel::pair();
        const ipc::Attach attach{number == updater ? ipc::Role::updater : ipc::Role::responder, 0};
        ASSERT_EQ(keeper_->control().send(attach, theirs.get()), Transfer::done);
        keeper_->peer(number) = std::move(ours);
    }
    /// The outcome of one proposal.
    std::optional<ipc::Verdict> settle(const ipc::Propose& proposal)
    {
        EXPECT_EQ(peer(updater).send_record(record_of<ipc::UpdaterToKeeper>(proposal)), Transfer::done);
        const auto settled = outcome();
        EXPECT_TRUE(settled && settled->id == proposal.id);
        return settled ? std::optional{settled->verdict} : std::nullopt;
    }
    std::optional<ipc::Settled> outcome()
    {
        ByteVector room(ipc::max_record);
        if (!wait_for(peer(updater), POLLIN)) {
            return std::nullopt;
        }
        const auto message = ipc::decode<ipc::KeeperToUpdater>(peer(updater).receive_record(room).record);
        return message ? std::optional{std::get<ipc::Settled>(*message)} : std::nullopt;
    }
    /// The next that the responder hears.
    std::string fed()
    {
        ByteVector room(ipc::max_record);
        if (!wait_for(peer(responder), POLLIN)) {
            return "nothing";
        }
        const auto message = ipc::decode<ipc::KeeperToResponder>(peer(responder).receive_record(room).record);
        const auto* records = message ? std::get_if<ipc::HostRecords>(&*message) : nullptr;
        return records == nullptr ? (message ? "complete" : "garbage") : base::to_text(*records->address4);
    }
    void expect_accused(ipc::Role whom)
    {
        const auto heard = keeper_->hear();
        const auto* accusation = heard ? std::get_if<ipc::PeerReport>(&*heard) : nullptr;
        ASSERT_NE(accusation, nullptr);
        EXPECT_EQ(accusation->role, whom);
        EXPECT_EQ(accusation->index, 0);
    }
    void expect_unharmed()
    {
        EXPECT_TRUE(keeper_->lives());
        EXPECT_TRUE(keeper_->answers());
        EXPECT_EQ(state(), state_);
    }
    /// The keeper still does for everybody what it is for.
    void expect_at_work()
    {
        static std::uint8_t last = 100;
        ++last;
        ipc::Propose proposal = propose("home", "secret", last);
        proposal.client = *base::parse_address("198.51.100.1"); // who guesses is heard less: this is another
        EXPECT_EQ(settle(proposal), ipc::Verdict::committed);
        EXPECT_EQ(fed(), "192.0.2." + std::to_string(last));
        state_ = state();
    }

    std::optional<LockedChild> keeper_;
    std::string state_;
};

// ARCHITECTURE, "Edges": "ends the channel: it is logged, and the peer is started again. Nothing is
// repaired."
TEST_F(HostilePeer, InTheUpdatersPlaceIsCutOffForEachRecordThatCanNotBeSaid)
{
    for (const auto& [name, record] : sandbox::bad_proposals()) {
        SCOPED_TRACE(name);
        ASSERT_EQ(peer(updater).send_record(record), Transfer::done);
        EXPECT_TRUE(reads_end(peer(updater)));
        expect_accused(ipc::Role::updater);
        expect_unharmed();
        attach(updater);
    }
    expect_at_work();
}

// What the supervisor says comes first, and what has come before that is settled still.
TEST_F(HostilePeer, InTheUpdatersPlaceGetsAllOutcomesBeforeTheKeeperEnds)
{
    constexpr std::uint8_t many = 200;
    ::kill(keeper_->pid(), SIGSTOP);
    for (std::uint8_t i = 1; i <= many; ++i) {
        const auto proposal = record_of<ipc::UpdaterToKeeper>(propose("home", "secret", i, i));
        ASSERT_EQ(peer(updater).send_record(proposal), Transfer::done);
    }
    ASSERT_EQ(keeper_->control().send(ipc::Quit{}), Transfer::done);
    ::kill(keeper_->pid(), SIGCONT);
    for (std::uint8_t i = 1; i <= many; ++i) {
        const auto settled = outcome();
        ASSERT_TRUE(settled) << static_cast<unsigned>(i);
        EXPECT_EQ(settled->id, ipc::RequestId{i});
    }
}

TEST_F(HostilePeer, InTheRespondersPlaceIsCutOffWhateverItSays)
{
    auto records = sandbox::bad_proposals();
    records.push_back({"a true proposal", record_of<ipc::UpdaterToKeeper>(propose("home", "secret", 66))});
    for (const auto& [name, record] : records) {
        SCOPED_TRACE(name);
        ASSERT_EQ(peer(responder).send_record(record), Transfer::done);
        EXPECT_TRUE(reads_end(peer(responder)));
        expect_accused(ipc::Role::responder);
        expect_unharmed();
        attach(responder);
        ASSERT_EQ(fed(), "192.0.2.1");
        ASSERT_EQ(fed(), "complete");
    }
    expect_at_work();
}

TEST_F(HostilePeer, GetsNothingByAnIdThatItUsedBefore)
{
    for (int i = 0; i < 300; ++i) {
        ASSERT_TRUE(is_refusal(settle(propose("office", "secret", 9, 7))));
    }
    expect_unharmed();
    expect_at_work();
}

TEST_F(HostilePeer, GetsNothingByNamesThatItsTokenDoesNotOwn)
{
    for (const char* host : {"office", "printer", "unknown", "home.home", "dyn", "*"}) {
        for (const char* token : {"secret", "", "Secret", "secret1", "secre", "x"}) {
            const std::string name = host;
            EXPECT_TRUE(is_refusal(settle(propose(name, token, 66)))) << name << ' ' << token;
        }
    }
    expect_unharmed();
    expect_at_work();
}

// uninvited descriptors: the keeper must not hold them
TEST_F(HostilePeer, LeavesNoDescriptorBehind)
{
    const std::size_t before = keeper_->descriptors();
    for (const std::size_t count : {1U, 2U, 200U}) {
        auto [ours, theirs] = Channel::pair();
        const auto record = record_of<ipc::UpdaterToKeeper>(propose("office", "wrong", 1));
        ASSERT_TRUE(sandbox::send_with_descriptors(peer(updater).get(), record, theirs.get(), count));
        theirs = Channel{};
        EXPECT_TRUE(is_refusal(outcome()->verdict));
        EXPECT_TRUE(reads_end(ours)) << "somebody holds the other end";
        EXPECT_EQ(keeper_->descriptors(), before);
        auto [more, others] = Channel::pair();
        ASSERT_TRUE(
            sandbox::send_with_descriptors(peer(responder).get(), ByteVector{1}, others.get(), count));
        others = Channel{};
        EXPECT_TRUE(reads_end(more));
        expect_accused(ipc::Role::responder);
        attach(responder);
        EXPECT_EQ(fed(), "192.0.2.1");
        EXPECT_EQ(fed(), "complete");
    }
    expect_unharmed();
    EXPECT_EQ(keeper_->descriptors(), before);
    expect_at_work();
}

// "The keeper changes nothing that the token does not own, never blocks, never grows, never dies"
TEST_F(HostilePeer, CanFloodWithoutReadingAndHoldsUpItselfAlone)
{
    const std::size_t before = keeper_->private_memory();
    std::size_t sent = 0;
    const ByteVector record = record_of<ipc::UpdaterToKeeper>(propose("office", "wrong", 1));
    for (int full = 0; full < 50;) {
        if (peer(updater).send_record(record) == Transfer::done) {
            ++sent;
            full = 0;
        } else {
            ++full;
            ASSERT_TRUE(keeper_->answers());
        }
        ASSERT_LT(sent, 100000U) << "all of it goes somewhere";
    }
    expect_unharmed();
    EXPECT_LE(keeper_->private_memory(), before + 262144);
    attach(responder); // others are served meanwhile
    EXPECT_EQ(fed(), "192.0.2.1");
    EXPECT_EQ(fed(), "complete");
    for (std::size_t i = 0; i < sent; ++i) {
        ASSERT_TRUE(outcome());
    }
    expect_at_work();
}

TEST_F(HostilePeer, CanNameAMillionHostsAndNothingGrows)
{
    constexpr std::size_t names = 1000000;
    ByteVector room(ipc::max_record);
    ByteVector record = record_of<ipc::UpdaterToKeeper>(propose("0000000", "secret", 66));
    const auto digits = std::search_n(record.begin(), record.end(), 7, '0');
    const std::size_t before = keeper_->private_memory();
    std::size_t sent = 0;
    for (std::size_t settled = 0; settled < names;) {
        while (sent < names && peer(updater).send_record(record) == Transfer::done) {
            std::string name = std::to_string(++sent);
            std::copy(name.begin(), name.end(), digits);
        }
        ASSERT_TRUE(wait_for(peer(updater), POLLIN));
        for (auto got = peer(updater).receive_record(room); got.transfer == Transfer::done;
             got = peer(updater).receive_record(room)) {
            const auto message = ipc::decode<ipc::KeeperToUpdater>(got.record);
            ASSERT_TRUE(is_refusal(std::get<ipc::Settled>(message.value()).verdict));
            ++settled;
        }
    }
    expect_unharmed();
    EXPECT_LE(keeper_->private_memory(), before + 262144);
    expect_at_work();
}

TEST_F(HostilePeer, InTheRespondersPlaceThatDoesNotReadHoldsUpNobody)
{
    const std::size_t before = keeper_->private_memory();
    for (unsigned i = 0; i < 3000; ++i) {
        ASSERT_EQ(settle(propose("home", "secret", static_cast<std::uint8_t>(2 + i % 2))),
                  ipc::Verdict::committed);
    }
    EXPECT_TRUE(keeper_->answers());
    EXPECT_LE(keeper_->private_memory(), before + 262144);
    EXPECT_EQ(settle(propose("home", "secret", 99)), ipc::Verdict::committed);
    std::string last;
    for (int i = 0; i < 3001 && last != "192.0.2.99"; ++i) {
        last = fed();
    }
    EXPECT_EQ(last, "192.0.2.99");
}

} // namespace
