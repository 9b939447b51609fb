// Starts, deaths, reloads and stops of the real daemon.
#include <csignal>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/daemon.h"

namespace
{

using support::Daemon;
using support::DaemonStart;
using testing::HasSubstr;
using testing::StartsWith;

const std::string good_update = "hostname=home.dyn.example.org&token=secret&ipv4=";

/// The exit status and the output of a daemon that is expected not to serve.
support::Result refusal(DaemonStart start)
{
    start.wait_until_it_serves = false;
    Daemon daemon{start};
    const int status = daemon.process().wait().value_or(-1);
    return {status, daemon.process().output()};
}

TEST(Lifecycle, ExitsWithZeroOnTermAndOnInt)
{
    for (const int signal : {SIGTERM, SIGINT}) {
        Daemon daemon;
        daemon.process().signal(signal);
        EXPECT_EQ(daemon.process().wait(), 0) << daemon.process().output();
    }
}

TEST(Lifecycle, LosesNothingWhenAllAreKilledAfterTheReply)
{
    Daemon daemon;
    for (int i = 1; i <= 5; ++i) {
        const std::string address = "192.0.2." + std::to_string(i);
        ASSERT_EQ(daemon.update(good_update + address), "200 ok updated");
        daemon.kill_all();
        daemon.start();
        EXPECT_EQ(daemon.dig("home.dyn.example.org", "A"), address);
    }
}

class Deaths : public testing::TestWithParam<const char*>
{
};

TEST_P(Deaths, LoseNothingAndAreLogged)
{
    Daemon daemon;
    ASSERT_EQ(daemon.update(good_update + "192.0.2.1"), "200 ok updated");
    const pid_t before = daemon.child(GetParam()).value();
    daemon.replace(GetParam(), SIGKILL);
    EXPECT_NE(daemon.child(GetParam()), before);
    EXPECT_THAT(daemon.process().output(),
                HasSubstr(std::string{GetParam()} + " (pid " + std::to_string(before) +
                          ") was killed by signal 9 (Killed)"));
    EXPECT_EQ(daemon.dig("home.dyn.example.org", "A"), "192.0.2.1");
    EXPECT_EQ(daemon.update(good_update + "192.0.2.2"), "200 ok updated");
    EXPECT_EQ(daemon.dig("home.dyn.example.org", "A"), "192.0.2.2");
    EXPECT_EQ(daemon.dig("home.dyn.example.org", "A", true), "192.0.2.2");
}

INSTANTIATE_TEST_SUITE_P(OfEach, Deaths, testing::Values("keeper", "updater", "responder"),
                         [](const auto& name) { return name.param; });

TEST(Lifecycle, AnswersWithoutTheKeeper)
{
    Daemon daemon;
    ASSERT_EQ(daemon.update(good_update + "192.0.2.1"), "200 ok updated");
    ::kill(daemon.child("keeper").value(), SIGSTOP);
    EXPECT_EQ(daemon.dig("home.dyn.example.org", "A"), "192.0.2.1");
    daemon.replace("keeper", SIGKILL);
}

TEST(Lifecycle, NoChildOutlivesTheSupervisor)
{
    Daemon daemon;
    std::vector<pid_t> children;
    for (const char* name : {"keeper", "updater", "responder"}) {
        children.push_back(daemon.child(name).value());
    }
    daemon.process().signal(SIGKILL);
    daemon.process().wait();
    for (const pid_t pid : children) {
        EXPECT_TRUE(support::eventually([&] { return ::kill(pid, 0) != 0; }));
    }
}

TEST(Reload, AppliesANewConfigAndKeepsTheState)
{
    Daemon daemon;
    ASSERT_EQ(daemon.update(good_update + "192.0.2.1"), "200 ok updated");
    daemon.configure(support::server_config() + support::sample_hosts() +
                     "[@new]\na=192.0.2.90\n[@more]\ntoken=more\n");
    ASSERT_TRUE(daemon.reload("serving dyn.example.org. with 5 hosts"));
    EXPECT_EQ(daemon.dig("new.dyn.example.org", "A"), "192.0.2.90");
    EXPECT_EQ(daemon.dig("home.dyn.example.org", "A"), "192.0.2.1");
    EXPECT_EQ(daemon.update("hostname=more.dyn.example.org&token=more&ipv4=192.0.2.3"), "200 ok updated");
}

TEST(Reload, RefusesAnInvalidConfigWithOneLineAndContinues)
{
    Daemon daemon;
    daemon.configure(support::server_config() + "[@new]\na=192.0.2\nx=y\n");
    ASSERT_TRUE(
        daemon.reload("reload refused, the old configuration stays in force: " + daemon.config_path() + ":"));
    EXPECT_EQ(daemon.dig("printer.dyn.example.org", "A"), "192.0.2.80");
    daemon.configure(support::server_config() + support::sample_hosts());
    EXPECT_TRUE(daemon.reload());
}

TEST(Reload, AsksForARestartIfItNeedsASocket)
{
    Daemon daemon;
    daemon.configure(support::server_config("listen = 127.0.0.1 127.0.0.9\n") + support::sample_hosts());
    EXPECT_TRUE(daemon.reload("listening on tcp 127.0.0.9 port 0 needs a restart"));
    EXPECT_EQ(daemon.dig("printer.dyn.example.org", "A"), "192.0.2.80");
}

TEST(Reload, AsksForARestartForAnotherUser)
{
    Daemon daemon;
    daemon.configure(support::server_config("user = games\n") + support::sample_hosts());
    EXPECT_TRUE(daemon.reload("another user= or group= needs a restart"));
}

TEST(Expiry, RemovesAHostsAddressesAndNeverThoseOfAStaticHost)
{
    DaemonStart start;
    start.config =
        support::server_config() + "[@home]\ntoken=secret\nexpire=1s\n[@fixed]\na=192.0.2.80\nexpire=1s\n";
    Daemon daemon{start};
    ASSERT_EQ(daemon.update(good_update + "192.0.2.1"), "200 ok updated");
    ASSERT_TRUE(daemon.logs("its lifetime expired")) << daemon.process().output();
    EXPECT_TRUE(support::eventually([&] { return daemon.dig("home.dyn.example.org", "A").empty(); }));
    EXPECT_EQ(daemon.dig("fixed.dyn.example.org", "A"), "192.0.2.80");
    daemon.kill_all();
    daemon.start();
    EXPECT_EQ(daemon.dig("home.dyn.example.org", "A"), "");
}

// Queries one after the other during many reloads: each is answered at the first try.
TEST(Reload, LosesNoDatagram)
{
    DaemonStart start;
    start.config =
        support::server_config("rate_limit = 0\n") + support::sample_hosts(); // one client, a thousand times
    Daemon daemon{start};
    const auto fd = support::connect_udp(daemon.udp());
    const std::string query = std::string("\x12\x34\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00", 12) +
                              "\x07printer\x03"
                              "dyn\x07"
                              "example\x03org" +
                              std::string("\x00\x00\x01\x00\x01", 5);
    std::size_t seen = daemon.process().output().size();
    for (int round = 0; round < 5; ++round) {
        daemon.process().signal(SIGHUP);
        while (daemon.process().output().find("nanodnsd: serving", seen) == std::string::npos) {
            support::send_all(fd.get(), query);
            ASSERT_TRUE(support::receive(fd.get())) << daemon.process().output();
        }
        seen = daemon.process().output().size();
    }
}

TEST(Start, ReportsThePositionOfEveryErrorInTheConfig)
{
    DaemonStart start;
    start.config = support::server_config("any = some\nttx = 5\n") + "[@home]\ntoken =\n";
    const auto result = refusal(start);
    EXPECT_EQ(result.status, 6);
    EXPECT_THAT(result.output, HasSubstr("nanodnsd.conf:6:7: "));
    EXPECT_THAT(result.output, HasSubstr("nanodnsd.conf:7:1: "));
    EXPECT_THAT(result.output, HasSubstr("ttl"));
    EXPECT_THAT(result.output, HasSubstr("token"));
}

TEST(Start, RefusesAPortThatIsTaken)
{
    Daemon first;
    DaemonStart start;
    start.config =
        support::server_config("", "port = " + std::to_string(first.tcp()) + "\n") + support::sample_hosts();
    const auto result = refusal(start);
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.output, HasSubstr("Address already in use"));
}

