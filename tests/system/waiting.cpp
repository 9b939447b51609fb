// The keeper, the responders and the reader that wait for the next reload.
#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <csignal>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <netinet/in.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "tests/support/daemon.h"
#include "tests/system/more_hosts.h"

namespace
{

using support::config_with_more_hosts;
using support::Daemon;
using support::expect_all_at_work;
using support::has_state;
using testing::ContainsRegex;
using testing::HasSubstr;

constexpr std::array kinds = {"keeper", "responder", "reader"};

/// Others would take their place in the end, so it is the log that tells.
void expect_no_failure_of_who_waited(Daemon& daemon)
{
    EXPECT_THAT(daemon.process().output(), testing::Not(HasSubstr("exited with status")));
}

int filters_of(pid_t pid)
{
    const std::string name = "Seccomp_filters:";
    const std::string status = support::read_proc(pid, "status");
    return std::stoi(status.substr(status.find(name) + name.size()));
}

/// The one of that kind that waits, where there is one worker.
pid_t waiting(const Daemon& daemon, const std::string& kind)
{
    return daemon.waiting(kind).at(0);
}

// For as long as there is no reload, which may be months. The keeper and the responder have the supervisor's
// filter still: in their own, nobody can read the state or take a setup.
TEST(WhoWaitsForAReload, IsLockedDown)
{
    Daemon daemon;
    const int supervisors = filters_of(daemon.process().pid());
    EXPECT_TRUE(support::eventually([&] { return filters_of(waiting(daemon, "reader")) > supervisors; }));
    for (const char* kind : kinds) {
        const pid_t pid = waiting(daemon, kind);
        EXPECT_EQ(filters_of(pid), supervisors + (kind == std::string{"reader"} ? 1 : 0));
        ASSERT_TRUE(support::eventually([pid] { return support::is_locked_in(pid); }));
        const std::string status = support::read_proc(pid, "status");
        for (const char* line : {"\nCapInh:\t0+\n", "\nCapPrm:\t0+\n", "\nCapEff:\t0+\n", "\nCapAmb:\t0+\n",
                                 "\nNoNewPrivs:\t1\n", "\nSeccomp:\t2\n"}) {
            EXPECT_THAT(status, ContainsRegex(line));
        }
        EXPECT_THAT(status, ContainsRegex("\nUid:(\t[1-9][0-9]*){4}\nGid:(\t[1-9][0-9]*){4}\n"));
        EXPECT_EQ(support::read_proc(pid, "environ"), "");
        if (::geteuid() == 0) {
            const std::string proc = "/proc/" + std::to_string(pid);
            EXPECT_TRUE(std::filesystem::is_empty(proc + "/root/"));
        }
    }
}

TEST(WhoWaitsForAReload, IsAnotherOneAfterIt)
{
    Daemon daemon;
    std::map<std::string, pid_t> before;
    for (const char* kind : kinds) {
        before[kind] = waiting(daemon, kind);
    }
    daemon.configure(config_with_more_hosts());
    ASSERT_TRUE(daemon.reload());
    EXPECT_EQ(daemon.child("keeper"), before["keeper"]);
    EXPECT_TRUE(support::eventually([&] { return daemon.child("responder") == before["responder"]; }));
    expect_all_at_work(daemon, "192.0.2.1");
    EXPECT_TRUE(support::eventually(
        [&] { return daemon.is_prepared() && waiting(daemon, "reader") != before["reader"]; }));
    EXPECT_NE(waiting(daemon, "keeper"), before["keeper"]);
    EXPECT_NE(waiting(daemon, "responder"), before["responder"]);
    EXPECT_EQ(daemon.stop(), 0);
}

// As many as there are workers, and each takes over from the one whose sockets it has.
TEST(WhoWaitsForAReload, IsARespondersNextOneForEachWorker)
{
    Daemon daemon{{.config = config_with_more_hosts("workers = 2\n")}};
    const auto before = daemon.waiting("responder");
    ASSERT_EQ(before.size(), 2U);
    ASSERT_TRUE(daemon.reload());
    EXPECT_TRUE(support::eventually([&] { return daemon.is_prepared(); }));
    const auto serving = daemon.children();
    for (const pid_t pid : before) {
        EXPECT_THAT(serving, testing::Contains(pid));
    }
    expect_all_at_work(daemon, "192.0.2.1");
}

TEST(WhoWaitsForAReload, IsMissedWhereItDied)
{
    Daemon daemon;
    for (const char* kind : kinds) {
        const pid_t pid = waiting(daemon, kind);
        ::kill(pid, SIGKILL);
        ASSERT_TRUE(daemon.logs(std::string{"nanodnsd: waiting "} + kind + " (pid " + std::to_string(pid) +
                                ") was killed by signal 9 (Killed)\n"));
    }
    EXPECT_EQ(daemon.all_children().size(), 3U) << "nobody tries again and again";
    daemon.configure(config_with_more_hosts());
    ASSERT_TRUE(daemon.reload());
    expect_all_at_work(daemon, "192.0.2.1");
    EXPECT_TRUE(support::eventually([&] { return daemon.is_prepared() && daemon.children().size() == 3; }));
}

/// It died, of two workers' where it is a responder. The others of its kind, and those that it has channels
/// to, are there still.
class OneWhoWaits : public testing::TestWithParam<const char*>
{
protected:
    static constexpr const char* two = "workers = 2\n";

