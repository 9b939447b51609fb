// The page for people, of the real daemon: tests/page has it in a browser.
#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "tests/support/admin.h"
#include "tests/support/daemon.h"

namespace
{

using support::Daemon;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
namespace admin = ipc::admin;

class PageOfTheDaemon : public testing::Test
{
protected:
    std::string config(const std::string& more_of_http = "") const
    {
        return support::server_config("", "", more_of_http) + "[control]\nsocket = " + path_ + "\n" +
               support::sample_hosts() + "[@nas]\nfollow = home\nsuffix = ::1\n";
    }
    /// The reply to a form.
    std::string post(const std::string& form) const
    {
        return ask("POST / HTTP/1.1\r\nHost: ns.example.org\r\nContent-Length: " +
                   std::to_string(form.size()) + "\r\n\r\n" + form);
    }
    std::string ask(const std::string& request) const
    {
        const auto client = support::connect_tcp(daemon_.http());
        support::send_all(client.get(), request);
        return support::receive_all(client.get());
    }
    std::optional<admin::HostRow> row_of_home() const
    {
        support::Admin client = support::greeted(path_);
        const auto rows = client.ask_for<admin::HostRow>(admin::AskHosts{"home*"});
        return rows.empty() ? std::nullopt : std::optional{rows.front()};
    }

    support::Folder folder_;
    const std::string path_ = folder_ / "control";
    Daemon daemon_{{.config = config()}};
};

TEST_F(PageOfTheDaemon, ShowsSetsAndClearsAHost)
{
    EXPECT_THAT(
        post("host=home&token=secret"),
        AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("This host was never updated."), EndsWith("</html>\n")));
    EXPECT_THAT(post("host=home.dyn.example.org&token=secret&do=set&ip=192.0.2.7%2C2001%3Adb8%3A%3A7"),
                AllOf(HasSubstr("Done. The records are changed."), HasSubstr("<dd>192.0.2.7</dd>"),
                      HasSubstr("<dd>2001:db8::7</dd>"), HasSubstr(" s ago</dd>")));
    EXPECT_EQ(daemon_.dig("home.dyn.example.org", "A"), "192.0.2.7");
    EXPECT_EQ(daemon_.dig("home.dyn.example.org", "AAAA"), "2001:db8::7");
    EXPECT_TRUE(daemon_.logs("by page from 127.0.0.1"));
    EXPECT_THAT(post("host=home&token=secret&do=set&ip=192.0.2.8"),
                AllOf(HasSubstr("<dd>192.0.2.8</dd>"), HasSubstr("<dd>2001:db8::7</dd>")))
        << "a family that is not in the form is kept";
    EXPECT_THAT(post("host=home&token=secret&do=clear"), HasSubstr("Done. The records are changed."));
    EXPECT_EQ(daemon_.dig("home.dyn.example.org", "A") + daemon_.dig("home.dyn.example.org", "AAAA"), "");
    EXPECT_THAT(post("host=home&token=secret&do=clear"),
                HasSubstr("Done. The records were the same before."));
}

TEST_F(PageOfTheDaemon, HasOneAnswerForAllHostsThatTheTokenDoesNotOpen)
{
    const std::string first = post("host=home&token=guess");
    EXPECT_THAT(first, StartsWith("HTTP/1.1 403 "));
    for (const char* form :
         {"host=unknown&token=secret", "host=printer&token=secret", "host=nas&token=secret",
          "host=office&token=secret", "host=home.elsewhere.example&token=secret",
          "host=office&token=guess&do=set&ip=192.0.2.1", "host=unknown&token=guess&do=clear"}) {
        EXPECT_EQ(post(form), first) << form;
    }
}

TEST_F(PageOfTheDaemon, IsWhatAnAdministratorSeesOfItsUsers)
{
    post("host=home&token=guess");
    post("host=home&token=secret&do=set&ip=192.0.2.7");
    auto row = row_of_home();
    ASSERT_TRUE(row && row->refused);
    EXPECT_EQ(row->dialect, "page");
    EXPECT_EQ(row->from, base::parse_address("127.0.0.1"));
    EXPECT_EQ(row->refused->dialect, "page");
    EXPECT_EQ(row->refused->reason, "wrong secret");
    EXPECT_EQ(row->refused->since_success, 0U);
    const auto seen = row->seen;
    post("host=home&token=secret");
    post("host=home&token=guess");
    row = row_of_home();
    ASSERT_TRUE(row && row->refused);
    EXPECT_EQ(row->seen, seen) << "a look is no report";
    EXPECT_EQ(row->refused->count, 2U);
}

TEST_F(PageOfTheDaemon, ShowsTheRecordsOverAReloadAndDeaths)
{
    post("host=home&token=secret&do=set&ip=192.0.2.7");
    const auto expect_home = [&] {
        EXPECT_THAT(post("host=home&token=secret"), HasSubstr("<dd>192.0.2.7</dd>"));
    };
    daemon_.replace("keeper", SIGKILL);
    expect_home();
    daemon_.replace("updater", SIGKILL);
    expect_home();
    ASSERT_TRUE(daemon_.reload());
    expect_home();
}

TEST_F(PageOfTheDaemon, IsTurnedOffByAReload)
{
    EXPECT_THAT(ask("GET / HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
    daemon_.configure(config("page = no\n"));
    ASSERT_TRUE(daemon_.reload());
    EXPECT_THAT(ask("GET / HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.1 404 "));
    EXPECT_THAT(post("host=home&token=secret&do=set&ip=192.0.2.7"), StartsWith("HTTP/1.1 404 "));
    EXPECT_EQ(daemon_.dig("home.dyn.example.org", "A"), "");
}

// A browser that stores the token as a password of the site sends it in this field.
TEST_F(PageOfTheDaemon, TakesNoTokenThatABrowserAddsItself)
{
    const std::string body = "host=home&do=set&ip=192.0.2.7";
    EXPECT_THAT(ask("POST / HTTP/1.1\r\nAuthorization: Bearer secret\r\nContent-Length: " +
                    std::to_string(body.size()) + "\r\n\r\n" + body),
                AllOf(StartsWith("HTTP/1.1 400 "), Not(HasSubstr("secret"))));
    EXPECT_EQ(daemon_.dig("home.dyn.example.org", "A"), "");
}

} // namespace
