// Guesses at tokens are limited (nanodnsd-update(7), "Wrong tokens"): the real daemon, several networks.
#include <algorithm>
#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/daemon.h"
#include "tests/system/own_network.h"

namespace
{

using support::Daemon;

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

TEST(BruteForceLimit, BlocksTheAttackerAndNotANeighbour)
{
    hostile::in_own_network({"192.0.2.1", "192.0.2.200", "198.51.100.1"}, [] {
        Daemon daemon;
        EXPECT_EQ(guesses(daemon, "192.0.2.1", "home"), five_and_no_more);
        EXPECT_TRUE(daemon.logs("refused an update of home.dyn.example.org. from 192.0.2.1: wrong token"));
        EXPECT_TRUE(daemon.logs("updates of home.dyn.example.org. from 192.0.2.1 are blocked: too many wrong "
                                "tokens"));
        EXPECT_EQ(update(daemon, "192.0.2.1", "home", "secret"), "911 503");
        EXPECT_EQ(daemon.dig("home.dyn.example.org", "A"), "");
        EXPECT_EQ(update(daemon, "192.0.2.200", "home", "secret"), "ok updated 200");
        EXPECT_EQ(update(daemon, "198.51.100.1", "home", "secret"), "ok unchanged 200");
        EXPECT_EQ(update(daemon, "192.0.2.1", "office", "other"), "ok updated 200");
    });
}

TEST(BruteForceLimit, GuessesAtUnknownNamesBlockNothingElse)
{
    hostile::in_own_network({"192.0.2.1", "192.0.2.200"}, [] {
        Daemon daemon;
        for (int i = 0; i < 45; ++i) {
            EXPECT_EQ(update(daemon, "192.0.2.1", "unknown" + std::to_string(i), "guess"), "forbidden 403");
        }
        EXPECT_EQ(update(daemon, "192.0.2.1", "home", "secret"), "ok updated 200");
        EXPECT_EQ(update(daemon, "192.0.2.200", "office", "other"), "ok updated 200");
    });
}

// Strangers use up the guesses at a short token. The owner is where the last update came from.
TEST(BruteForceLimit, LimitsGuessesAtAShortTokenOverAllClientsButNotThoseOfTheOwner)
{
    std::vector<std::string> networks;
    for (int i = 0; i < 25; ++i) {
        networks.push_back(std::to_string(11 + i) + ".0.0.1");
    }
    std::vector<std::string> all = networks;
    all.insert(all.end(), {"192.0.2.1", "203.0.113.1"});
    hostile::in_own_network(all, [&] {
        Daemon daemon{{.config = support::server_config() +
                                 "[@home]\ntoken=secret\n[@office]\ntoken=a-token-of-16-by\n"}};
        EXPECT_EQ(update(daemon, "203.0.113.1", "home", "secret"), "ok updated 200");
        std::ptrdiff_t examined = 0;
        for (const std::string& from : networks) {
            examined += std::ranges::count(guesses(daemon, from, "home"), "forbidden 403");
        }
        EXPECT_GE(examined, 100);
        EXPECT_LE(examined, 103) << "one more each minute";
        EXPECT_TRUE(daemon.logs("are blocked: too many wrong tokens from all clients together"));
        for (const std::string& from : networks) {
            EXPECT_EQ(guesses(daemon, from, "office"), five_and_no_more);
        }
        EXPECT_EQ(update(daemon, "203.0.113.1", "home", "secret"), "ok unchanged 200");
        EXPECT_EQ(update(daemon, "192.0.2.1", "office", "a-token-of-16-by"), "ok updated 200");
    });
}

// As one that was broken into is killed by the supervisor.
TEST(BruteForceLimit, ForgetsTheGuessesOfAnUpdaterThatIsReplaced)
{
    hostile::in_own_network({"192.0.2.1"}, [] {
        Daemon daemon;
        EXPECT_EQ(guesses(daemon, "192.0.2.1", "home"), five_and_no_more);
        daemon.replace("updater", SIGKILL);
        EXPECT_EQ(update(daemon, "192.0.2.1", "home", "secret"), "ok updated 200");
    });
}

TEST(BruteForceLimit, DoesNotRevealWhichHostsExist)
{
    hostile::in_own_network({"192.0.2.1"}, [] {
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

// The client is told the same for each.
TEST(RefusedUpdates, AreExplainedToTheOperatorOnly)
{
    Daemon daemon;
    for (const char* query : {"home.dyn.example.org&token=wrong", "printer.dyn.example.org&token=secret",
                              "nowhere.dyn.example.org&token=secret", "home&token=secret"}) {
        EXPECT_EQ(daemon.update("ipv4=192.0.2.7&hostname=" + std::string{query}), "403 forbidden");
    }
    for (const char* line :
         {"refused an update of home.dyn.example.org. from 127.0.0.1: wrong token",
          "refused an update of printer.dyn.example.org. from 127.0.0.1: a static host, which has no token "
          "in the "
          "config",
          "refused an update of nowhere.dyn.example.org. from 127.0.0.1: unknown host",
          "refused an update of home. from 127.0.0.1: unknown host; did you mean home.dyn.example.org?"}) {
        EXPECT_TRUE(daemon.logs(line)) << line;
    }
}

// They would be lost with the keeper that counted them.
TEST(KeepersStatistics, AreLoggedBeforeAReloadAndAtTheEnd)
{
    Daemon daemon;
    daemon.update("hostname=home.dyn.example.org&token=secret&ipv4=192.0.2.7");
    ASSERT_TRUE(
        daemon.reload("statistics: updates 1 stored, 0 unchanged, 0 refused, 0 not storable, 0 blocked; "
                      "0 hosts expired"));
    ASSERT_TRUE(daemon.logs("serving"));
    daemon.update("hostname=home.dyn.example.org&token=wrong&ipv4=192.0.2.7");
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_TRUE(daemon.logs("statistics: updates 0 stored, 0 unchanged, 1 refused"));
}

} // namespace
