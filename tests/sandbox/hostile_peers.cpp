// A hostile child and the real keeper: the test holds the channels of the updater and the responder and sends
// what a compromised process could. The attacks and their results:
//
// - updater: every unknown tag, every prefix of a proposal, additional bytes, 1024 to 60000 bytes, an empty
//   record: disconnected and reported.
// - updater: messages of other channels; values out of range; a compressed name: disconnected and reported.
// - updater: the same id several times: one verdict per proposal, each with that id.
// - updater: one or two hundred descriptors with a proposal: the kernel drops them; disconnected and
// reported.
// - updater: proposals without end, without reading verdicts: the keeper stops reading from it, serves
//   others, and does not grow.
// - updater: other hosts' names with its token, static hosts, an empty token; a million names: refused, and
//   nothing is stored or grows.
// - updater: every prefix of a look, values out of range: disconnected and reported. Other hosts' names:
//   refused, and counted as guesses. Looks without end, without reading: as for proposals
//   (hostile_looks.cpp).
// - keeper: to the updater: an answer to no look, or a part of one: the updater exits (hostile_looks.cpp).
// - responder: anything, including a valid proposal: disconnected and reported, nothing changes.
// - responder: does not read its feed: the keeper continues, and the feed is complete when it reads again.
// - keeper: to the responder: hosts that do not exist, random bytes, an empty record, half a record: the
//   responder exits and is started again.
// - keeper: to the responder: Complete several times, a lower serial, known hosts: served, since these are
//   valid.
// - updater-tls: to the keyholder: every unknown tag, scheme and length, every prefix of a request, an empty
//   record, descriptors: disconnected and reported. Contents and algorithms of no handshake, more requests
//   than handshakes are accepted: nothing is signed (hostile_updater_tls.cpp).
// - keyholder: to the updater-tls: an invalid record: the updater-tls exits and is started again
//   (hostile_in_daemon.cpp).
// - console: to the keeper: every unknown tag, every prefix of a request, additional bytes, 60000 bytes, an
//   empty record, values out of range, descriptors: disconnected and reported. Hosts that no update changes,
//   addresses that no host has, places and pages that there are not: answered, and nothing is stored.
//   Requests without end, without reading: the keeper stops reading from it, serves others, and does not grow
//   (hostile_console.cpp).
// - console: to the supervisor: more reloads and changes of the verbosity than there may be: these have no
//   effect. Requests whose answers it does not read: killed, and started again. Its requests by other
//   children: these are killed (hostile_in_daemon.cpp).
// - clients of the control socket: each request cut and longer, random bytes, records of any length, floods,
//   more clients than there is room for, descriptors, clients that read nothing: they are disconnected, and
//   the console serves others and does not grow (hostile_clients.cpp).
// - all: to the supervisor: unknown types, a second Ready, reports of peers, an empty record:
//   hostile_in_daemon.cpp.
#include <algorithm>
#include <csignal>
#include <gtest/gtest.h>
#include <poll.h>

#include "proto/ipc/update.h"
#include "proto/ipc/zone_feed.h"
#include "tests/sandbox/hostile_records.h"
#include "tests/sandbox/locked_child.h"
#include "tests/support/daemon.h"
#include "tests/support/send_descriptors.h"

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

bool is_disconnected(Channel& channel)
{
    ByteVector room(ipc::max_record);
    Transfer transfer = Transfer::done;
    while (transfer == Transfer::done && wait_for(channel, POLLIN)) {
        transfer = channel.receive_record(room).transfer;
    }
    return transfer == Transfer::closed;
}

/// A wrong token, or blocked after too many wrong tokens.
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
    /// The verdict on one proposal.
    std::optional<ipc::Verdict> settle(const ipc::Propose& proposal)
    {
        EXPECT_EQ(peer(updater).send_record(record_of<ipc::UpdaterToKeeper>(proposal)), Transfer::done);
        const auto settled = outcome();
        EXPECT_TRUE(settled && settled->id == proposal.id);
        return settled ? std::optional{settled->hosts.at(0).verdict} : std::nullopt;
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
    /// The next message to the responder.
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
    void expect_reported(ipc::Role role)
    {
        const auto heard = keeper_->hear();
        const auto* report = heard ? std::get_if<ipc::PeerReport>(&*heard) : nullptr;
        ASSERT_NE(report, nullptr);
        EXPECT_EQ(report->role, role);
        EXPECT_EQ(report->index, 0);
    }
    void expect_unharmed()
    {
        EXPECT_TRUE(keeper_->lives());
        EXPECT_TRUE(keeper_->answers());
        EXPECT_EQ(state(), state_);
    }
    /// The keeper still works for all peers.
    void expect_at_work()
    {
        static std::uint8_t last = 100;
        ++last;
        ipc::Propose proposal = propose("home", "secret", last);
        proposal.client = *base::parse_address("198.51.100.1"); // another client, which is not blocked
        EXPECT_EQ(settle(proposal), ipc::Verdict::committed);
        EXPECT_EQ(fed(), "192.0.2." + std::to_string(last));
        state_ = state();
    }

    std::optional<LockedChild> keeper_;
    std::string state_;
};

