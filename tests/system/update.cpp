// From an HTTP request to a DNS answer: with curl, with inadyn and with raw requests.
#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "tests/support/daemon.h"

namespace
{

using support::Daemon;
using testing::HasSubstr;
using testing::StartsWith;

class Update : public testing::Test
{
protected:
    /// Sends these bytes; returns all that is received until the connection is closed.
    std::string exchange(const std::string& bytes, bool half_close = false) const
    {
        const auto fd = support::connect_tcp(daemon_.http());
        support::send_all(fd.get(), bytes);
        if (half_close) {
            ::shutdown(fd.get(), SHUT_WR);
        }
        return support::receive_all(fd.get());
    }
    std::string home(const std::string& type) const { return daemon_.dig("home.dyn.example.org", type); }
    std::string curl(std::vector<std::string> more) const
    {
        std::vector<std::string> command{"curl", "-s", "--max-time", "20", "-w", " %{http_code}"};
        command.insert(command.end(), more.begin(), more.end());
        return support::run(command).output;
    }
    std::string url(const std::string& path) const
    {
        return "http://127.0.0.1:" + std::to_string(daemon_.http()) + path;
    }

    Daemon daemon_;
};

TEST_F(Update, IsInTheDnsWhenItIsAcknowledged)
{
    EXPECT_EQ(daemon_.update("hostname=home.dyn.example.org&ipv4=192.0.2.7&ipv6=2001:db8::7&token=secret"),
              "200 ok updated");
    EXPECT_EQ(home("A"), "192.0.2.7");
    EXPECT_EQ(home("AAAA"), "2001:db8::7");
    EXPECT_EQ(
        daemon_.update("hostname=HOME.dyn.example.org.&ipv4=192.0.2.7&ipv6=2001%3adb8%3a%3A7&token=secret"),
        "200 ok unchanged");
}

TEST_F(Update, RemovesAnAddressThatIsMissingOrEmpty)
{
    daemon_.update("hostname=home.dyn.example.org&ipv4=192.0.2.7&ipv6=2001:db8::7&token=secret");
    EXPECT_EQ(daemon_.update("hostname=home.dyn.example.org&ipv4=192.0.2.7&ipv6=&token=secret"),
              "200 ok updated");
    EXPECT_EQ(home("AAAA"), "");
    EXPECT_EQ(daemon_.update("hostname=home.dyn.example.org&token=secret"), "200 ok updated");
    EXPECT_EQ(home("A"), "");
}

TEST_F(Update, DoesNotRevealIfTheHostOrTheTokenIsWrong)
{
    for (const char* query :
         {"hostname=home.dyn.example.org&token=wrong", "hostname=printer.dyn.example.org&token=secret",
          "hostname=nobody.dyn.example.org&token=secret", "hostname=example.com&token=secret",
          "hostname=dyn.example.org&token=secret", "hostname=home.dyn.example.org&token=other",
          "hostname=home.dyn.example.org&token="}) {
        EXPECT_THAT(daemon_.update(query), StartsWith("403 ")) << query;
    }
    EXPECT_EQ(home("A"), "");
}

TEST_F(Update, ReportsMissingAndInvalidParameters)
{
    EXPECT_EQ(daemon_.update("token=secret"), "400 hostname required");
    EXPECT_EQ(daemon_.update("hostname=home.dyn.example.org"), "403 authorization required");
    EXPECT_EQ(daemon_.update("hostname=home.dyn.example.org&token=secret&ipv4=1.2.3"),
              "400 bad ipv4 address");
    EXPECT_EQ(daemon_.update("hostname=home.dyn.example.org&token=secret&ipv6=1.2.3.4"),
              "400 bad ipv6 address");
}

TEST_F(Update, AcceptsFormsAndThePathOfAFritzBox)
{
    EXPECT_EQ(curl({"-d", "hostname=home.dyn.example.org", "-d", "token=secret", "-d", "ipv4=192.0.2.8",
                    url("/api/update")}),
              "ok updated 200");
    EXPECT_EQ(home("A"), "192.0.2.8");
    EXPECT_EQ(
        curl({url("/dns/api/update?hostname=home.dyn.example.org&ipv4=192.0.2.9&ipv6=&token=secret&x=y")}),
        "ok updated 200");
    EXPECT_EQ(home("A"), "192.0.2.9");
    EXPECT_THAT(curl({url("/api/update/?hostname=home.dyn.example.org&token=secret")}), HasSubstr("404"));
}

TEST_F(Update, LimitsEveryPartOfARequest)
{
    const std::string line = "GET /api/update?hostname=" + std::string(9000, 'a') + " HTTP/1.1\r\n\r\n";
    EXPECT_THAT(exchange(line), StartsWith("HTTP/1.1 414 "));
    std::string headers = "GET /api/update?token=x HTTP/1.1\r\n";
    for (int i = 0; i < 1000; ++i) {
        headers += "X-Header: " + std::string(100, 'a') + "\r\n";
    }
    EXPECT_THAT(exchange(headers + "\r\n"), StartsWith("HTTP/1.1 431 "));
    EXPECT_THAT(exchange("POST /api/update HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n"),
                StartsWith("HTTP/1.1 413 "));
    EXPECT_THAT(exchange("\x16\x03\x01\x02 garbage \x01\xff\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(exchange("PUT /api/update?a=b HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 405 "));
    EXPECT_THAT(exchange("PUT /nothing?a=b HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 501 "));
    EXPECT_THAT(exchange("GET /api/update?a=b HTTP/2.0\r\n\r\n"), StartsWith("HTTP/1.1 505 "));
    EXPECT_EQ(daemon_.update("hostname=home.dyn.example.org&ipv4=192.0.2.7&token=secret"), "200 ok updated");
}

TEST_F(Update, AnswersAHalfClosedClient)
{
    for (int i = 0; i < 20; ++i) {
        const std::string reply =
            exchange("GET /api/update?hostname=home.dyn.example.org&token=secret&ipv4=192.0.2." +
                         std::to_string(i) + " HTTP/1.0\r\n\r\n",
                     true);
        EXPECT_THAT(reply, StartsWith("HTTP/1.1 200 OK\r\n"));
        EXPECT_THAT(reply, HasSubstr("\r\n\r\nok updated"));
    }
}

TEST_F(Update, LogsTheChangeAndTheClientAndNoToken)
{
    daemon_.update("hostname=home.dyn.example.org&ipv4=192.0.2.7&token=secret");
    EXPECT_TRUE(daemon_.logs("192.0.2.7"));
    EXPECT_TRUE(daemon_.logs("127.0.0.1"));
    daemon_.update("hostname=home.dyn.example.org&ipv4=192.0.2.7&token=quite-wrong");
    daemon_.stop();
    EXPECT_THAT(daemon_.process().output(), testing::Not(HasSubstr("secret")));
    EXPECT_THAT(daemon_.process().output(), testing::Not(HasSubstr("quite-wrong")));
}

// Without it, both records would be removed, and the client told that all is well.
TEST_F(Update, RefusesAnAddressUnderTheNameThatOthersUse)
{
    daemon_.update("hostname=home.dyn.example.org&ipv4=192.0.2.7&ipv6=2001:db8::7&token=secret");
    EXPECT_EQ(daemon_.update("hostname=home.dyn.example.org&token=secret&myip=192.0.2.8"),
              "400 found parameter myip, expected ipv4 or ipv6");
    EXPECT_EQ(daemon_.update("hostname=home.dyn.example.org&token=secret&amp;ipv4=192.0.2.8"),
              "400 found parameter amp;ipv4, expected ipv4 or ipv6");
    EXPECT_EQ(home("A"), "192.0.2.7");
    EXPECT_EQ(home("AAAA"), "2001:db8::7");
}

// RFC 9110 sections 9.3.2 and 15.5.6; "curl -I" waits for the end of the header only.
TEST_F(Update, AnswersHeadWithoutContentAndNeverUpdates)
{
    const std::string path = "/api/update?hostname=home.dyn.example.org&token=secret&ipv4=192.0.2.7";
    const std::string reply = exchange("HEAD " + path + " HTTP/1.1\r\n\r\n");
    EXPECT_THAT(reply, StartsWith("HTTP/1.1 405 "));
    EXPECT_THAT(reply, HasSubstr("\r\nAllow: GET, POST\r\n"));
    EXPECT_THAT(reply, testing::EndsWith("\r\n\r\n"));
    EXPECT_EQ(home("A"), "");
    EXPECT_THAT(curl({"-I", url("/other")}), HasSubstr("Content-Length: 26\r\n"));
    EXPECT_THAT(curl({"-I", url("/other")}), testing::EndsWith("\r\n\r\n 404"));
}

// At the default level, but never a token.
TEST(UpdateLog, HasALineForARefusedRequest)
{
    support::DaemonStart start;
    start.options = {};
    Daemon daemon{start};
    daemon.update("hostname=home.dyn.example.org&pass=secret");
    EXPECT_TRUE(daemon.logs("nanodnsd-updater: 127.0.0.1: request for /api/update of home.dyn.example.org: "
                            "403 authorization required\n"));
    daemon.stop();
    EXPECT_THAT(daemon.process().output(),
                HasSubstr("nanodnsd-updater: statistics: requests 1, updated 0, "));
    EXPECT_THAT(daemon.process().output(), testing::Not(HasSubstr("secret")));
}

TEST_F(Update, IncreasesTheSerialOnlyIfItChangesSomething)
{
    const auto serial = [this] {
        const std::string soa = daemon_.dig("dyn.example.org", "SOA");
        const std::size_t start = soa.find(' ', soa.find(' ') + 1) + 1;
        return std::stoul(soa.substr(start));
    };
    const auto first = serial();
    daemon_.update("hostname=home.dyn.example.org&ipv4=192.0.2.7&token=secret");
    EXPECT_EQ(serial(), first + 1);
    daemon_.update("hostname=home.dyn.example.org&ipv4=192.0.2.7&token=secret");
    EXPECT_EQ(serial(), first + 1);
    daemon_.update("hostname=home.dyn.example.org&ipv4=192.0.2.8&token=secret");
    EXPECT_EQ(serial(), first + 2);
}

TEST_F(Update, ServesInadyn)
{
    const support::Folder folder;
    const std::string config = folder / "inadyn.conf";
    support::write_file(config, "period = 300\nforced-update = 43200 # seconds; at most half of expire=\n"
                                "custom nanodnsd {\n"
                                "  hostname = home.dyn.example.org\n  username = none\n  password = secret\n"
                                "  ddns-server = 127.0.0.1:" +
                                    std::to_string(daemon_.http()) +
                                    "\n  ddns-path = \"/api/update?hostname=%h&ipv4=%i&token=%p\"\n"
                                    "  checkip-command = \"echo 192.0.2.55\"\n  ssl = false\n}\n");
    const auto result = support::run({"inadyn", "-1", "-n", "--force", "-l", "debug", "-f", config,
                                      "--cache-dir", folder.path(), "-P", folder / "inadyn.pid"});
    EXPECT_EQ(result.status, 0) << result.output;
    EXPECT_EQ(home("A"), "192.0.2.55") << result.output;
}

// The addresses of office expire meanwhile. A time applies from the next update.
TEST(UpdateLifetime, MayBeNever)
{
    const std::string others = "[@office]\ntoken = other\nexpire = 1s\n[@home]\ntoken = secret\n";
    support::DaemonStart start;
    start.config = support::server_config() + others + "expire = never\n";
    Daemon daemon{start};
    const auto office_expires = [&daemon] {
        EXPECT_EQ(daemon.update("hostname=office.dyn.example.org&ipv4=192.0.2.9&token=other"),
                  "200 ok updated");
        return daemon.logs("office.dyn.example.org. A removed, its lifetime expired");
    };
    EXPECT_EQ(daemon.update("hostname=home.dyn.example.org&ipv4=192.0.2.7&token=secret"), "200 ok updated");
    EXPECT_TRUE(office_expires());
    EXPECT_EQ(daemon.dig("home.dyn.example.org", "A"), "192.0.2.7");
    daemon.configure(support::server_config() + others + "expire = 1s\n");
    daemon.stop();
    daemon.start();
    EXPECT_TRUE(office_expires());
    EXPECT_EQ(daemon.dig("home.dyn.example.org", "A"), "192.0.2.7");
    EXPECT_EQ(daemon.update("hostname=home.dyn.example.org&ipv4=192.0.2.7&token=secret"), "200 ok unchanged");
    EXPECT_TRUE(daemon.logs("home.dyn.example.org. A removed, its lifetime expired"));
}

// [http] timeout: for the whole connection, even if bytes keep coming.
TEST(UpdateTimeout, ClosesAConnectionThatIsTooSlow)
{
    support::DaemonStart start;
    start.config = support::server_config("", "", "timeout = 1s\n") + support::sample_hosts();
    Daemon daemon{start};
    const auto fd = support::connect_tcp(daemon.http());
    support::send_all(fd.get(), "GET /api/update?host");
    EXPECT_EQ(support::receive(fd.get()), std::nullopt); // the daemon closes it before our own timeout
    EXPECT_NE(errno, EAGAIN);
}

// The keeper still decides the update, and a client that repeats it learns that.
TEST(UpdateTimeout, TellsTheClientToTryAgainIfTheStoreIsTooSlow)
{
    support::DaemonStart start;
    start.config = support::server_config("", "", "timeout = 1s\n") + support::sample_hosts();
    Daemon daemon{start};
    const pid_t keeper = daemon.child("keeper").value();
    ::kill(keeper, SIGSTOP);
    ASSERT_TRUE(support::eventually([&] { return support::has_state(keeper, 'T'); }));
    const std::string query = "hostname=home.dyn.example.org&ipv4=192.0.2.7&token=secret";
    EXPECT_EQ(daemon.update(query), "503 911");
    EXPECT_TRUE(daemon.logs("an update was not stored in time: its client is told to try again"));
    ::kill(keeper, SIGCONT);
    std::string reply;
    EXPECT_TRUE(support::eventually([&] { // it may not have stored the first one yet
        reply = daemon.update(query);
        return reply != "503 911";
    }));
    EXPECT_EQ(reply, "200 ok unchanged");
}

TEST(UpdateConnections, AreLimitedAndAnIdleOneIsClosedForANewOne)
{
    support::DaemonStart start;
    start.config = support::server_config("", "", "connections = 4\n") + support::sample_hosts();
    Daemon daemon{start};
    std::vector<privsep::UniqueFd> idle;
    for (int i = 0; i < 20; ++i) {
        idle.push_back(support::connect_tcp(daemon.http()));
    }
    EXPECT_EQ(daemon.update("hostname=home.dyn.example.org&ipv4=192.0.2.7&token=secret"), "200 ok updated");
}

} // namespace
