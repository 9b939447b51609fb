// The secrets of DNS cookies if the config has none: they stay over a reload, and end with the death of a
// responder, which an attacker may have caused. With cookies=strict, a cookie is accepted if there is an
// answer.
#include <csignal>
#include <gtest/gtest.h>

#include "tests/support/cookies.h"
#include "tests/support/daemon.h"

namespace
{

using support::Daemon;

class SecretsOfCookies : public testing::Test
{
protected:
    static support::DaemonStart start(const std::string& more = "")
    {
        support::DaemonStart result;
        result.config = support::server_config("cookies = strict\n" + more) + support::sample_hosts();
        return result;
    }
};

TEST_F(SecretsOfCookies, StayOverAReload)
{
    Daemon daemon{start()};
    const std::string cookie = support::learn_cookie(daemon);
    ASSERT_TRUE(support::accepts_cookie(daemon, cookie));
    ASSERT_TRUE(daemon.reload());
    EXPECT_TRUE(support::accepts_cookie(daemon, cookie));
    daemon.replace("keeper", SIGKILL); // another process
    EXPECT_TRUE(support::accepts_cookie(daemon, cookie));
}

TEST_F(SecretsOfCookies, EndWithTheDeathOfAResponder)
{
    for (const int signal : {SIGABRT, SIGKILL}) {
        Daemon daemon{start()};
        const std::string cookie = support::learn_cookie(daemon);
        ASSERT_TRUE(support::accepts_cookie(daemon, cookie));
        daemon.replace("responder", signal);
        EXPECT_FALSE(support::accepts_cookie(daemon, cookie)) << signal;
        const std::string other = support::learn_cookie(daemon);
        EXPECT_TRUE(support::accepts_cookie(daemon, other));
        ASSERT_TRUE(daemon.reload());
        EXPECT_TRUE(support::accepts_cookie(daemon, other));
        EXPECT_FALSE(support::accepts_cookie(daemon, cookie));
    }
}

// Those that did not die get the new secret, too.
TEST_F(SecretsOfCookies, EndInAllRespondersIfOneDies)
{
    Daemon daemon{start("workers = 3\n")};
    const std::string cookie = support::learn_cookie(daemon);
    const auto responders = daemon.all_of("responder");
    ASSERT_EQ(responders.size(), 3U);
    ::kill(responders.at(1), SIGABRT);
    EXPECT_TRUE(support::eventually([&] { return !support::accepts_cookie(daemon, cookie); }));
    const std::string other = support::learn_cookie(daemon);
    EXPECT_TRUE(support::accepts_cookie(daemon, other));
}

TEST_F(SecretsOfCookies, StayIfTheyAreTheConfigs)
{
    Daemon daemon{start("cookie_secret = 000102030405060708090a0b0c0d0e0f\n")};
    const std::string cookie = support::learn_cookie(daemon);
    daemon.replace("responder", SIGABRT);
    EXPECT_TRUE(support::accepts_cookie(daemon, cookie));
    daemon.kill_all();
    daemon.start();
    EXPECT_TRUE(support::accepts_cookie(daemon, cookie));
}

TEST_F(SecretsOfCookies, AreNewAtEachStart)
{
    Daemon daemon{start()};
    const std::string cookie = support::learn_cookie(daemon);
    daemon.kill_all();
    daemon.start();
    EXPECT_FALSE(support::accepts_cookie(daemon, cookie));
}

} // namespace