// an invalid record closes the channel, is logged, and the peer is started again
TEST_F(HostilePeer, AsTheUpdaterIsDisconnectedForEachInvalidRecord)
{
    for (const auto& [name, record] : sandbox::bad_proposals()) {
        SCOPED_TRACE(name);
        ASSERT_EQ(peer(updater).send_record(record), Transfer::done);
        EXPECT_TRUE(is_disconnected(peer(updater)));
        expect_reported(ipc::Role::updater);
        expect_unharmed();
        attach(updater);
    }
    expect_at_work();
}

// The supervisor's messages are handled first, but proposals that arrived before are still settled.
TEST_F(HostilePeer, AsTheUpdaterGetsAllVerdictsBeforeTheKeeperExits)
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

TEST_F(HostilePeer, AsTheResponderIsDisconnectedForAnyMessage)
{
    auto records = sandbox::bad_proposals();
    records.push_back({"a valid proposal", record_of<ipc::UpdaterToKeeper>(propose("home", "secret", 66))});
    for (const auto& [name, record] : records) {
        SCOPED_TRACE(name);
        ASSERT_EQ(peer(responder).send_record(record), Transfer::done);
        EXPECT_TRUE(is_disconnected(peer(responder)));
        expect_reported(ipc::Role::responder);
        expect_unharmed();
        attach(responder);
        ASSERT_EQ(fed(), "192.0.2.1");
        ASSERT_EQ(fed(), "complete");
    }
    expect_at_work();
}

TEST_F(HostilePeer, GainsNothingByReusingAnId)
{
    for (int i = 0; i < 300; ++i) {
        ASSERT_TRUE(is_refusal(settle(propose("office", "secret", 9, 7))));
    }
    expect_unharmed();
    expect_at_work();
}

TEST_F(HostilePeer, GainsNothingByNamesThatItsTokenIsNotFor)
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

// the keeper must not hold descriptors that it did not ask for
TEST_F(HostilePeer, LeavesNoDescriptorBehind)
{
    const std::size_t before = keeper_->descriptors();
    for (const std::size_t count : {1U, 2U, 200U}) {
        auto [ours, theirs] = Channel::pair();
        const auto record = record_of<ipc::UpdaterToKeeper>(propose("office", "wrong", 1));
        ASSERT_TRUE(support::send_with_descriptors(peer(updater).get(), record, theirs.get(), count));
        theirs = Channel{};
        EXPECT_TRUE(is_disconnected(ours)) << "a process holds the other end";
        expect_reported(ipc::Role::updater);
        attach(updater);
        auto [more, others] = Channel::pair();
        ASSERT_TRUE(
            support::send_with_descriptors(peer(responder).get(), ByteVector{1}, others.get(), count));
        others = Channel{};
        EXPECT_TRUE(is_disconnected(more));
        expect_reported(ipc::Role::responder);
        attach(responder);
        EXPECT_EQ(fed(), "192.0.2.1");
        EXPECT_EQ(fed(), "complete");
    }
    expect_unharmed();
    EXPECT_EQ(keeper_->descriptors(), before);
    expect_at_work();
}

// The keeper changes nothing for which the token is wrong, never blocks, never grows and never dies.
TEST_F(HostilePeer, CanSendWithoutReadingAndDelaysOnlyItself)
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
        ASSERT_LT(sent, 100000U) << "the keeper must stop reading";
    }
    expect_unharmed();
    EXPECT_LE(keeper_->private_memory(), before + 262144);
    attach(responder); // other peers are served meanwhile
    EXPECT_EQ(fed(), "192.0.2.1");
    EXPECT_EQ(fed(), "complete");
    for (std::size_t i = 0; i < sent; ++i) {
        ASSERT_TRUE(outcome());
    }
    expect_at_work();
}

TEST_F(HostilePeer, CanNameAMillionHostsWithoutMakingTheKeeperGrow)
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
            ASSERT_TRUE(is_refusal(std::get<ipc::Settled>(message.value()).hosts.at(0).verdict));
            ++settled;
        }
    }
    expect_unharmed();
    EXPECT_LE(keeper_->private_memory(), before + 262144);
    expect_at_work();
}

TEST_F(HostilePeer, AsAResponderThatDoesNotReadDelaysNoOtherPeer)
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
