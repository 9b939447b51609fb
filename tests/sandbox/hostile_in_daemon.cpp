// The whole daemon with one of its processes in an attacker's hand: a debugger makes a running child say on
// its channels what it never would. The table of what was tried is in hostile_peers.cpp.
#include <csignal>
#include <filesystem>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "privsep/child.h"
#include "proto/ipc/control.h"
#include "proto/ipc/zone_feed.h"
#include "tests/sandbox/hand.h"
#include "tests/sandbox/hostile_records.h"
#include "tests/support/daemon.h"

namespace
{

using sandbox::ByteVector;
using sandbox::Hand;
using sandbox::record_of;
using support::Daemon;

/// Makes `pid` send a record on that descriptor, by the call that its filter allows; false where the
/// kernel does not take it. Who hears it may be quicker than we are to look at what became of it.
bool make_it_say(const std::string& name, pid_t pid, int channel, const ByteVector& record)
{
    Hand hand{pid};
    const std::uint64_t record_at = hand.put(record);
    const auto fd = static_cast<std::uint64_t>(channel);
    if (name != "keeper") {
        return hand.issue(SYS_sendto, {fd, record_at, record.size(), MSG_NOSIGNAL, 0, 0}).value_or(0) >= 0;
    }
    constexpr std::size_t part_at = 60000;
    constexpr std::size_t header_at = part_at + 256;
    const auto bytes = [](const auto& object) {
        return base::Bytes{reinterpret_cast<const std::uint8_t*>(&object), sizeof object};
    };
    const std::array<std::uint64_t, 2> part{record_at, record.size()};                  // an iovec over there
    const std::array<std::uint64_t, 7> header{0, 0, hand.put(bytes(part), part_at), 1}; // a msghdr
    return hand.issue(SYS_sendmsg, {fd, hand.put(bytes(header), header_at), MSG_NOSIGNAL}).value_or(0) >= 0;
}

/// The last socket that the child was started with: to the keeper; of a keeper to the responder.
int last_channel(pid_t pid)
{
    int last = -1;
    std::error_code error;
    for (int fd = privsep::first_fd;; ++fd) {
        const std::filesystem::path link{"/proc/" + std::to_string(pid) + "/fd/" + std::to_string(fd)};
        const std::string target = std::filesystem::read_symlink(link, error).string();
        if (error || target.rfind("anon_inode", 0) == 0) {
            return last;
        }
        last = target.rfind("socket", 0) == 0 ? fd : last;
    }
}

class HostileInDaemon : public testing::TestWithParam<const char*>
{
protected:
    pid_t pid(const std::string& name) { return daemon_.child(name).value(); }
    void expect_ended_and_replaced(const std::string& name, pid_t before, const std::string& line)
    {
        EXPECT_TRUE(daemon_.logs(line)) << daemon_.process().output();
        EXPECT_TRUE(daemon_.logs(name + " (pid " + std::to_string(before) + ") was killed by signal 9"))
            << daemon_.process().output();
        EXPECT_TRUE(daemon_.logs(name + " (pid "));
        EXPECT_TRUE(daemon_.logs(" serves"));
        EXPECT_NE(pid(name), before);
        expect_at_work();
    }
    void expect_at_work()
    {
        static int last = 0;
        const std::string address = "192.0.2." + std::to_string(++last);
        EXPECT_EQ(daemon_.update("hostname=home.dyn.example.org&token=secret&ipv4=" + address),
                  "200 ok updated");
        EXPECT_EQ(daemon_.dig("home.dyn.example.org", "A"), address);
    }

    Daemon daemon_;
};

class HostilePeerInDaemon : public HostileInDaemon
{
};

// ARCHITECTURE, "Edges": the channel ends, it is logged, and the peer is started again
TEST_P(HostilePeerInDaemon, IsEndedForWhatItSaysToTheKeeperAndAnotherTakesItsPlace)
{
    const std::string name = GetParam();
    for (const ByteVector& record : {ByteVector{9, 9, 9}, ByteVector(60000, 1), ByteVector{}}) {
        const pid_t before = pid(name);
        ASSERT_TRUE(make_it_say(name, before, last_channel(before), record));
        expect_ended_and_replaced(name, before, "sent the keeper an invalid message: killing it");
    }
}

INSTANTIATE_TEST_SUITE_P(Of, HostilePeerInDaemon, testing::Values("updater", "responder"));

TEST_P(HostileInDaemon, IsEndedForWhatItSaysToTheSupervisor)
{
    const std::string name = GetParam();
    std::vector<ByteVector> records{
        {},                                                        // which reads like its end
        {9, 9, 9},                                                 // an unknown kind
        {1},                                                       // cut
        ByteVector(5000, 1),                                       // longer than any
        record_of<ipc::ChildToSupervisor>(ipc::Ready{0xFFFFFFFF}), // once more
        record_of<ipc::ChildToSupervisor>(ipc::Pong{77}),          // nobody asked
        record_of<ipc::ChildToSupervisor>(ipc::PeerReport{ipc::Role::keeper, 0}),
    };
    if (name != "keeper") { // which alone may accuse
        records.push_back(record_of<ipc::ChildToSupervisor>(ipc::PeerReport{ipc::Role::updater, 0}));
    }
    for (const ByteVector& record : records) {
        const pid_t before = pid(name);
        ASSERT_TRUE(make_it_say(name, before, privsep::control_fd, record));
        expect_ended_and_replaced(name, before, name + " sent an invalid message: killing it");
    }
}

INSTANTIATE_TEST_SUITE_P(Of, HostileInDaemon, testing::Values("keeper", "updater", "responder"));

class HostileKeeperInDaemon : public HostileInDaemon
{
};

TEST_F(HostileKeeperInDaemon, IsKilledIfItReportsAPeerThatDoesNotExist)
{
    for (const ipc::PeerReport& report :
         {ipc::PeerReport{ipc::Role::responder, 999}, ipc::PeerReport{ipc::Role{200}, 0},
          ipc::PeerReport{ipc::Role::keeper, 0}}) {
        const pid_t before = pid("keeper");
        const pid_t updater = pid("updater");
        EXPECT_TRUE(
            make_it_say("keeper", before, privsep::control_fd, record_of<ipc::ChildToSupervisor>(report)));
        expect_ended_and_replaced("keeper", before, "keeper sent an invalid message: killing it");
        expect_at_work();
        EXPECT_EQ(pid("updater"), updater);
    }
}

TEST_F(HostileKeeperInDaemon, MisleadsAResponderThatStartsAgainWithAFreshZone)
{
    expect_at_work();
    const pid_t before = pid("responder");
    const pid_t keeper = pid("keeper");
    EXPECT_TRUE(
        make_it_say("keeper", keeper, last_channel(keeper),
                    record_of<ipc::KeeperToResponder>(ipc::HostRecords{ipc::HostIndex{999}, 1, {}, {}})));
    EXPECT_TRUE(daemon_.logs("the keeper speaks of a host that there is not"));
    EXPECT_TRUE(daemon_.logs("responder (pid " + std::to_string(before) + ") exited with status 1"));
    EXPECT_TRUE(daemon_.logs(" serves"));
    expect_at_work();
}

} // namespace
