// Starts at boot: addresses that do not exist yet, and a config with errors.
#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <thread>
#include <unistd.h>

#include "tests/support/daemon.h"
#include "tests/system/service_manager.h"

namespace
{

using support::Daemon;
using support::DaemonStart;
using support::Manager;
using testing::AllOf;
using testing::HasSubstr;

std::string config_on(const std::string& address)
{
    return "[server]\ndomain=dyn.example.org\nnameserver=ns.example.org\nemail=a@example.org\nlisten=" +
           address + "\n[udp]\nport=53\n[tcp]\nport=53\n[http]\nport=80\nlisten=127.0.0.1\n" +
           support::sample_hosts();
}

std::string dig(const std::string& address, const char* how)
{
    return support::run({"dig", "@" + address, how, "+short", "+tries=1", "printer.dyn.example.org", "A"})
        .output;
}

class AbsentAddress : public testing::TestWithParam<const char*>
{
};

TEST_P(AbsentAddress, IsServedAsSoonAsItIsThere)
{
    const std::string address = GetParam();
    std::thread thread{[&] { // unshare(2) is for one thread; processes that it starts inherit the namespace
        ASSERT_EQ(::unshare(CLONE_NEWNET), 0);
        ASSERT_EQ(support::run({"ip", "link", "set", "lo", "up"}).status, 0);
        DaemonStart start;
        start.config = config_on(address);
        start.wait_until_it_serves = false;
        Daemon daemon{start};
        EXPECT_TRUE(daemon.logs("nanodnsd: listen=: this machine does not have " + address + " yet"));
        ASSERT_TRUE(daemon.logs("nanodnsd: serving")) << daemon.process().output();
        ASSERT_EQ(support::run({"ip", "address", "add", address, "dev", "lo", "nodad"}).status, 0);
        EXPECT_EQ(dig(address, "+notcp"), "192.0.2.80\n");
        EXPECT_EQ(dig(address, "+tcp"), "192.0.2.80\n");
    }};
    thread.join();
}

INSTANTIATE_TEST_SUITE_P(Each, AbsentAddress, testing::Values("192.0.2.1", "2001:db8::1"),
                         [](const auto& address) { return address.index == 0 ? "Ipv4" : "Ipv6"; });

// If it exited, systemd would start it twice a second until the config is fixed.
TEST(InvalidConfig, IsTriedAgainUnderAServiceManager)
{
    const Manager manager;
    DaemonStart start;
    start.environment = {manager.variable()};
    start.config = support::server_config() + "[@new]\na=192.0.2\n";
    start.wait_until_it_serves = false;
    Daemon daemon{start};
    EXPECT_THAT(manager.hear(), AllOf(testing::StartsWith("STATUS=not serving, next start in 10 s: "),
                                      HasSubstr("nanodnsd.conf:")));
    EXPECT_TRUE(daemon.all_children().empty()) << "a reader is left";
    daemon.process().signal(SIGHUP);
    EXPECT_EQ(daemon.process().wait(), 6);
}

TEST(UnreadableConfig, IsTriedAgainUnderAServiceManager)
{
    const Manager manager;
    DaemonStart start;
    start.environment = {manager.variable()};
    start.options = {"-c", "/no/such/nanodnsd.conf"};
    start.wait_until_it_serves = false;
    Daemon daemon{start};
    EXPECT_THAT(manager.hear(), AllOf(testing::StartsWith("STATUS=not serving, next start in 10 s: "),
                                      HasSubstr("cannot open /no/such/nanodnsd.conf")));
    daemon.process().signal(SIGHUP);
    EXPECT_EQ(daemon.process().wait(), 1);
}

TEST(FailedStart, IsTriedAgainUnderAServiceManager)
{
    const Manager manager;
    DaemonStart start;
    start.environment = {manager.variable()};
    start.options = {"-s", "/proc/there/is/no/state"};
    start.wait_until_it_serves = false;
    Daemon daemon{start};
    EXPECT_EQ(manager.hear(), "STATUS=not serving, next start in 10 s: the log says why");
    daemon.process().signal(SIGHUP);
    EXPECT_EQ(daemon.process().wait(), 1);
    EXPECT_TRUE(daemon.all_children().empty()) << "a reader is left";
}

TEST(KeysOfTheStart, UserAndGroupAreIgnoredWithoutRoot)
{
    DaemonStart start;
    start.config = support::server_config("user = nobody\ngroup = nogroup\n") + support::sample_hosts();
    start.before_exec = support::become_ordinary;
    Daemon daemon{start};
    EXPECT_THAT(daemon.process().output(),
                HasSubstr(":1: warning: user= is ignored: nanodnsd was not started as root"));
    EXPECT_THAT(daemon.process().output(), HasSubstr(":1: warning: group= is ignored"));
}

TEST(RefusedReload, IsInTheStatusUntilTheNextValidOne)
{
    const Manager manager;
    DaemonStart start;
    start.environment = {manager.variable()};
    Daemon daemon{start};
    const std::string serving = "READY=1\nSTATUS=serving dyn.example.org. with 3 hosts";
    EXPECT_EQ(manager.hear(), serving);
    daemon.configure(support::server_config() + "[@new]\na=192.0.2\n");
    daemon.process().signal(SIGHUP);
    EXPECT_THAT(manager.hear(), testing::StartsWith("RELOADING=1\n"));
    EXPECT_THAT(manager.hear(), AllOf(testing::StartsWith(serving + "; the last reload was refused, the old "
                                                                    "configuration stays in force: "),
                                      HasSubstr("nanodnsd.conf:")));
    daemon.configure(support::server_config() + support::sample_hosts());
    daemon.process().signal(SIGHUP);
    EXPECT_THAT(manager.hear(), testing::StartsWith("RELOADING=1\n"));
    EXPECT_EQ(manager.hear(), serving);
}

} // namespace
