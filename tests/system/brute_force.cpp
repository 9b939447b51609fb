// Clients that guess tokens are blocked (nanodnsd(8), "Updates"): the real daemon, and clients in several
// networks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <thread>

#include "tests/support/daemon.h"

namespace
{

using support::Daemon;

/// Runs `work` in a new network namespace, in which these addresses belong to this machine.
template <typename Work>
void with_addresses(const std::vector<std::string>& addresses, Work work)
{
    std::thread thread{[&] { // unshare(2) is for one thread; processes that it starts inherit the namespace
        ASSERT_EQ(::unshare(CLONE_NEWNET), 0);
        ASSERT_EQ(support::run({"ip", "link", "set", "lo", "up"}).status, 0);
        for (const std::string& address : addresses) {
            ASSERT_EQ(support::run({"ip", "address", "add", address, "dev", "lo"}).status, 0) << address;
        }
        work();
    }};
    thread.join();
}

/// "STATUS body" of an update that comes from this address.
std::string update(const Daemon& daemon, const std::string& from, const std::string& host,
                   const std::string& token)
{
    const support::Result result =
        support::run({"curl", "-s", "--max-time", "20", "--interface", from, "-w", " %{http_code}",
                      "http://127.0.0.1:" + std::to_string(daemon.http()) + "/api/update?hostname=" + host +
                          ".dyn.example.org&ipv4=192.0.2.7&token=" + token});
    return result.output;
}

using Replies = std::vector<std::string>;

Replies guesses(const Daemon& daemon, const std::string& from, const std::string& host)
{
    Replies replies;
    for (int i = 0; i < 7; ++i) {
        replies.push_back(update(daemon, from, host, "guess" + std::to_string(i)));
    }
    return replies;
}

const Replies five_and_no_more{"forbidden 403", "forbidden 403", "forbidden 403", "forbidden 403",
                               "forbidden 403", "911 503",       "911 503"};

TEST(BruteForceLimit, BlocksTheAttackersNetworkAndNotTheOwners)
{
    with_addresses({"192.0.2.1", "192.0.2.200", "198.51.100.1"}, [] {
        Daemon daemon;
        EXPECT_EQ(guesses(daemon, "192.0.2.1", "home"), five_and_no_more);
        EXPECT_TRUE(daemon.logs("blocking updates of home.dyn.example.org. from 192.0.2.0/24 for 60 s: too "
                                "many wrong tokens"));
        EXPECT_EQ(update(daemon, "192.0.2.1", "home", "secret"), "911 503");
        EXPECT_EQ(update(daemon, "192.0.2.200", "home", "secret"), "911 503");
        EXPECT_EQ(daemon.dig("home.dyn.example.org", "A"), "");
        EXPECT_EQ(update(daemon, "198.51.100.1", "home", "secret"), "ok updated 200");
        EXPECT_EQ(update(daemon, "192.0.2.1", "office", "other"), "ok updated 200");
    });
}

TEST(BruteForceLimit, DoesNotRevealWhichHostsExist)
{
    with_addresses({"192.0.2.1"}, [] {
        Daemon daemon;
        for (const char* host : {"home", "printer", "nowhere"}) { // dynamic, static, none
            EXPECT_EQ(guesses(daemon, "192.0.2.1", host), five_and_no_more) << host;
        }
    });
}

TEST(BruteForceLimit, ExemptsTheLoopbackNetworkWhereAProxyMayRun)
{
    Daemon daemon;
    EXPECT_THAT(guesses(daemon, "127.0.0.1", "home"), testing::Each("forbidden 403"));
    EXPECT_EQ(update(daemon, "127.0.0.1", "home", "secret"), "ok updated 200");
}

} // namespace