TEST(Start, RefusesAStateThatAnotherDaemonUses)
{
    Daemon first;
    const auto result = support::run(
        {support::installation() + "/bin/nanodnsd", "-c", first.config_path(), "-s", first.state_path()});
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.output, HasSubstr("another nanodnsd uses the state"));
    EXPECT_EQ(first.update(good_update + "192.0.2.1"), "200 ok updated");
}

TEST(Start, RefusesADamagedStateAndDoesNotChangeIt)
{
    Daemon daemon;
    ASSERT_EQ(daemon.update(good_update + "192.0.2.1"), "200 ok updated");
    daemon.stop();
    const std::string path = daemon.state_path() + ".0";
    const std::string other = daemon.state_path() + ".1";
    const std::string live = std::filesystem::file_size(path) != 0 ? path : other;
    std::string content = support::read_file(live);
    content[content.size() - 10] = static_cast<char>(content[content.size() - 10] ^ 1);
    support::write_file(live, content);

    const auto result = support::run(
        {support::installation() + "/bin/nanodnsd", "-c", daemon.config_path(), "-s", daemon.state_path()});
    EXPECT_EQ(result.status, 1) << result.output;
    EXPECT_THAT(result.output, HasSubstr("state file " + live + " is damaged at byte "));
    EXPECT_EQ(support::read_file(live), content);
}

