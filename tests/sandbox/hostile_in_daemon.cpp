// The whole daemon with one child controlled by an attacker: a debugger makes a running child send messages
// on its channels that it would never send. hostile_peers.cpp has the list of all attacks.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <functional>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "privsep/child.h"
#include "proto/ipc/control.h"
#include "proto/ipc/supervision.h"
#include "proto/ipc/zone_feed.h"
#include "tests/sandbox/debugger.h"
#include "tests/sandbox/hostile_records.h"
#include "tests/support/certificate.h"
#include "tests/support/cookies.h"
#include "tests/support/daemon.h"

namespace
{

using sandbox::ByteVector;
using sandbox::Debugger;
using sandbox::record_of;
using support::Daemon;

/// A msghdr of the record in the memory of the process: its address.
std::uint64_t message_of(Debugger& debugger, const ByteVector& record)
{
    constexpr std::size_t part_at = 60000;
    constexpr std::size_t header_at = part_at + 256;
    const auto bytes = [](const auto& object) {
        return base::Bytes{reinterpret_cast<const std::uint8_t*>(&object), sizeof object};
    };
    const std::array<std::uint64_t, 2> part{debugger.put(record), record.size()}; // an iovec
    const std::array<std::uint64_t, 7> header{0, 0, debugger.put(bytes(part), part_at), 1};
    return debugger.put(bytes(header), header_at);
}

/// Makes `pid` send a record on that descriptor, with the call that its filter allows; false if the kernel
/// refuses it. The receiver may react before this function can check the result.
bool make_it_send(const std::string& name, pid_t pid, int channel, const ByteVector& record)
{
    Debugger debugger{pid};
    const auto fd = static_cast<std::uint64_t>(channel);
    if (name == "keeper" || name == "keyholder" || name == "console") {
        return debugger.issue(SYS_sendmsg, {fd, message_of(debugger, record), MSG_NOSIGNAL}).value_or(0) >= 0;
    }
    return debugger.issue(SYS_sendto, {fd, debugger.put(record), record.size(), MSG_NOSIGNAL, 0, 0})
               .value_or(0) >= 0;
}

/// The last socket that the child has: its channel to the keeper, a keeper's channel to the responder, or the
/// channel between updater-tls and keyholder. `earlier`: of the sockets before it, counted from the end.
int last_channel(pid_t pid, std::size_t earlier = 0)
{
    std::vector<int> sockets;
    for (const auto& entry : std::filesystem::directory_iterator{"/proc/" + std::to_string(pid) + "/fd"}) {
        const int fd = std::stoi(entry.path().filename().string());
        const bool is_socket = std::filesystem::read_symlink(entry).string().rfind("socket", 0) == 0;
        if (is_socket && fd >= privsep::first_fd) {
            sockets.push_back(fd);
        }
    }
    std::ranges::sort(sockets, std::greater{});
    return sockets.at(earlier);
}

support::DaemonStart with(const support::Certificate& certificate)
{
    support::DaemonStart start;
    start.config =
        support::server_config() + certificate.section() + "[metrics]\nport = 0\n" + support::sample_hosts();
    return start;
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
        const std::string query = "hostname=home.dyn.example.org&token=secret&ipv4=";
        EXPECT_EQ(daemon_.update(query + address), "200 ok updated");
        EXPECT_EQ(daemon_.dig("home.dyn.example.org", "A"), address);
        EXPECT_EQ(certificate_.update(daemon_.https(), query + address), "200 ok unchanged");
    }

    support::Certificate certificate_;
    Daemon daemon_{with(certificate_)};
};

class HostilePeerInDaemon : public HostileInDaemon
{
};

// an invalid record closes the channel, is logged, and the peer is started again
TEST_P(HostilePeerInDaemon, IsKilledAndReplacedAfterAnInvalidMessageToTheKeeper)
{
    const std::string name = GetParam();
    for (const ByteVector& record : {ByteVector{9, 9, 9}, ByteVector(60000, 1), ByteVector{}}) {
        const pid_t before = pid(name);
        const std::size_t keyholder = name == "updater-tls" ? 1 : 0;
        ASSERT_TRUE(make_it_send(name, before, last_channel(before, keyholder), record));
        expect_ended_and_replaced(name, before, "sent the keeper an invalid message: killing it");
    }
}

INSTANTIATE_TEST_SUITE_P(Of, HostilePeerInDaemon,
                         testing::Values("updater", "responder", "updater-tls", "console"));

