#include "daemon/updater/refused_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "privsep/log.h"
#include "tests/daemon/updater/updater_fixture.h"

namespace updater
{
namespace
{

using ::testing::HasSubstr;
using ::testing::Not;

/// What is logged meanwhile.
template <typename Action>
std::string logged_by(Action action)
{
    ::testing::internal::CaptureStderr();
    action();
    return ::testing::internal::GetCapturedStderr();
}

TEST(RefusedLine, ShowsNoPartOfAPathThatMayBeAToken)
{
    for (const auto& [path, shown] : std::vector<std::pair<std::string, std::string>>{
             {"/", "/"},
             {"", ""},
             {"/nic/update", "/nic/update"},
             {"/dns/api/update/", "/dns/api/update/"},
             {"/favicon.ico", "/favicon.ico"},
             {"/wp-admin/setup.php", "/wp-admin/..."},
             {"/update/secret", "/update/..."},
             {"/update/home/secret", "/update/..."},
             {"/api/update&token=secret", "/api/update..."},
             {"/api/updates=secret", "/api/updates..."},
             {"/api/update/secret/update", "/api/update/..."},
             {"/0f6b2c1d9a7e4f33", "/..."},
             {"/a%20secret", "/a..."},
             {"/a;secret", "/a..."},
             {"/\xC3\xA4", "/..."},
             {"*", "..."},
             {"secret", "..."},
         }) {
        EXPECT_EQ(shown_path(path), shown) << path;
    }
}

TEST(RefusedLine, ShowsNoHostNameThatMayBeAToken)
{
    EXPECT_EQ(shown_host("home.dyn.example.org"), "home.dyn.example.org");
    EXPECT_EQ(shown_host("home.dyn.example.org."), "home.dyn.example.org.");
    EXPECT_EQ(shown_host("home.dyn.example.org&token=secret"), "home.dyn.example.org...");
    EXPECT_EQ(shown_host("home.dyn.example.org\nsecret"), "home.dyn.example.org...");
    EXPECT_EQ(shown_host("0f6b2c1d9a7e4f3388d1c5a2b7e09614"), "");
    EXPECT_EQ(shown_host(""), "");
    EXPECT_EQ(shown_host("a." + std::string(5000, 'b')), "a." + std::string(251, 'b') + "...");
}

constexpr base::Uptime next_period{common::NetworkLogLimit::period_ms};

class RefusedRequests : public UpdaterFixture
{
protected:
    std::string log_of(const std::string& request)
    {
        return logged_by([&] {
            auto client = browse(request);
            replies += reply(client);
            client.hang_up();
            turn_until_quiet();
        });
    }
    std::string replies;
};

TEST_F(RefusedRequests, AreLoggedWithAddressPathHostAndReason)
{
    start();
    EXPECT_EQ(log_of("GET /nic/updates?hostname=h.example&token=secret HTTP/1.1\r\n\r\n"),
              "nanodnsd: 127.0.0.1: request for /nic/updates: 404 updates are at /api/update\n");
    EXPECT_EQ(log_of("GET /nic/update?hostname=h.example&token=secret&myip=x HTTP/1.1\r\n\r\n"),
              "nanodnsd: 127.0.0.1: request for /nic/update of h.example: 400 dnserr found ..., expected an "
              "IPv4 or IPv6 address\n");
    EXPECT_EQ(log_of("GET /api/update?hostname=h.example HTTP/1.1\r\n\r\n"),
              "nanodnsd: 127.0.0.1: request for /api/update of h.example: 403 authorization required\n");
    EXPECT_EQ(log_of("GET /api/update?hostname=h.example&token=secret&myip=192.0.2.1 HTTP/1.1\r\n\r\n"),
              "nanodnsd: 127.0.0.1: request for /api/update of h.example: 400 found parameter myip, expected "
              "ipv4 or ipv6\n");
    EXPECT_EQ(log_of("HEAD /api/update?hostname=h.example&token=secret HTTP/1.1\r\n\r\n"),
              "nanodnsd: 127.0.0.1: request for /api/update: 405 use GET or POST\n");
    EXPECT_EQ(
        log_of("GET /api/update?hostname=h.example&token= HTTP/1.1\r\n\r\n"),
        "nanodnsd: 127.0.0.1: request for /api/update of h.example: 403 the secret is empty, longer than "
        "255 bytes, or not in Base64\n");
    test_clock_now += next_period;
    EXPECT_EQ(log_of("GET /api/update?token=secret x HTTP/1.1\r\n\r\n"),
              "nanodnsd: 127.0.0.1: request: 400 malformed request line\n");
    EXPECT_EQ(log_of("GET http://h HTTP/1.1\r\n\r\n"),
              "nanodnsd: 127.0.0.1: request: 404 updates are at /api/update\n");
}

// The reply has two lines.
TEST_F(RefusedRequests, AreLoggedInOneLine)
{
    start();
    const std::string beginning = "nanodnsd: 127.0.0.1: request for /update: 400 KO ";
    EXPECT_EQ(log_of("GET /update?domains=home&token=secret&ip=192.0.2.1,192.0.2.2 HTTP/1.1\r\n\r\n"),
              beginning + "found two different IPv4 addresses, expected one\n");
    EXPECT_EQ(log_of("GET /update?domains=home&token=secret&ip=x HTTP/1.1\r\n\r\n"),
              beginning + "found ..., expected an IPv4 or IPv6 address\n");
    EXPECT_THAT(replies, HasSubstr("KO\nfound two different"));
}

TEST_F(RefusedRequests, AreLoggedWithoutTheirSecrets)
{
    start();
    const std::vector<std::string> requests = {
        "GET /api/update?hostname=h.example&token=secret&ipv4=x HTTP/1.1\r\n\r\n",
        "GET /api/update&token=secret HTTP/1.1\r\n\r\n",
        "GET /update/secret HTTP/1.1\r\n\r\n",
        "GET http://secret@host/a HTTP/1.1\r\n\r\n",
        "GET secret HTTP/1.1\r\n\r\n",
        "GET /api/update?token=secret\r\n\r\n",
        "GET /api/update?hostname=secret HTTP/1.1\r\n\r\n",
        "GET /api/update?hostname=h.example%26token=secret HTTP/1.1\r\n\r\n",
        "GET /nic/update?hostname=h.example&password=other&myip=secret HTTP/1.1\r\n\r\n",
        "GET /nic/update?hostname=h.example,..secret&password=other&myip=secret HTTP/1.1\r\n\r\n",
        "GET /nic/update?hostname=a..,secret&password=other HTTP/1.1\r\n\r\n",
        "GET /nic/update?hostname=a.example,secret..&password=other&myip=192.0.2.1,192.0.2.2 "
        "HTTP/1.1\r\n\r\n",
        "GET /update?domains=secret&token=other&ipv6=secret HTTP/1.1\r\n\r\n",
        "GET /update?domains=..&token=other&txt=secret HTTP/1.1\r\n\r\n",
        "GET /api/update?hostname=h.example&token=other&ip6prefix=secret HTTP/1.1\r\n\r\n",
        "secret /api/update HTTP/1.1\r\n\r\n",
        "POST /api/update HTTP/1.1\r\nContent-Length: secret\r\n\r\n",
        "POST /api/update HTTP/1.1\r\nContent-Length: 17\r\n\r\nx&token=secret&%4",
        "GET /api/update HTTP/1.1\r\nsecret\r\n\r\n",
        "GET /api/update HTTP/secret\r\n\r\n",
        "GET /api/update HTTP/1.1\r\nAuthorization: secret\r\nAuthorization: secret\r\n\r\n",
        "POST /present HTTP/1.1\r\nAuthorization: Basic dXNlcjpzZWNyZXQ=\r\nContent-Length: 2\r\n\r\n{}",
        "POST /present HTTP/1.1\r\nAuthorization: Bearer secret\r\nContent-Length: 2\r\n\r\n{}",
        "POST /update HTTP/1.1\r\nX-Api-Key: secret\r\nContent-Length: 8\r\n\r\n{\"secret",
    };
    for (const std::string& request : requests) {
        test_clock_now += next_period;
        const std::string text = log_of(request);
        EXPECT_THAT(text, HasSubstr("127.0.0.1: request")) << request;
        EXPECT_THAT(text, Not(HasSubstr("secret"))) << request;
    }
}

TEST_F(RefusedRequests, HaveAtMostTwentyLinesInTenSecondsFromAProxyOnLoopback)
{
    start();
    for (int i = 0; i < 20; ++i) {
        EXPECT_THAT(log_of("GET / HTTP/1.1\r\n\r\n"), HasSubstr("request for /: 404"));
    }
    EXPECT_EQ(log_of("GET / HTTP/1.1\r\n\r\n"), "");
    EXPECT_EQ(log_of("GET / HTTP/1.1\r\n\r\n"), "");
    test_clock_now += next_period;
    EXPECT_EQ(log_of("GET / HTTP/1.1\r\n\r\n"),
              "nanodnsd: 2 similar lines were suppressed\n"
              "nanodnsd: 127.0.0.1: request for /: 404 updates are at /api/update\n");
}

TEST_F(RefusedRequests, AreShownUnderVerboseLikeOthers)
{
    start();
    privsep::log_as("nanodnsd", false, 1);
    for (int i = 0; i < 7; ++i) {
        EXPECT_THAT(log_of("GET / HTTP/1.1\r\n\r\n"), HasSubstr("127.0.0.1: request for /: 404"));
    }
    privsep::log_as("nanodnsd", false, 0);
}

// What was counted since the last report would be lost over a reload.
TEST_F(RefusedRequests, AreInTheStatisticsThatAreLoggedAtTheEnd)
{
    start();
    log_of("GET / HTTP/1.1\r\n\r\n");
    supervisor.send(ipc::ReportStatistics{});
    EXPECT_THAT(logged_by([&] { turn_until_quiet(); }), HasSubstr("statistics: requests 1, "));
    log_of("GET / HTTP/1.1\r\n\r\n");
    log_of("GET / HTTP/1.1\r\n\r\n");
    supervisor.send(ipc::Quit{});
    EXPECT_EQ(
        logged_by([&] { turn_until([&] { return updater->state() == Updater::State::done; }); }),
        "nanodnsd: statistics: requests 2, updated 0, unchanged 0, refused 0, unavailable 0, invalid 2\n");
}

TEST_F(RefusedRequests, AreCountedUntilTheLastConnectionEnds)
{
    start();
    auto client = browse("GET / HTTP/1.1\r\n");
    turn_until_quiet();
    supervisor.send(ipc::Quit{});
    turn_until([&] { return updater->state() == Updater::State::quitting; });
    EXPECT_THAT(logged_by([&] {
                    client.send("\r\n");
                    reply(client);
                    client.hang_up();
                    turn_until([&] { return updater->state() == Updater::State::done; });
                }),
                HasSubstr("statistics: requests 1, "));
}

TEST_F(RefusedRequests, NoneAreReportedIfNothingWasCounted)
{
    start();
    supervisor.send(ipc::Quit{});
    EXPECT_EQ(logged_by([&] { turn_until([&] { return updater->state() == Updater::State::done; }); }), "");
}

// RFC 9110 section 9.3.2
TEST_F(RefusedRequests, WithHeadGetNoContent)
{
    start();
    for (const char* request :
         {"HEAD / HTTP/1.1\r\n\r\n", "HEAD /api/update HTTP/1.1\r\n\r\n", "HEAD / HTTP/2.0\r\n\r\n",
          "HEAD / x HTTP/1.1\r\n\r\n", "HEAD / HTTP/1.1\r\nno colon\r\n\r\n"}) {
        replies.clear();
        log_of(request);
        EXPECT_THAT(replies, ::testing::EndsWith("\r\n\r\n")) << request;
        EXPECT_THAT(replies, Not(HasSubstr("Content-Length: 0\r\n"))) << request;
    }
    EXPECT_FALSE(received_by_keeper());
}

} // namespace
} // namespace updater