TEST(Start, TakesOverThePredecessorsStateAndDoesNotChangeIt)
{
    const std::string old = "[@.home]\nexpire=" + std::to_string(std::time(nullptr) + 3600) +
                            "\na=192.0.2.44\naaaa=2001:db8::44\n";
    DaemonStart start;
    start.predecessors_state = old;
    Daemon daemon{start};
    EXPECT_EQ(daemon.dig("home.dyn.example.org", "A"), "192.0.2.44");
    EXPECT_EQ(daemon.dig("home.dyn.example.org", "AAAA"), "2001:db8::44");
    EXPECT_EQ(support::read_file(daemon.state_path()), old);
    ASSERT_EQ(daemon.update(good_update + "192.0.2.1"), "200 ok updated");
    daemon.stop();
    daemon.start(); // from now on it is ignored
    EXPECT_EQ(daemon.dig("home.dyn.example.org", "A"), "192.0.2.1");
}

// No state of our own is written before the error is fixed.
TEST(Start, RefusesAnErrorInThePredecessorsStateUntilItIsFixed)
{
    DaemonStart start;
    start.predecessors_state = "[@.home]\nexpire=soon\na=192.0.2.44\n";
    start.wait_until_it_serves = false;
    Daemon daemon{start};
    EXPECT_EQ(daemon.process().wait().value_or(-1), 1);
    EXPECT_THAT(daemon.process().output(), HasSubstr("cannot import the predecessor's state: " +
                                                     daemon.state_path() + ":2:8: expire: found soon"));
    support::write_file(daemon.state_path(),
                        "[@.home]\nexpire=" + std::to_string(std::time(nullptr) + 3600) + "\na=192.0.2.44\n");
    daemon.start();
    ASSERT_TRUE(daemon.logs("serving"));
    daemon.read_ports();
    EXPECT_EQ(daemon.dig("home.dyn.example.org", "A"), "192.0.2.44");
}

TEST(Options, CheckTheConfigAndPrintASummary)
{
    Daemon daemon;
    daemon.configure(support::server_config() + "[@printer]\na=192.0.2.80\n[@home]\ntoken=quite-secret\n");
    const std::string program = support::installation() + "/bin/nanodnsd";
    const auto good = support::run({program, "-n", "-c", daemon.config_path()});
    EXPECT_EQ(good.status, 0);
    EXPECT_THAT(good.output, HasSubstr("printer"));
    EXPECT_THAT(good.output, testing::Not(HasSubstr("quite-secret")));
    daemon.configure("[server]\ndomain = dyn.example.org\nfoo = 1\n");
    const auto bad = support::run({program, "-n", "-c", daemon.config_path()});
    EXPECT_EQ(bad.status, 6);
    EXPECT_THAT(bad.output, HasSubstr(":3:1: "));
    EXPECT_THAT(bad.output, HasSubstr("nameserver"));
}

TEST(Options, AreThoseOfTheManual)
{
    const std::string program = support::installation() + "/bin/nanodnsd";
    EXPECT_EQ(support::run({program, "-x"}).status, 2);
    EXPECT_EQ(support::run({program, "-h"}).status, 0);
    EXPECT_THAT(support::run({program, "-h"}).output, StartsWith("usage: nanodnsd "));
    EXPECT_THAT(support::run({program, "-V"}).output, StartsWith("nanodnsd 1.0.0 (+systemd)"));
    EXPECT_EQ(support::run({program, "-c", "/no/such/file"}).status, 1);
}

TEST(Options, AreTheOnlyArguments)
{
    const std::string program = support::installation() + "/bin/nanodnsd";
    using Arguments = std::vector<std::string>;
    for (const Arguments& more : {Arguments{"quite-secret"}, Arguments{"-n", "quite-secret"},
                                  Arguments{"quite-secret", "-c", "/no/such/file"}, Arguments{"--", "-n"},
                                  Arguments{"-V", "x"}, Arguments{"x", "-h"}}) {
        Arguments command{program};
        command.insert(command.end(), more.begin(), more.end());
        const auto result = support::run(command);
        EXPECT_EQ(result.status, 2) << more[0];
        EXPECT_THAT(result.output,
                    StartsWith("nanodnsd: found arguments that are not options, expected none\n"
                               "usage: nanodnsd "));
        EXPECT_THAT(result.output, testing::Not(HasSubstr("quite-secret")));
    }
}

} // namespace
