// The page for people, of the real updater.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "tests/daemon/updater/updater_fixture.h"

namespace updater
{
namespace
{

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class PageTest : public UpdaterFixture
{
protected:
    PageTest() { has_page = true; }
    static std::string form(const std::string& more)
    {
        const std::string body = "host=home&token=secret-of-home-1" + more;
        return "POST / HTTP/1.1\r\nHost: ns.example.org\r\nOrigin: "
               "http://ns.example.org\r\nContent-Length: " +
               std::to_string(body.size()) + "\r\n\r\n" + body;
    }
    void see(ipc::RequestId id)
    {
        ipc::Seen seen;
        seen.id = id;
        seen.host = dns::CompactName{*dns::Name::from_text("home.example.org")};
        seen.was_updated = true;
        seen.address4 = base::parse_address4("192.0.2.7");
        seen.lifetime = base::never;
        EXPECT_EQ(keeper.send(seen), privsep::Transfer::done);
    }
    /// The reply if it is a whole page.
    std::string page(Browser& browser)
    {
        const std::string text = reply(browser);
        const std::size_t at = text.find("\r\n\r\n") + 4;
        EXPECT_THAT(text, HasSubstr("\r\nContent-Length: " + std::to_string(text.size() - at) + "\r\n"));
        EXPECT_THAT(text, EndsWith("</html>\n"));
        EXPECT_THAT(text, Not(HasSubstr("secret-of-home-1")));
        return text;
    }
};

const std::string get_page = "GET / HTTP/1.1\r\nHost: ns.example.org\r\n\r\n";

TEST_F(PageTest, IsServedWithItsFields)
{
    start();
    auto client = browse(get_page);
    const std::string text = page(client);
    EXPECT_THAT(text, StartsWith("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"));
    for (const char* field : {"Content-Security-Policy: default-src 'none'; style-src 'sha256-",
                              "Referrer-Policy: no-referrer\r\n",
                              "'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'\r\n",
                              "Cross-Origin-Opener-Policy: same-origin\r\n",
                              "Cross-Origin-Resource-Policy: same-origin\r\n", "X-Robots-Tag: noindex\r\n",
                              "Cache-Control: no-store\r\n", "X-Content-Type-Options: nosniff\r\n"}) {
        EXPECT_THAT(text, HasSubstr(field));
    }
    EXPECT_THAT(text, Not(HasSubstr("Set-Cookie")));
    EXPECT_THAT(text, HasSubstr("<strong>127.0.0.1</strong>"));
    EXPECT_THAT(text, Not(HasSubstr("not encrypted"))) << "loopback";
}

TEST_F(PageTest, IsNotThereWithoutItsKey)
{
    has_page = false;
    start();
    auto client = browse(get_page);
    EXPECT_THAT(reply(client), StartsWith("HTTP/1.1 404 "));
}

TEST_F(PageTest, HasOtherMethodsAndPaths)
{
    start();
    auto head = browse("HEAD / HTTP/1.1\r\n\r\n");
    EXPECT_THAT(reply(head), StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(head.received(), EndsWith("\r\n\r\n"));
    auto put = browse("PUT / HTTP/1.1\r\n\r\n");
    EXPECT_THAT(reply(put), StartsWith("HTTP/1.1 405 "));
    EXPECT_THAT(put.received(), HasSubstr("Allow: GET, POST\r\n"));
    auto elsewhere = browse("GET /index.html/ HTTP/1.1\r\n\r\n");
    EXPECT_THAT(reply(elsewhere), StartsWith("HTTP/1.1 404 "));
}

TEST_F(PageTest, LooksAtAHost)
{
    start();
    auto client = browse(form("&do=show"));
    const ipc::Look look = next_look();
    EXPECT_EQ(look.host, dns::Name::from_text("home"));
    EXPECT_EQ(base::as_text(look.token.bytes()), "secret-of-home-1");
    EXPECT_EQ(look.client, base::parse_address("127.0.0.1"));
    EXPECT_EQ(client.received(), "");
    see(look.id);
    EXPECT_THAT(page(client), HasSubstr("<dd>192.0.2.7</dd>"));
    EXPECT_THAT(client.received(), HasSubstr("<dd>never</dd>"));
}

TEST_F(PageTest, SetsAHostAndThenLooksAtIt)
{
    start();
    auto client = browse(form("&do=set&ip=192.0.2.7&router=fritzbox"));
    const ipc::Propose proposal = next_proposal();
    EXPECT_EQ(proposal.ipv4.value, base::parse_address4("192.0.2.7"));
    settle(proposal.id, ipc::Verdict::committed);
    const ipc::Look look = next_look();
    EXPECT_NE(look.id, proposal.id);
    see(look.id);
    EXPECT_THAT(page(client), StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(client.received(), HasSubstr("Done. The records are changed."));
    EXPECT_THAT(client.received(), HasSubstr("http://ns.example.org/api/update?hostname=&lt;domain&gt;"));
}

// The update is stored: the page says so, also if the records cannot be shown.
TEST_F(PageTest, IsDoneWithoutTheRecordsIfTheKeeperIsGone)
{
    start();
    auto client = browse(form("&do=clear"));
    settle(next_proposal().id, ipc::Verdict::committed);
    settle(next_look().id, ipc::Verdict::unavailable);
    EXPECT_THAT(page(client), StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(client.received(), HasSubstr("Done. The records are changed."));
}

TEST_F(PageTest, HasOneAnswerForAWrongTokenAndAnUnknownHost)
{
    start();
    auto wrong = browse(form(""));
    settle(next_look().id, ipc::Verdict::refused);
    const std::string first = page(wrong);
    EXPECT_THAT(first, StartsWith("HTTP/1.1 403 "));
    auto set = browse(form("&do=set&ip=192.0.2.7"));
    settle(next_proposal().id, ipc::Verdict::refused);
    EXPECT_EQ(page(set), first);
}

TEST_F(PageTest, SaysThatTheKeeperDidNotAnswerInTime)
{
    start();
    auto client = browse(form(""));
    const ipc::Look look = next_look();
    test_clock_now += base::Uptime{3000};
    EXPECT_THAT(page(client), StartsWith("HTTP/1.1 503 "));
    see(look.id);
    turn_until_quiet();
    EXPECT_FALSE(keeper_is_disconnected());
}

TEST_F(PageTest, TakesNoRecordsForAnUpdate)
{
    start();
    auto client = browse(form("&do=set&ip=192.0.2.7"));
    see(next_proposal().id);
    turn_until([&] { return updater->state() == Updater::State::orphaned; });
    EXPECT_THAT(page(client), StartsWith("HTTP/1.1 503 "));
}

TEST_F(PageTest, RefusesAFormOfAnotherSite)
{
    start();
    std::string text = form("");
    text.replace(text.find("http://ns."), 10, "http://x.");
    auto client = browse(text);
    EXPECT_THAT(reply(client), StartsWith("HTTP/1.1 403 "));
    EXPECT_FALSE(received_by_keeper());
}

// A client that closes its side after the request still gets all of the page.
TEST_F(PageTest, IsWholeForAClientThatHasEnded)
{
    start();
    auto client = browse(get_page);
    client.end();
    page(client);
}

} // namespace
} // namespace updater
