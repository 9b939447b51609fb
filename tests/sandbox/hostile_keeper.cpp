// A hostile keeper and a real responder: the test holds the other end of its feed. hostile_peers.cpp has the
// list of all attacks.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>

#include "proto/ipc/zone_feed.h"
#include "tests/sandbox/hostile_records.h"
#include "tests/sandbox/locked_child.h"
#include "tests/support/daemon.h"
#include "tests/support/send_descriptors.h"

namespace
{

using sandbox::ByteVector;
using sandbox::LockedChild;
using sandbox::NamedRecord;
using sandbox::record_of;

const ByteVector question{0,   1,   0,   0,   0,   1,   0,   0,   0, 0,   0,   0,   4,
                          'h', 'o', 'm', 'e', 3,   'd', 'y', 'n', 7, 'e', 'x', 'a', 'm',
                          'p', 'l', 'e', 3,   'o', 'r', 'g', 0,   0, 1,   0,   1};

/// The address in its answer for home; "none" or "silence" if there is none.
std::string answer(const LockedChild& responder)
{
    const auto client = support::connect_udp(responder.port());
    support::send_all(client.get(), std::string(question.begin(), question.end()));
    const auto reply = support::receive(client.get());
    constexpr std::size_t counts = 7; // the low byte of the count of answers
    if (!reply || reply->size() <= question.size() || reply->at(counts) != 1) {
        return reply ? "none" : "silence";
    }
    const std::size_t data = question.size() + 12; // after a pointer, type, class, TTL and length
    std::string text;
    for (std::size_t i = data; i < data + 4; ++i) {
        text += (i == data ? "" : ".") + std::to_string(static_cast<unsigned char>(reply->at(i)));
    }
    return text;
}

ipc::HostRecords home(std::uint8_t last, std::uint32_t index = 0)
{
    return {ipc::HostIndex{index}, 2, base::Address4{{192, 0, 2, last}}, std::nullopt};
}

class HostileKeeper : public testing::Test
{
protected:
    void SetUp() override { testing::internal::CaptureStderr(); }
    void TearDown() override { testing::internal::GetCapturedStderr(); }
    static void send_bytes(LockedChild& responder, const ByteVector& record)
    {
        ASSERT_EQ(responder.peer(0).send_record(record), privsep::Transfer::done);
    }
    static void send(LockedChild& responder, const ipc::KeeperToResponder& message)
    {
        send_bytes(responder, record_of(message));
    }
    /// The responder exits by itself; the supervisor starts another with a fresh copy of the zone.
    static void expect_exit(const LockedChild& responder)
    {
        siginfo_t end{};
        ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(responder.pid()), &end, WEXITED | WNOWAIT), 0);
        EXPECT_EQ(end.si_code, CLD_EXITED);
        EXPECT_EQ(end.si_status, EXIT_FAILURE);
    }
};

TEST_F(HostileKeeper, MakesAResponderExitByEachInvalidRecord)
{
    const ByteVector good = record_of<ipc::KeeperToResponder>(home(7));
    std::vector<NamedRecord> records{{"nothing", {}}, {"60000 bytes", ByteVector(60000, 1)}};
    for (unsigned tag = 0; tag < 256; ++tag) {
        if (tag != ipc::HostRecords::tag && tag != ipc::Complete::tag) {
            records.push_back({"tag " + std::to_string(tag), good});
            records.back().bytes[0] = static_cast<std::uint8_t>(tag);
        }
    }
    for (std::size_t size = 1; size < good.size(); ++size) {
        records.push_back({"cut at " + std::to_string(size), good});
        records.back().bytes.resize(size);
    }
    records.push_back({"one byte too many", good});
    records.back().bytes.push_back(0);
    for (const std::uint32_t index : {1U, 3U, 4U, 1000U, 0x80000000U, 0xFFFFFFFFU}) {
        if (index != 1) { // office, which exists
            records.push_back(
                {"host " + std::to_string(index), record_of<ipc::KeeperToResponder>(home(7, index))});
        }
    }
    for (const NamedRecord& record : records) {
        SCOPED_TRACE(record.name);
        LockedChild responder{"responder"};
        send(responder, home(1));
        send_bytes(responder, record.bytes);
        expect_exit(responder);
    }
}

// Valid messages are the keeper's right: they are served, and have no other effect.
TEST_F(HostileKeeper, CanChangeTheZoneAndNothingElse)
{
    LockedChild responder{"responder"};
    const std::size_t before = responder.private_memory();
    for (int round = 0; round < 20000; ++round) {
        const auto last = static_cast<std::uint8_t>(1 + round % 200);
        for (const ipc::KeeperToResponder& message :
             {ipc::KeeperToResponder{home(last)}, ipc::KeeperToResponder{ipc::Complete{0xFFFFFFFF}},
              ipc::KeeperToResponder{ipc::Complete{0}}}) {
            const ByteVector record = record_of(message);
            while (responder.peer(0).send_record(record) == privsep::Transfer::would_block) {
                pollfd room{responder.peer(0).get(), POLLOUT, 0};
                ASSERT_EQ(::poll(&room, 1, 20000), 1);
            }
        }
    }
    EXPECT_TRUE(responder.answers());
    EXPECT_TRUE(support::eventually([&] { return answer(responder) == "192.0.2.200"; }));
    EXPECT_LE(responder.private_memory(), before + 262144);
    responder.peer(0) = privsep::Channel{}; // without a keeper, the zone is unchanged
    EXPECT_TRUE(responder.answers());
    EXPECT_EQ(answer(responder), "192.0.2.200");
}

TEST_F(HostileKeeper, CannotPassADescriptor)
{
    for (const std::size_t count : {1U, 3U}) {
        LockedChild responder{"responder"};
        auto [ours, theirs] = privsep::Channel::pair();
        const ByteVector record = record_of<ipc::KeeperToResponder>(home(9));
        ASSERT_TRUE(support::send_with_descriptors(responder.peer(0).get(), record, theirs.get(), count));
        expect_exit(responder);
    }
}

} // namespace
