// The daemon under a service manager: passed sockets and notifications.
#include <arpa/inet.h>
#include <csignal>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/daemon.h"
#include "tests/system/service_manager.h"
#include "tests/system/steady_client.h"

namespace
{

using privsep::UniqueFd;
using support::Daemon;
using support::DaemonStart;
using support::Manager;
using support::SteadyClient;
using testing::HasSubstr;

UniqueFd bound(int type)
{
    UniqueFd fd{::socket(AF_INET, type | SOCK_CLOEXEC, 0)};
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any), 0);
    if (type == SOCK_STREAM) {
        ::listen(fd.get(), 16);
    }
    return fd;
}

std::uint16_t port_of(const UniqueFd& fd)
{
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
}

/// A start that passes `sockets` with their names, as systemd does.
DaemonStart activated(const std::vector<const UniqueFd*>& sockets, const std::string& names)
{
    DaemonStart start;
    start.environment = {"LISTEN_FDS=" + std::to_string(sockets.size()), "LISTEN_FDNAMES=" + names};
    std::vector<int> numbers;
    for (const UniqueFd* socket : sockets) {
        numbers.push_back(socket->get());
    }
    start.before_exec = [numbers] {
        std::vector<int> high;
        for (const int fd : numbers) {
            high.push_back(::fcntl(fd, F_DUPFD, 100));
        }
        for (int target = 3; const int fd : high) {
            ::dup2(fd, target++);
            ::close(fd);
        }
    };
    return start;
}

/// sd_listen_fds(3) needs LISTEN_PID, the id of the new process: env(1) cannot set it, a shell can.
class Activated
{
public:
    Activated(const DaemonStart& how, const std::string& config)
        : folder_(std::make_unique<support::Folder>())
    {
        support::write_file(*folder_ / "c.conf", config);
        process_ = std::make_unique<support::Process>(
            support::Start{{"sh", "-c",
                            "LISTEN_PID=$$ exec " + support::installation() + "/bin/nanodnsd -c " +
                                (*folder_ / "c.conf") + " -s " + (*folder_ / "state")},
                           how.environment,
                           how.before_exec});
    }
    support::Process& process() { return *process_; }

private:
    std::unique_ptr<support::Folder> folder_;
    std::unique_ptr<support::Process> process_;
};

std::string dig(const UniqueFd& socket, bool tcp)
{
    return support::run({"dig", "@127.0.0.1", "-p", std::to_string(port_of(socket)), tcp ? "+tcp" : "+notcp",
                         "+short", "+tries=1", "printer.dyn.example.org", "A"})
        .output;
}

TEST(Activation, ServesThePassedSocketsAndBindsNone)
{
    const UniqueFd udp = bound(SOCK_DGRAM);
    const UniqueFd second = bound(SOCK_DGRAM);
    const UniqueFd tcp = bound(SOCK_STREAM);
    const UniqueFd http = bound(SOCK_STREAM);
    Activated daemon{activated({&http, &udp, &tcp, &second}, "http:dns:dns:dns"),
                     support::server_config() + support::sample_hosts()};
    ASSERT_TRUE(daemon.process().wait_for("nanodnsd: serving")) << daemon.process().output();
    EXPECT_EQ(dig(udp, false), "192.0.2.80\n");
    EXPECT_EQ(dig(second, false), "192.0.2.80\n");
    EXPECT_EQ(dig(tcp, true), "192.0.2.80\n");
    EXPECT_EQ(support::run({"curl", "-s",
                            "http://127.0.0.1:" + std::to_string(port_of(http)) +
                                "/api/update?hostname=home.dyn.example.org&token=secret&ipv4=192.0.2.1"})
                  .output,
              "ok updated");
    EXPECT_THAT(daemon.process().output(), testing::Not(HasSubstr("\nudp "))) << "it has bound a port";
}