    void SetUp() override
    {
        const pid_t pid = daemon_.waiting(GetParam()).at(0);
        ::kill(pid, SIGKILL);
        ASSERT_TRUE(daemon_.logs("nanodnsd: waiting " + std::string{GetParam()}));
        ASSERT_TRUE(daemon_.logs(" (pid " + std::to_string(pid) + ") was killed by signal 9 (Killed)\n"));
    }

    void expect_all_there_again()
    {
        EXPECT_TRUE(
            support::eventually([&] { return daemon_.is_prepared() && daemon_.children().size() == 4; }));
        expect_all_at_work(daemon_, "192.0.2.1");
        expect_no_failure_of_who_waited(daemon_);
    }

    Daemon daemon_{{.config = config_with_more_hosts(two)}};
};

TEST_P(OneWhoWaits, IsMissedAtAReload)
{
    ASSERT_TRUE(daemon_.reload());
    expect_all_there_again();
}

TEST_P(OneWhoWaits, IsMissedAtAReloadThatIsRefused)
{
    daemon_.configure(config_with_more_hosts(std::string{two} + "surprise = 1\n"));
    ASSERT_TRUE(daemon_.reload("reload refused"));
    expect_all_there_again();
}

INSTANTIATE_TEST_SUITE_P(Each, OneWhoWaits, testing::ValuesIn(kinds));

// The signal of its death comes behind the one to reload.
TEST(WhoWaitsForAReload, IsMissedWhereItHasJustDied)
{
    Daemon daemon;
    const pid_t supervisor = daemon.process().pid();
    ::kill(supervisor, SIGSTOP);
    ASSERT_TRUE(support::eventually([supervisor] { return has_state(supervisor, 'T'); }));
    for (const char* kind : kinds) {
        const pid_t pid = waiting(daemon, kind);
        ::kill(pid, SIGKILL);
        ASSERT_TRUE(support::eventually([pid] { return has_state(pid, 'Z'); }));
    }
    daemon.configure(config_with_more_hosts());
    daemon.process().signal(SIGHUP);
    ::kill(supervisor, SIGCONT);
    ASSERT_TRUE(daemon.logs("serving dyn.example.org. with 4 hosts")) << daemon.process().output();
    expect_all_at_work(daemon, "192.0.2.1");
}

TEST(WhoWaitsForAReload, IsThereStillOrAgainWhereItIsRefused)
{
    Daemon daemon;
    const auto before = daemon.children();
    const pid_t keeper = waiting(daemon, "keeper");
    const pid_t responder = waiting(daemon, "responder");
    for (const char* error : {"surprise = 1\n", "user = somebody-else\n"}) {
        daemon.configure(config_with_more_hosts(error));
        ASSERT_TRUE(daemon.reload("reload refused, the old configuration stays in force: "));
        EXPECT_TRUE(support::eventually([&] {
            return daemon.is_prepared() && daemon.children() == before &&
                   daemon.all_children().size() == before.size() + 3;
        }));
        EXPECT_EQ(waiting(daemon, "keeper"), keeper);
        EXPECT_EQ(waiting(daemon, "responder"), responder);
    }
    daemon.configure(config_with_more_hosts());
    ASSERT_TRUE(daemon.reload());
    EXPECT_EQ(daemon.child("keeper"), keeper);
    expect_all_at_work(daemon, "192.0.2.1");
}

// It has the socket, too, so that its port would stay taken.
TEST(WhoWaitsForAReload, IsReplacedWhereItHasASocketThatIsUnwanted)
{
    Daemon daemon{{.config = config_with_more_hosts("listen = 127.0.0.1 127.0.0.2\n")}};
    const auto is_taken = [&] {
        const privsep::UniqueFd other{::socket(AF_INET, SOCK_DGRAM, 0)};
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(daemon.udp());
        ::inet_pton(AF_INET, "127.0.0.2", &address.sin_addr);
        return ::bind(other.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0;
    };
    ASSERT_TRUE(is_taken());
    daemon.configure(config_with_more_hosts());
    ASSERT_TRUE(daemon.reload());
    expect_all_at_work(daemon, "192.0.2.1");
    EXPECT_TRUE(support::eventually([&] { return daemon.is_prepared() && !is_taken(); }));
    expect_no_failure_of_who_waited(daemon);
}

// The keeper has a channel for each worker, and there are others now.
TEST(WhoWaitsForAReload, IsReplacedWhereThereAreToBeOtherWorkers)
{
    Daemon daemon;
    for (const std::size_t workers : {3U, 2U, 1U}) {
        daemon.configure(config_with_more_hosts("workers = " + std::to_string(workers) + "\n"));
        ASSERT_TRUE(daemon.reload("serving dyn.example.org.")) << daemon.process().output();
        EXPECT_TRUE(support::eventually(
            [&] { return daemon.is_prepared() && daemon.all_children().size() == 2 * workers + 3 + 1; }));
        expect_all_at_work(daemon, "192.0.2." + std::to_string(workers));
    }
    expect_no_failure_of_who_waited(daemon);
}

// Before it, since the next daemon may want the sockets that they have. A debugger has one of them take its
// time.
TEST(WhoWaitsForAReload, EndsWithTheDaemon)
{
    Daemon daemon;
    const auto all = daemon.all_children();
    const pid_t slow = waiting(daemon, "responder");
    ASSERT_EQ(::ptrace(PTRACE_SEIZE, slow, nullptr, PTRACE_O_TRACEEXIT), 0) << "this test needs to be root";
    daemon.process().signal(SIGTERM);
    int status = 0;
    ASSERT_EQ(::waitpid(slow, &status, __WALL), slow);
    ASSERT_EQ(status >> 8, SIGTRAP | PTRACE_EVENT_EXIT << 8);
    ASSERT_TRUE(support::eventually([&] {
        return std::ranges::all_of(all, [slow](pid_t pid) { return pid == slow || ::kill(pid, 0) != 0; });
    }));
    const pid_t supervisor = daemon.process().pid();
    ASSERT_TRUE(
        support::eventually([&] { return has_state(supervisor, 'S') || has_state(supervisor, 'Z'); }));
    EXPECT_TRUE(has_state(supervisor, 'S'));
    ASSERT_EQ(::ptrace(PTRACE_DETACH, slow, nullptr, nullptr), 0);
    EXPECT_EQ(daemon.process().wait(), 0);
    EXPECT_THAT(daemon.process().output(),
                testing::Not(testing::AnyOf(HasSubstr("waiting"), HasSubstr("the supervisor is gone"))));
}

// As by a suspended machine, or a frozen container.
TEST(WhoWaitsForAReload, MayBeStoppedAndContinued)
{
    Daemon daemon;
    const pid_t keeper = waiting(daemon, "keeper");
    auto all = daemon.all_children();
    all.push_back(daemon.process().pid());
    for (const int signal : {SIGSTOP, SIGCONT}) {
        for (const pid_t pid : all) {
            ::kill(pid, signal);
            ASSERT_TRUE(support::eventually([&] { return has_state(pid, 'T') == (signal == SIGSTOP); }));
        }
    }
    daemon.configure(config_with_more_hosts());
    ASSERT_TRUE(daemon.reload());
    EXPECT_EQ(daemon.child("keeper"), keeper);
    expect_all_at_work(daemon, "192.0.2.1");
    EXPECT_THAT(daemon.process().output(), testing::Not(HasSubstr("was killed")));
}

} // namespace