class HostileConsoleInDaemon : public HostileInDaemon
{
protected:
    ByteVector asking_for_a_reload() const { return record_of<ipc::ConsoleToSupervisor>(ipc::AskReload{1}); }
};

// The limit of daemon/common/request_limit.h: no more reloads than it allows, however many are asked for.
TEST_F(HostileConsoleInDaemon, CanCauseFewReloads)
{
    const pid_t console = pid("console");
    daemon_.configure("nothing");
    for (int i = 0; i < 20; ++i) {
        ASSERT_TRUE(make_it_send("console", console, privsep::control_fd, asking_for_a_reload()));
    }
    ASSERT_TRUE(make_it_send("console", console, privsep::control_fd, ByteVector{9}));
    EXPECT_TRUE(daemon_.logs("console sent an invalid message: killing it"));
    const std::string log = daemon_.process().output();
    std::size_t reloads = 0;
    for (std::size_t at = log.find("reload refused"); at != log.npos;
         at = log.find("reload refused", at + 1)) {
        ++reloads;
    }
    EXPECT_GE(reloads, 1U);
    EXPECT_LE(reloads, 7U) << "five, and one in ten seconds";
    expect_at_work();
}

// A keeper that waits for its disk reads no messages, and one whose queue is full is killed.
TEST_F(HostileConsoleInDaemon, FillsNoQueueOfOtherChildren)
{
    const pid_t keeper = pid("keeper");
    const pid_t console = pid("console");
    ::kill(keeper, SIGSTOP);
    for (unsigned i = 0; i < 1000; ++i) {
        const ipc::SetVerbosity request{i % 2 == 0 ? ipc::Verbosity::details : ipc::Verbosity::normal};
        const ByteVector record = record_of<ipc::ConsoleToSupervisor>(request);
        ASSERT_TRUE(support::eventually( // its own queue may be full
            [&] { return make_it_send("console", console, privsep::control_fd, record); }));
    }
    ASSERT_TRUE(make_it_send("console", console, privsep::control_fd, ByteVector{9}));
    EXPECT_TRUE(daemon_.logs("console sent an invalid message: killing it")); // it has read all before
    ::kill(keeper, SIGCONT);
    EXPECT_TRUE(daemon_.logs(" serves"));
    expect_at_work();
    EXPECT_EQ(pid("keeper"), keeper);
}

// Its own queue is the only one that is full.
TEST_F(HostileConsoleInDaemon, IsKilledAndReplacedIfItDoesNotReadWhatItAsksFor)
{
    const pid_t before = pid("console");
    {
        Debugger debugger{before}; // the console reads nothing meanwhile
        const std::uint64_t message =
            message_of(debugger, record_of<ipc::ConsoleToSupervisor>(ipc::AskState{}));
        bool lives = true;
        for (int i = 0; i < 100000 && lives; ++i) {
            lives = debugger.issue(SYS_sendmsg, {privsep::control_fd, message, MSG_NOSIGNAL}).has_value();
        }
        ASSERT_FALSE(lives);
    }
    expect_ended_and_replaced("console", before, "console does not read its messages: killing it");
}

// Another child has no right to these requests.
TEST_F(HostileConsoleInDaemon, HasRequestsThatNoOtherChildHas)
{
    for (const std::string name : {"updater", "responder", "keeper"}) {
        for (const ByteVector& record :
             {asking_for_a_reload(), record_of<ipc::ConsoleToSupervisor>(ipc::AskState{}),
              record_of<ipc::ConsoleToSupervisor>(ipc::SetVerbosity{ipc::Verbosity::details})}) {
            const pid_t before = pid(name);
            ASSERT_TRUE(make_it_send(name, before, privsep::control_fd, record));
            expect_ended_and_replaced(name, before, name + " sent an invalid message: killing it");
        }
    }
}

class HostileOfHttpsInDaemon : public HostileInDaemon
{
};

TEST_F(HostileOfHttpsInDaemon, IsKilledAndReplacedAfterAnInvalidMessageToTheKeyholder)
{
    for (const ByteVector& record : {ByteVector{9, 9, 9}, ByteVector(60000, 1)}) {
        const pid_t before = pid("updater-tls");
        const pid_t keyholder = pid("keyholder");
        ASSERT_TRUE(make_it_send("updater-tls", before, last_channel(before), record));
        expect_ended_and_replaced("updater-tls", before, "sent the keyholder an invalid message: killing it");
        EXPECT_EQ(pid("keyholder"), keyholder);
    }
}