UniqueFd listening_unix_socket(const std::string& path, int type = SOCK_STREAM)
{
    UniqueFd fd{::socket(AF_UNIX, type | SOCK_CLOEXEC, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(static_cast<char*>(address.sun_path), sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0) << path;
    EXPECT_EQ(::listen(fd.get(), 16), 0);
    return fd;
}

// A proxy on the same machine uses it.
TEST(Activation, ServesUpdatesOnAUnixSocket)
{
    const support::Folder folder;
    const UniqueFd udp = bound(SOCK_DGRAM);
    const UniqueFd http = listening_unix_socket(folder / "http");
    Activated daemon{activated({&udp, &http}, "dns:http"),
                     support::server_config() + support::sample_hosts()};
    ASSERT_TRUE(daemon.process().wait_for("nanodnsd: serving")) << daemon.process().output();
    const auto update = [&](const std::string& token, const std::string& client = "") {
        const std::string field = "X-Forwarded-For:" + (client.empty() ? "" : " " + client); // empty: none
        return support::run(
                   {"curl", "-s", "--unix-socket", folder / "http", "-H", field,
                    "http://localhost/api/update?hostname=home.dyn.example.org&ipv4=192.0.2.1&token=" +
                        token})
            .output;
    };
    EXPECT_EQ(update("secret"), "ok updated");
    EXPECT_EQ(update("secret", "198.51.100.7"), "ok unchanged");
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(update("wrong", "192.0.2.99, 203.0.113.7"), "forbidden");
    }
    EXPECT_TRUE(daemon.process().wait_for("from 203.0.113.7: wrong token")) << daemon.process().output();
    EXPECT_EQ(update("secret", "203.0.113.7"), "911");
    EXPECT_EQ(update("secret", "192.0.2.99"), "ok unchanged");
    // of a client that it does not name
    for (int i = 0; i < 7; ++i) {
        EXPECT_EQ(update("wrong"), "forbidden");
    }
    EXPECT_EQ(update("secret"), "ok unchanged");
}

support::Result nanodnsctl_at(const std::string& socket)
{
    return support::run({support::installation() + "/bin/nanodnsctl", "-S", socket, "status"});
}

// Without a section in the config.
TEST(Activation, ServesNanodnsctlAndMetricsOnPassedSockets)
{
    const support::Folder folder;
    const UniqueFd udp = bound(SOCK_DGRAM);
    const UniqueFd control = listening_unix_socket(folder / "control", SOCK_SEQPACKET);
    const UniqueFd metrics = bound(SOCK_STREAM);
    Activated daemon{activated({&udp, &control, &metrics}, "dns:control:metrics"),
                     support::server_config() + support::sample_hosts()};
    ASSERT_TRUE(daemon.process().wait_for("nanodnsd: serving")) << daemon.process().output();
    const support::Result status = nanodnsctl_at(folder / "control");
    EXPECT_EQ(status.status, 0) << status.output;
    const std::string port = std::to_string(port_of(metrics));
    EXPECT_THAT(status.output, HasSubstr(", control, metrics " + port + "\n"));
    EXPECT_THAT(support::run({"curl", "-s", "http://127.0.0.1:" + port + "/metrics"}).output,
                HasSubstr("\nnanodnsd_serial "));
    const std::size_t before = daemon.process().output().size();
    daemon.process().signal(SIGHUP);
    EXPECT_TRUE(daemon.process().wait_for("nanodnsd: serving", before));
    EXPECT_EQ(nanodnsctl_at(folder / "control").status, 0);
}

// `socket=off` is stronger than a unit that passes it.
TEST(Activation, ServesNoPassedControlSocketThatIsOff)
{
    const support::Folder folder;
    const UniqueFd udp = bound(SOCK_DGRAM);
    const UniqueFd control = listening_unix_socket(folder / "control", SOCK_SEQPACKET);
    Activated daemon{activated({&udp, &control}, "dns:control"),
                     support::server_config() + "[control]\nsocket=off\n" + support::sample_hosts()};
    ASSERT_TRUE(daemon.process().wait_for("nanodnsd: serving")) << daemon.process().output();
    EXPECT_THAT(daemon.process().output(), HasSubstr("control is not served: the config turns it off"));
    EXPECT_THAT(daemon.process().output(), testing::Not(HasSubstr("nanodnsd-console")));
}

// The workers share the passed sockets: the daemon cannot bind one for each.
TEST(Activation, HasAllWorkersServeThePassedSockets)
{
    const UniqueFd udp = bound(SOCK_DGRAM);
    const UniqueFd tcp = bound(SOCK_STREAM);
    Activated daemon{activated({&udp, &tcp}, "dns:dns"),
                     support::server_config("workers = 3\nrate_limit = 0\n") + support::sample_hosts()};
    ASSERT_TRUE(daemon.process().wait_for("nanodnsd: serving")) << daemon.process().output();
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(dig(udp, false), "192.0.2.80\n");
        EXPECT_EQ(dig(tcp, true), "192.0.2.80\n");
    }
    SteadyClient client{port_of(udp)};
    for (int i = 0; i < 5; ++i) {
        const std::size_t before = daemon.process().output().size();
        daemon.process().signal(SIGHUP);
        EXPECT_TRUE(daemon.process().wait_for("nanodnsd: serving", before));
        const std::uint32_t answered = client.answered();
        EXPECT_TRUE(support::eventually([&] { return client.answered() > answered + 20; }));
    }
    EXPECT_EQ(client.stop(SteadyClient::Readers::several), 0U);
}

TEST(Activation, ReportsServicesWithoutASocket)
{
    const UniqueFd udp = bound(SOCK_DGRAM);
    Activated daemon{activated({&udp}, "dns"), support::server_config() + support::sample_hosts()};
    ASSERT_TRUE(daemon.process().wait_for("nanodnsd: serving")) << daemon.process().output();
    EXPECT_THAT(daemon.process().output(), HasSubstr("tcp is not served: no socket for it was passed"));
    EXPECT_THAT(daemon.process().output(), HasSubstr("http is not served: no socket for it was passed"));
    EXPECT_THAT(daemon.process().output(), testing::Not(HasSubstr("control is not served")));
    EXPECT_THAT(daemon.process().output(), testing::Not(HasSubstr("updater (pid"))) << "it has nothing to do";
    EXPECT_EQ(dig(udp, false), "192.0.2.80\n");
}

