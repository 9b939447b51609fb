// The secrets of DNS cookies if the config has none: they stay over a reload, and end with the death of a
// responder, which an attacker may have caused. With cookies=strict, a cookie is accepted if there is an
// answer.
#include <asm/unistd.h>
#include <csignal>
#include <gtest/gtest.h>

#include "proto/ipc/control.h"
#include "tests/support/daemon.h"
#include "tests/system/hostile_packets.h"

namespace
{

using privsep::UniqueFd;
using support::Daemon;

const std::string client_part = "8 octets";

class SecretsOfCookies : public testing::Test
{
protected:
    static support::DaemonStart start(const std::string& more = "")
    {
        support::DaemonStart result;
        result.config = support::server_config("cookies = strict\n" + more) + support::sample_hosts();
        return result;
    }

    /// The reply over UDP to a query with this cookie option.
    static std::string ask(const Daemon& daemon, const std::string& cookie)
    {
        const UniqueFd client = support::connect_udp(daemon.udp());
        support::send_all(client.get(), hostile::header(0, {1, 0, 0, 1}) +
                                            hostile::question(hostile::wire_name("printer.dyn.example.org")) +
                                            hostile::opt(hostile::option(10, cookie)));
        return support::receive(client.get()).value_or(std::string(12, '\0'));
    }
    /// The cookie that the server makes for the client.
    static std::string learn_cookie(const Daemon& daemon)
    {
        const std::string reply = ask(daemon, client_part);
        const std::size_t at = reply.find(client_part);
        EXPECT_NE(at, std::string::npos);
        return reply.substr(std::min(at, reply.size()), 24);
    }
    static bool accepts(const Daemon& daemon, const std::string& cookie)
    {
        return ask(daemon, cookie).at(7) == 1; // one answer; BADCOOKIE has none
    }
};

TEST_F(SecretsOfCookies, StayOverAReload)
{
    Daemon daemon{start()};
    const std::string cookie = learn_cookie(daemon);
    ASSERT_TRUE(accepts(daemon, cookie));
    ASSERT_TRUE(daemon.reload());
    EXPECT_TRUE(accepts(daemon, cookie));
    daemon.replace("keeper", SIGKILL); // another process
    EXPECT_TRUE(accepts(daemon, cookie));
}

TEST_F(SecretsOfCookies, EndWithTheDeathOfAResponder)
{
    for (const int signal : {SIGSEGV, SIGKILL}) {
        Daemon daemon{start()};
        const std::string cookie = learn_cookie(daemon);
        ASSERT_TRUE(accepts(daemon, cookie));
        daemon.replace("responder", signal);
        EXPECT_FALSE(accepts(daemon, cookie)) << signal;
        const std::string other = learn_cookie(daemon);
        EXPECT_TRUE(accepts(daemon, other));
        ASSERT_TRUE(daemon.reload());
        EXPECT_TRUE(accepts(daemon, other));
        EXPECT_FALSE(accepts(daemon, cookie));
    }
}

// Those that did not die get the new secret, too.
TEST_F(SecretsOfCookies, EndInAllRespondersIfOneDies)
{
    Daemon daemon{start("workers = 3\n")};
    const std::string cookie = learn_cookie(daemon);
    const auto responders = daemon.all_of("responder");
    ASSERT_EQ(responders.size(), 3U);
    ::kill(responders.at(1), SIGSEGV);
    EXPECT_TRUE(support::eventually([&] { return !accepts(daemon, cookie); }));
    const std::string other = learn_cookie(daemon);
    EXPECT_TRUE(accepts(daemon, other));
}

TEST_F(SecretsOfCookies, StayIfTheyAreTheConfigs)
{
    Daemon daemon{start("cookie_secret = 000102030405060708090a0b0c0d0e0f\n")};
    const std::string cookie = learn_cookie(daemon);
    daemon.replace("responder", SIGSEGV);
    EXPECT_TRUE(accepts(daemon, cookie));
    daemon.kill_all();
    daemon.start();
    EXPECT_TRUE(accepts(daemon, cookie));
}

TEST_F(SecretsOfCookies, AreNewAtEachStart)
{
    Daemon daemon{start()};
    const std::string cookie = learn_cookie(daemon);
    daemon.kill_all();
    daemon.start();
    EXPECT_FALSE(accepts(daemon, cookie));
}

} // namespace
