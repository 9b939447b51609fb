#include "privsep/channel.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/ipc/control.h"
#include "proto/ipc/update.h"
#include "tests/support/send_descriptors.h"

namespace
{

using privsep::Channel;
using privsep::Transfer;
using Supervisor = privsep::TypedChannel<ipc::SupervisorToChild, ipc::ChildToSupervisor>;
using Child = privsep::TypedChannel<ipc::ChildToSupervisor, ipc::SupervisorToChild>;

TEST(Channel, KeepsTheBoundariesOfRecords)
{
    auto [left, right] = Channel::pair();
    const std::array<std::uint8_t, 3> first{1, 2, 3};
    const std::array<std::uint8_t, 1> second{4};
    ASSERT_EQ(left.send_record(first), Transfer::done);
    ASSERT_EQ(left.send_record(second), Transfer::done);

    std::array<std::uint8_t, 16> room{};
    EXPECT_EQ(right.receive_record(room).record.size(), 3U);
    EXPECT_EQ(right.receive_record(room).record.size(), 1U);
    EXPECT_EQ(right.receive_record(room).transfer, Transfer::would_block);
}

TEST(Channel, ReportsThatThePeerHasClosedItsEnd)
{
    auto [left, right] = Channel::pair();
    left = Channel{};
    std::array<std::uint8_t, 16> room{};
    EXPECT_EQ(right.receive_record(room).transfer, Transfer::closed);
    EXPECT_EQ(right.send_record(room), Transfer::closed); // and no SIGPIPE
}

// If the peer closes its end without reading all records, the socket reports ECONNRESET before its own
// records.
TEST(Channel, ReceivesTheRecordsOfAPeerThatDidNotReadAll)
{
    auto [left, right] = Channel::pair();
    std::array<std::uint8_t, 16> room{};
    ASSERT_EQ(left.send_record(room), Transfer::done);
    ASSERT_EQ(right.send_record(room), Transfer::done);
    left = Channel{};
    EXPECT_EQ(right.receive_record(room).transfer, Transfer::done);
    EXPECT_EQ(right.receive_record(room).transfer, Transfer::closed);

    std::tie(left, right) = Channel::pair();
    ASSERT_EQ(left.send_record(room, STDIN_FILENO), Transfer::done);
    ASSERT_EQ(right.send_record(room), Transfer::done);
    left = Channel{};
    privsep::UniqueFd passed;
    EXPECT_EQ(right.receive_record_with_descriptor(room, passed).transfer, Transfer::done);
    EXPECT_TRUE(passed);
}

// recvmsg(2) returns 0 both for an empty record and at the end.
TEST(Channel, DistinguishesAnEmptyRecordFromTheEnd)
{
    std::array<std::uint8_t, 16> room{};
    for (const int records : {1, 2, 7}) {
        auto [left, right] = Channel::pair();
        for (int i = 0; i < records; ++i) {
            ASSERT_EQ(::send(left.get(), "", 0, 0), 0);
        }
        EXPECT_EQ(right.receive_record(room).transfer, Transfer::malformed);
    }
    auto [left, right] = Channel::pair();
    ASSERT_EQ(::send(left.get(), "", 0, 0), 0);
    ASSERT_EQ(left.send_record(room), Transfer::done);
    EXPECT_EQ(right.receive_record(room).transfer, Transfer::malformed);
    left = Channel{};
    EXPECT_EQ(right.receive_record(room).transfer, Transfer::closed);
}

// After EPOLLHUP no further reads are needed to recognise the end.
TEST(Channel, UsesTheHangUpEventOfEpoll)
{
    std::array<std::uint8_t, 16> room{};
    auto [left, right] = Channel::pair();
    ASSERT_EQ(left.send_record(room), Transfer::done);
    left = Channel{};
    right.heed(EPOLLIN | EPOLLHUP);
    EXPECT_EQ(right.receive_record(room).transfer, Transfer::done) << "the record before the end";
    EXPECT_EQ(right.receive_record(room).transfer, Transfer::closed);

    std::tie(left, right) = Channel::pair();
    ASSERT_EQ(::send(left.get(), "", 0, 0), 0);
    right.heed(EPOLLIN);
    EXPECT_EQ(right.receive_record(room).transfer, Transfer::malformed);
}

TEST(Channel, RefusesARecordLongerThanTheBuffer)
{
    auto [left, right] = Channel::pair();
    const std::array<std::uint8_t, 17> record{};
    ASSERT_EQ(left.send_record(record), Transfer::done);
    std::array<std::uint8_t, 16> room{};
    EXPECT_EQ(right.receive_record(room).transfer, Transfer::malformed);
}

TEST(Channel, DoesNotBlockIfThePeerDoesNotRead)
{
    auto [left, right] = Channel::pair();
    const std::array<std::uint8_t, 512> record{};
    Transfer transfer = Transfer::done;
    for (int i = 0; i < 10000 && transfer == Transfer::done; ++i) {
        transfer = left.send_record(record);
    }
    EXPECT_EQ(transfer, Transfer::would_block);
}

int open_descriptors()
{
    int count = 0;
    for (int fd = 0; fd < 1024; ++fd) {
        count += ::fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
    }
    return count;
}

TEST(Channel, ClosesADescriptorThatIsNotExpected)
{
    auto [left, right] = Channel::pair();
    const std::array<std::uint8_t, 1> record{1};
    ASSERT_EQ(left.send_record(record, STDIN_FILENO), Transfer::done);
    const int before = open_descriptors();
    std::array<std::uint8_t, 16> room{};
    EXPECT_EQ(right.receive_record(room).transfer, Transfer::malformed);
    EXPECT_EQ(open_descriptors(), before);
}

// The room that CMSG_SPACE() gives for one descriptor is enough for two.
TEST(Channel, KeepsNoDescriptorOfARecordWithMoreThanOne)
{
    std::array<std::uint8_t, 16> room{};
    for (const std::size_t count : {2U, 3U, 253U}) { // SCM_MAX_FD
        auto [left, right] = Channel::pair();
        const int before = open_descriptors();
        ASSERT_TRUE(
            support::send_with_descriptors(left.get(), base::as_bytes("a record"), STDIN_FILENO, count));
        privsep::UniqueFd passed;
        EXPECT_EQ(right.receive_record_with_descriptor(room, passed).transfer, Transfer::malformed) << count;
        EXPECT_FALSE(passed);
        EXPECT_EQ(open_descriptors(), before) << count;
    }
}

TEST(Channel, KeepsNoDescriptorOfAnEmptyOrTooLongRecord)
{
    std::array<std::uint8_t, 16> room{};
    for (const std::size_t count : {1U, 2U}) {
        for (const std::string& record : {std::string{}, std::string(room.size() + 1, 'a')}) {
            auto [left, right] = Channel::pair();
            const int before = open_descriptors();
            ASSERT_TRUE(
                support::send_with_descriptors(left.get(), base::as_bytes(record), STDIN_FILENO, count));
            ASSERT_TRUE(support::send_with_descriptors(left.get(), {}, STDIN_FILENO, 1));
            privsep::UniqueFd passed;
            EXPECT_EQ(right.receive_record_with_descriptor(room, passed).transfer, Transfer::malformed);
            EXPECT_FALSE(passed);
            left = Channel{};
            while (right.receive_record_with_descriptor(room, passed).transfer != Transfer::closed) {}
            EXPECT_EQ(open_descriptors(), before - 1) << "that of the closed end";
        }
    }
}

TEST(Channel, GivesNoDescriptorOfAnEarlierRecord)
{
    auto [left, right] = Channel::pair();
    const std::array<std::uint8_t, 1> record{1};
    std::array<std::uint8_t, 16> room{};
    privsep::UniqueFd passed;
    ASSERT_EQ(left.send_record(record, STDIN_FILENO), Transfer::done);
    ASSERT_EQ(left.send_record(record), Transfer::done);
    EXPECT_EQ(right.receive_record_with_descriptor(room, passed).transfer, Transfer::done);
    EXPECT_TRUE(passed);
    EXPECT_EQ(right.receive_record_with_descriptor(room, passed).transfer, Transfer::done);
    EXPECT_FALSE(passed);
}

TEST(Channel, PassesOneDescriptorCloseOnExec)
{
    auto [left, right] = Channel::pair();
    const std::array<std::uint8_t, 1> record{1};
    ASSERT_EQ(left.send_record(record, STDIN_FILENO), Transfer::done);
    std::array<std::uint8_t, 16> room{};
    privsep::UniqueFd passed;
    EXPECT_EQ(right.receive_record_with_descriptor(room, passed).transfer, Transfer::done);
    ASSERT_TRUE(passed);
    EXPECT_EQ(::fcntl(passed.get(), F_GETFD), FD_CLOEXEC);
}

TEST(TypedChannel, CarriesAMessageAndItsDescriptor)
{
    auto [left, right] = Channel::pair();
    Supervisor supervisor{std::move(left)};
    Child child{std::move(right)};
    ASSERT_EQ(supervisor.send(ipc::Attach{ipc::Role::responder, 7}, STDIN_FILENO), Transfer::done);

    std::optional<ipc::SupervisorToChild> message;
    privsep::UniqueFd passed;
    ASSERT_EQ(child.receive(message, passed), Transfer::done);
    const auto& attach = std::get<ipc::Attach>(*message);
    EXPECT_EQ(attach.role, ipc::Role::responder);
    EXPECT_EQ(attach.index, 7);
    EXPECT_TRUE(passed);
}

// A channel carries only the messages of its variants.
TEST(TypedChannel, TreatsAMessageOfAnotherChannelAsMalformed)
{
    auto [left, right] = Channel::pair();
    privsep::TypedChannel<ipc::UpdaterToKeeper, ipc::KeeperToUpdater> updater{std::move(left)};
    Child child{std::move(right)};
    ASSERT_EQ(updater.send(ipc::Propose{}), Transfer::done);
    std::optional<ipc::SupervisorToChild> message;
    EXPECT_EQ(child.receive(message), Transfer::malformed);
    EXPECT_FALSE(message);
}

} // namespace