// Only if the config has them: a unit that passes them is enough.
TEST(Activation, ReportsTheServicesOfAConsoleWithoutASocket)
{
    const UniqueFd udp = bound(SOCK_DGRAM);
    Activated daemon{activated({&udp}, "dns"),
                     support::server_config() +
                         "[control]\nsocket = /run/nanodnsd/control\n[metrics]\nport = 9109\n" +
                         support::sample_hosts()};
    ASSERT_TRUE(daemon.process().wait_for("nanodnsd: serving")) << daemon.process().output();
    EXPECT_THAT(daemon.process().output(), HasSubstr("control is not served: no socket for it was passed"));
    EXPECT_THAT(daemon.process().output(), HasSubstr("metrics is not served: no socket for it was passed"));
}

TEST(Activation, ExitsIfNoSocketIsForDns)
{
    const UniqueFd http = bound(SOCK_STREAM);
    Activated daemon{activated({&http}, "http"), support::server_config() + support::sample_hosts()};
    EXPECT_EQ(daemon.process().wait(), 1);
    EXPECT_THAT(daemon.process().output(), HasSubstr("no DNS socket is among the passed sockets"));
}

TEST(Activation, TellsTheManagerWhichServicesHaveASocket)
{
    const Manager manager;
    const UniqueFd udp = bound(SOCK_DGRAM);
    DaemonStart start = activated({&udp}, "my-dns.socket");
    start.environment.push_back(manager.variable());
    Activated daemon{start, support::server_config() + support::sample_hosts()};
    EXPECT_EQ(manager.hear(), "READY=1\nSTATUS=serving dyn.example.org. with 3 hosts on udp 127.0.0.1 port " +
                                  std::to_string(port_of(udp)) + "; tcp is not served; http is not served");
}

TEST(Activation, WarnsAboutIgnoredKeysAtEachStartAndReload)
{
    const UniqueFd udp = bound(SOCK_DGRAM);
    Activated daemon{activated({&udp}, "dns"), support::server_config() + support::sample_hosts()};
    ASSERT_TRUE(daemon.process().wait_for("nanodnsd: serving")) << daemon.process().output();
    EXPECT_THAT(daemon.process().output(),
                testing::ContainsRegex("c.conf:[0-9]+:1: warning: listen= is ignored: the service manager "
                                       "passes"));
    EXPECT_THAT(daemon.process().output(), HasSubstr(":1: warning: port= is ignored"));
    const std::size_t before = daemon.process().output().size();
    daemon.process().signal(SIGHUP);
    EXPECT_TRUE(daemon.process().wait_for(":1: warning: port= is ignored", before));
}

TEST(Notification, ReportsStartReloadAndStop)
{
    const Manager manager;
    DaemonStart start;
    start.environment = {manager.variable()};
    Daemon daemon{start};
    EXPECT_EQ(manager.hear(), "READY=1\nSTATUS=serving dyn.example.org. with 3 hosts");
    daemon.process().signal(SIGHUP);
    EXPECT_THAT(manager.hear(), testing::StartsWith("RELOADING=1\nMONOTONIC_USEC="));
    EXPECT_THAT(manager.hear(), testing::StartsWith("READY=1\n"));
    daemon.process().signal(SIGTERM);
    EXPECT_THAT(manager.hear(), testing::StartsWith("STOPPING=1"));
    EXPECT_EQ(daemon.process().wait(), 0);
}

TEST(Notification, FeedsTheWatchdogWhileAllChildrenAnswer)
{
    const Manager manager;
    DaemonStart start;
    start.environment = {manager.variable(), "WATCHDOG_USEC=300000"};
    Daemon daemon{start};
    EXPECT_THAT(manager.hear_other(), testing::StartsWith("READY=1"));
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(manager.hear(), "WATCHDOG=1");
    }
}

class Hanging : public testing::TestWithParam<const char*>
{
};

TEST_P(Hanging, StopsTheWatchdogMessages)
{
    const Manager manager;
    DaemonStart start;
    start.environment = {manager.variable(), "WATCHDOG_USEC=300000"};
    Daemon daemon{start};
    EXPECT_THAT(manager.hear_other(), testing::StartsWith("READY=1"));
    EXPECT_EQ(manager.hear(), "WATCHDOG=1");
    const pid_t pid = daemon.child(GetParam()).value();
    ::kill(pid, SIGSTOP);
    ASSERT_TRUE(support::eventually([&] { return support::has_state(pid, 'T'); }));
    while (manager.heard_within(1)) {} // what came before that
    // The answer to an earlier question may cause one more; then none comes.
    EXPECT_FALSE(manager.heard_within(600) && manager.heard_within(600));
    ::kill(pid, SIGCONT);
}

INSTANTIATE_TEST_SUITE_P(Each, Hanging, testing::Values("keeper", "updater", "responder"),
                         [](const auto& name) { return name.param; });

} // namespace