TEST_P(HostileInDaemon, IsKilledAndReplacedAfterAnInvalidMessageToTheSupervisor)
{
    const std::string name = GetParam();
    std::vector<ByteVector> records{
        {},                                                        // looks like the end of the channel
        {9, 9, 9},                                                 // an unknown type
        {1},                                                       // incomplete
        ByteVector(5000, 1),                                       // too long
        record_of<ipc::ChildToSupervisor>(ipc::Ready{0xFFFFFFFF}), // a second time
        record_of<ipc::ChildToSupervisor>(ipc::Pong{77}),          // without a Ping
        record_of<ipc::ChildToSupervisor>(ipc::PeerReport{ipc::Role::keeper, 0}),
    };
    if (name != "keeper") { // only the keeper may report this peer
        records.push_back(record_of<ipc::ChildToSupervisor>(ipc::PeerReport{ipc::Role::updater, 0}));
    }
    for (const ByteVector& record : records) {
        const pid_t before = pid(name);
        ASSERT_TRUE(make_it_send(name, before, privsep::control_fd, record));
        expect_ended_and_replaced(name, before, name + " sent an invalid message: killing it");
    }
}

INSTANTIATE_TEST_SUITE_P(Of, HostileInDaemon,
                         testing::Values("keeper", "updater", "responder", "updater-tls", "keyholder",
                                         "console"));

TEST_F(HostileOfHttpsInDaemon, SendsAnInvalidRecordToTheUpdaterTlsWhichIsReplaced)
{
    expect_at_work();
    const pid_t before = pid("updater-tls");
    const pid_t keyholder = pid("keyholder");
    ASSERT_TRUE(make_it_send("keyholder", keyholder, last_channel(keyholder), ByteVector{9, 9, 9}));
    certificate_.update(daemon_.https(), ""); // its handshake needs an answer of the keyholder
    EXPECT_TRUE(daemon_.logs("the keyholder sent an invalid message: exiting"));
    EXPECT_TRUE(daemon_.logs("updater-tls (pid " + std::to_string(before) + ") exited with status 1"));
    EXPECT_TRUE(daemon_.logs(" serves"));
    expect_at_work();
    EXPECT_EQ(pid("keyholder"), keyholder);
}

// Whom the keeper accuses may have been broken into: who did that knows its secrets.
TEST(HostileResponderInDaemon, TakesTheSecretsOfCookiesWithIt)
{
    support::DaemonStart start;
    start.config = support::server_config("cookies = strict\n") + support::sample_hosts();
    Daemon daemon{start};
    const std::string cookie = support::learn_cookie(daemon);
    ASSERT_TRUE(support::accepts_cookie(daemon, cookie));
    const pid_t pid = daemon.child("responder").value();
    ASSERT_TRUE(make_it_send("responder", pid, last_channel(pid), ByteVector{9}));
    EXPECT_TRUE(daemon.logs("sent the keeper an invalid message: killing it"));
    EXPECT_TRUE(daemon.logs("responder (pid "));
    EXPECT_TRUE(daemon.logs(" serves"));
    EXPECT_FALSE(support::accepts_cookie(daemon, cookie));
    EXPECT_TRUE(support::accepts_cookie(daemon, support::learn_cookie(daemon)));
}

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
            make_it_send("keeper", before, privsep::control_fd, record_of<ipc::ChildToSupervisor>(report)));
        expect_ended_and_replaced("keeper", before, "keeper sent an invalid message: killing it");
        expect_at_work();
        EXPECT_EQ(pid("updater"), updater);
    }
}

TEST_F(HostileKeeperInDaemon, SendsAnInvalidRecordToAResponderWhichIsReplaced)
{
    expect_at_work();
    const pid_t before = pid("responder");
    const pid_t keeper = pid("keeper");
    EXPECT_TRUE(
        make_it_send("keeper", keeper, last_channel(keeper),
                     record_of<ipc::KeeperToResponder>(ipc::HostRecords{ipc::HostIndex{999}, 1, {}, {}})));
    EXPECT_TRUE(daemon_.logs("the keeper sent a record that the zone cannot have"));
    EXPECT_TRUE(daemon_.logs("responder (pid " + std::to_string(before) + ") exited with status 1"));
    EXPECT_TRUE(daemon_.logs(" serves"));
    expect_at_work();
}

} // namespace
