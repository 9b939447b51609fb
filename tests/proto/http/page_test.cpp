// The page for people: what requests for it ask for, and what is on it.
#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <variant>

#include "proto/http/page/requests.h"
#include "proto/http/page/template.h"
#include "tests/proto/http/asking.h"

namespace http
{
namespace
{

using page::Page;
using testing::HasSubstr;
using testing::Not;

constexpr const char* token_of_page = "0f6b2c1d9a7e4f3388d1c5a2b7e09614";

std::string text_of_page(Page& page)
{
    const std::size_t size = page.size();
    std::string text;
    for (std::string_view part = page.next(); !part.empty(); part = page.next()) {
        text += part;
    }
    EXPECT_EQ(text.size(), size);
    return text;
}

struct Asked {
    page::Read result;
    Page page;
};

/// `text`: a whole request.
Asked ask_page(const std::string& text, const page::Entrance& entrance = {false, true, 0},
               const Client& client = client_at("198.51.100.7"))
{
    RequestReader reader;
    const auto progress = reader.read(text);
    Asked asked;
    asked.result = page::read(std::get<Request>(progress), client, entrance, asked.page);
    return asked;
}

std::string posted(const std::string& form, const std::string& fields = "Host: ns.example.org\r\n")
{
    return "POST / HTTP/1.1\r\n" + fields + "Content-Length: " + std::to_string(form.size()) + "\r\n\r\n" +
           form;
}

std::string form_with(const std::string& more, const std::string& host = "home")
{
    return "host=" + host + "&token=" + token_of_page + more;
}

/// The page of a request that is answered without the keeper.
std::string page_of(const std::string& text, Status status, const page::Entrance& entrance = {false, true, 0})
{
    Asked asked = ask_page(text, entrance);
    const auto* show = std::get_if<page::Show>(&asked.result);
    EXPECT_TRUE(show != nullptr && show->status == status) << text;
    const std::string shown = text_of_page(asked.page);
    EXPECT_THAT(shown, Not(HasSubstr(token_of_page)));
    return shown;
}

Update update_of_page(const std::string& text)
{
    Asked asked = ask_page(text);
    EXPECT_TRUE(std::holds_alternative<Update>(asked.result)) << text_of_page(asked.page);
    return std::holds_alternative<Update>(asked.result) ? std::get<Update>(asked.result) : Update{};
}

TEST(PageTemplate, HasNoMarkThatIsUnknown)
{
    Page page;
    for (std::size_t part = 0; part < page::parts; ++part) {
        page.show(static_cast<page::Part>(part));
    }
    for (std::size_t value = 0; value < page::values; ++value) {
        page.set(static_cast<page::Value>(value), "VALUE");
    }
    const std::string text = text_of_page(page);
    EXPECT_EQ(text.find("{?"), std::string::npos);
    EXPECT_EQ(text.find("{/"), std::string::npos);
    const std::string marks{page::whole_template};
    // a part with an unknown name is never shown
    std::size_t shown = 0;
    for (std::string::size_type at = marks.find("{?"), end = 0; at != std::string::npos;
         at = marks.find("{?", end)) {
        at = marks.find('}', at) + 1;
        end = marks.find("{/}", at);
        const std::string first = marks.substr(at, std::min(end, marks.find('{', at)) - at);
        EXPECT_THAT(text, HasSubstr(first));
        shown += first.size();
    }
    EXPECT_GT(shown, 1000U);
    for (const char* name : {"fritzbox", "openwrt", "opnsense", "pfsense", "unifi", "draytek", "synology",
                             "qnap", "ddclient", "curl", "other"}) {
        EXPECT_NE(page::router_of(name), page::Part::router) << name;
        EXPECT_THAT(marks, HasSubstr(std::string{"<option value=\""} + name + "\"")) << name;
    }
    for (const char* name : {"", "router", "plain", "Fritzbox", "none"}) {
        EXPECT_EQ(page::router_of(name), page::Part::router) << name;
    }
}

TEST(PageTemplate, ShowsEachPartOnlyIfItIsAskedFor)
{
    Page empty;
    const std::string none = text_of_page(empty);
    EXPECT_THAT(none, Not(HasSubstr("not encrypted")));
    EXPECT_THAT(none, Not(HasSubstr("Update URL")));
    Page page;
    page.show(page::Part::fritzbox);
    const std::string with = text_of_page(page);
    EXPECT_THAT(with, HasSubstr("&amp;token=&lt;pass&gt;"));
    EXPECT_THAT(with, HasSubstr("<option value=\"fritzbox\" selected>"));
    EXPECT_THAT(with, Not(HasSubstr("OPNsense</dd>")));
}

TEST(PageTemplate, EscapesEachValue)
{
    EXPECT_EQ(page::escaped("<a href=\"x\" b='&'>"), "&lt;a href=&quot;x&quot; b=&#39;&amp;&#39;&gt;");
    Page page;
    page.say(page::Part::failed, "<script>{address}{?plain}");
    EXPECT_THAT(text_of_page(page), HasSubstr("&lt;script&gt;{address}{?plain}"));
}

TEST(PageRead, ShowsTheClientsAddressToAGet)
{
    const std::string text = page_of("GET / HTTP/1.1\r\nHost: ns.example.org\r\n\r\n", Status::ok);
    EXPECT_THAT(text, HasSubstr("<strong>198.51.100.7</strong>"));
    EXPECT_THAT(text, Not(HasSubstr("Error")));
    Asked unknown = ask_page("GET / HTTP/1.1\r\n\r\n", {false, true, 0}, {{}, false});
    EXPECT_THAT(text_of_page(unknown.page), HasSubstr("its proxy does not send it"));
}

TEST(PageRead, IgnoresTheQuery)
{
    const std::string query = std::string{"/?host=home&token="} + token_of_page;
    page_of("GET " + query + " HTTP/1.1\r\n\r\n", Status::ok);
    EXPECT_THAT(page_of("POST " + query + " HTTP/1.1\r\nContent-Length: 0\r\n\r\n", Status::bad_request),
                HasSubstr("Type the name of a host."));
}

TEST(PageRead, LooksAtTheHost)
{
    for (const char* button : {"", "&do=show", "&do=show&ip=192.0.2.1"}) {
        const Update update = update_of_page(posted(form_with(button)));
        EXPECT_TRUE(update.only_looks) << button;
        EXPECT_EQ(update.proposal.hosts, std::vector{*dns::Name::from_text("home")});
        EXPECT_TRUE(update.proposal.names_may_be_relative);
        EXPECT_EQ(base::as_text(update.proposal.token.bytes()), token_of_page);
        EXPECT_EQ(update.proposal.client, base::parse_address("198.51.100.7"));
        EXPECT_EQ(update.proposal.dialect, ipc::Dialect::page);
    }
}

TEST(PageRead, SetsTheClientsAddressOrThoseOfTheForm)
{
    const Update own = update_of_page(posted(form_with("&do=set&ip=", "+home.example.org.+")));
    EXPECT_FALSE(own.only_looks);
    EXPECT_EQ(own.proposal.hosts, std::vector{*dns::Name::from_text("home.example.org")});
    EXPECT_EQ(own.proposal.ipv4.value, base::parse_address4("198.51.100.7"));
    EXPECT_EQ(own.proposal.ipv6.change, ipc::Change::missing);
    EXPECT_FALSE(own.proposal.missing_removes);
    const Update both = update_of_page(posted(form_with("&do=set&ip=192.0.2.7%2C+2001%3Adb8%3A%3A7")));
    EXPECT_EQ(both.proposal.ipv4.value, base::parse_address4("192.0.2.7"));
    EXPECT_EQ(both.proposal.ipv6.value, base::parse_address6("2001:db8::7"));
}

TEST(PageRead, ClearsAllAddresses)
{
    const Update update = update_of_page(posted(form_with("&do=clear&router=curl")));
    EXPECT_EQ(update.proposal.ipv4.change, ipc::Change::remove);
    EXPECT_EQ(update.proposal.ipv6.change, ipc::Change::remove);
    EXPECT_EQ(update.proposal.prefix.change, ipc::Change::remove);
    EXPECT_EQ(update.router, static_cast<std::uint8_t>(page::Part::curl));
}

// A person may type the token into the field of the name, or of the addresses.
TEST(PageRead, SaysWhatIsWrongWithoutShowingIt)
{
    const auto wrong = [](const std::string& form, const std::string& fields = "") {
        return page_of(posted(form, fields), Status::bad_request);
    };
    const std::string token = token_of_page;
    EXPECT_THAT(wrong("host=" + token), HasSubstr("Type the token of the host."));
    EXPECT_THAT(wrong("host=" + token + "..&token=x"), HasSubstr("Type the name of a host."));
    EXPECT_THAT(wrong("host=.&token=x"), HasSubstr("Type the name of a host."));
    EXPECT_THAT(wrong("host=a&token=" + std::string(256, 'x')), HasSubstr("longer than 255 bytes"));
    EXPECT_THAT(wrong("host=a&token=x&do=set&ip=" + token), HasSubstr("expected an IPv4 or IPv6 address"));
    EXPECT_THAT(wrong("host=a&token=x&do=delete"), HasSubstr("unknown button"));
    EXPECT_THAT(wrong("host=%zz"), HasSubstr("bad percent escape"));
    EXPECT_THAT(wrong("{\"a\":1}", "Content-Type: application/json\r\n"), HasSubstr("urlencoded"));
    EXPECT_THAT(wrong("host=a", "Authorization: Bearer " + token + "\r\n"), HasSubstr("Type the token"));
}

TEST(PageRead, RefusesAFormOfAnotherSite)
{
    const auto is_refused = [](const std::string& fields) {
        const Asked asked = ask_page(posted(form_with(""), "Host: ns.example.org\r\n" + fields));
        const auto* refused = std::get_if<Refused>(&asked.result);
        return refused != nullptr && refused->reply.status == Status::forbidden;
    };
    EXPECT_TRUE(is_refused("Sec-Fetch-Site: cross-site\r\n"));
    EXPECT_TRUE(is_refused("Sec-Fetch-Site: same-site\r\nOrigin: http://ns.example.org\r\n"));
    EXPECT_TRUE(is_refused("Origin: http://elsewhere.example\r\n"));
    EXPECT_TRUE(is_refused("Origin: null\r\n"));
    EXPECT_TRUE(is_refused("Referer: http://elsewhere.example/\r\n"));
    EXPECT_FALSE(is_refused("Sec-Fetch-Site: same-origin\r\nOrigin: null\r\n"));
    EXPECT_FALSE(is_refused("Sec-Fetch-Site: none\r\n"));
    EXPECT_FALSE(is_refused("Origin: http://ns.example.org\r\nReferer: http://ns.example.org/\r\n"));
    EXPECT_FALSE(is_refused(""));
    EXPECT_TRUE(std::holds_alternative<page::Show>(
        ask_page("GET / HTTP/1.1\r\nSec-Fetch-Site: cross-site\r\n\r\n").result))
        << "a link";
}

TEST(PageRead, RedirectsPlainHttpToTheSameHost)
{
    const auto location = [](const std::string& host, std::uint16_t port = 443) {
        const Asked asked =
            ask_page("GET /?a=b HTTP/1.1\r\nHost: " + host + "\r\n\r\n", {false, false, port});
        const auto* answer = std::get_if<Answer>(&asked.result);
        return answer != nullptr && answer->reply.status == Status::permanent_redirect
                   ? answer->reply.location
                   : "none";
    };
    EXPECT_EQ(location("ns.example.org"), "https://ns.example.org/");
    EXPECT_EQ(location("NS.Example.org.:80", 8443), "https://ns.example.org:8443/");
    EXPECT_EQ(location("192.0.2.1:8080"), "https://192.0.2.1/");
    EXPECT_EQ(location("[2001:DB8::1]:8080"), "https://[2001:db8::1]/");
    for (const char* bad :
         {"", "a b", "a/b", "[::1", "[x]", "a:x", "a:70000", "a@b", "a%2fb", "[::1]x", "."}) {
        EXPECT_EQ(location(bad), "none") << bad;
    }
    const Asked post = ask_page(posted(form_with("")), {false, false, 443});
    EXPECT_EQ(std::get<Answer>(post.result).reply.status, Status::permanent_redirect);
}

TEST(PageRead, WarnsOfAConnectionThatCanBeRead)
{
    const std::string get_page = "GET / HTTP/1.1\r\nHost: ns.example.org\r\n\r\n";
    EXPECT_THAT(page_of(get_page, Status::ok, {false, false, 0}), HasSubstr("is not encrypted"));
    EXPECT_THAT(page_of(get_page, Status::ok, {true, true, 443}), Not(HasSubstr("is not encrypted")));
    EXPECT_THAT(page_of(get_page, Status::ok, {false, true, 443}), Not(HasSubstr("is not encrypted")));
}

ipc::Seen seen_home()
{
    ipc::Seen seen;
    seen.host = dns::CompactName{*dns::Name::from_text("home.example.org")};
    seen.was_updated = true;
    seen.address4 = base::parse_address4("192.0.2.7");
    seen.lifetime = base::Seconds{34 * 86400 + 3600 + 59};
    seen.since_change = base::Seconds{2 * 3600 + 300};
    return seen;
}

TEST(PageAdd, ShowsWhatTheKeeperHas)
{
    Asked asked = ask_page(posted(form_with("")));
    ipc::Seen seen = seen_home();
    seen.prefix = base::prefix_of(*base::parse_address6("2001:db8:1::"), 56);
    seen.challenge = {ipc::ChallengeValue{}};
    seen.challenge.front().fill('x');
    page::add(seen, 0, asked.page);
    const std::string text = text_of_page(asked.page);
    EXPECT_THAT(text, HasSubstr("<title>home.example.org: Dynamic DNS</title>"));
    EXPECT_THAT(text, HasSubstr("<dt>IPv4 address</dt><dd>192.0.2.7</dd>"));
    EXPECT_THAT(text, HasSubstr("<dt>IPv6 address</dt><dd>none</dd>"));
    EXPECT_THAT(text, HasSubstr("<dd>2001:db8:1::/56</dd>"));
    EXPECT_THAT(text, HasSubstr("<dd>in 34 d 1 h</dd>"));
    EXPECT_THAT(text, HasSubstr("<dt>Last change</dt><dd>2 h 5 min ago</dd>"));
    EXPECT_THAT(text, HasSubstr("<dd>" + std::string(43, 'x') + "</dd>"));
    EXPECT_THAT(text, HasSubstr("name=\"host\" value=\"home.example.org\""));
    EXPECT_THAT(text, Not(HasSubstr("What to type")));
}

TEST(PageAdd, SaysWhenTheAddressesExpire)
{
    const auto expires = [](const ipc::Seen& seen) {
        Page page;
        page::add(seen, 0, page);
        const std::string text = text_of_page(page);
        const std::string_view before = "<dt>Expires</dt><dd>";
        const std::size_t begin = text.find(before) + before.size();
        return text.substr(begin, text.find('<', begin) - begin);
    };
    ipc::Seen seen = seen_home();
    EXPECT_EQ(expires(seen), "in 34 d 1 h");
    seen.lifetime = base::never;
    EXPECT_EQ(expires(seen), "never");
    seen.address4.reset();
    seen.lifetime = {};
    EXPECT_EQ(expires(seen), "no address");
    seen.prefix = base::prefix_of(*base::parse_address6("2001:db8:1::"), 56);
    seen.lifetime = base::Seconds{60};
    EXPECT_EQ(expires(seen), "in 1 min");
}

TEST(PageAdd, ExplainsTheRouterThatWasChosen)
{
    Asked asked = ask_page(posted(form_with("&router=pfsense"), "Host: ns.example.org:8443\r\n"
                                                                "Sec-Fetch-Site: same-origin\r\n"
                                                                "Origin: https://ns.example.org:8443\r\n"));
    page::add(seen_home(), std::get<Update>(asked.result).router, asked.page);
    const std::string text = text_of_page(asked.page);
    EXPECT_THAT(text,
                HasSubstr("https://ns.example.org:8443/nic/update?hostname=home.example.org&amp;myip=%IP%"));
    EXPECT_THAT(text, HasSubstr("selected>pfSense"));
    EXPECT_THAT(text, Not(HasSubstr(token_of_page)));
}

TEST(PageAdd, EscapesASentenceForThePageAlone)
{
    Page page;
    page.say(page::Part::failed, "give the host suffix= in the server's configuration");
    EXPECT_EQ(page.message(), "give the host suffix= in the server's configuration") << "for the log";
    EXPECT_THAT(text_of_page(page), HasSubstr("in the server&#39;s configuration</p>"));
}

TEST(PageAdd, SaysWhatBecameOfTheRequest)
{
    const auto added = [](ipc::Verdict verdict) {
        Update update;
        ipc::Settled settled{{}, {{}}, {}};
        settled.hosts.front().verdict = verdict;
        Page page;
        const Status status = page::add(update, settled, page);
        return std::to_string(static_cast<int>(status)) + ' ' + page.message();
    };
    EXPECT_EQ(added(ipc::Verdict::committed), "200 Done. The records are changed.");
    EXPECT_EQ(added(ipc::Verdict::unchanged), "200 Done. The records were the same before.");
    EXPECT_THAT(added(ipc::Verdict::refused), HasSubstr("403 The token is wrong, or there is no host"));
    EXPECT_EQ(added(ipc::Verdict::outside_zone), added(ipc::Verdict::refused));
    EXPECT_THAT(added(ipc::Verdict::unavailable), HasSubstr("503 The server cannot"));
}

// The state of older versions does not have it.
TEST(PageAdd, SaysIfTheLastChangeIsNotKnown)
{
    ipc::Seen seen = seen_home();
    seen.since_change.reset();
    Page page;
    page::add(seen, 0, page);
    EXPECT_THAT(text_of_page(page), HasSubstr("<dt>Last change</dt><dd>not known</dd>"));
}

TEST(PageAdd, TellsAHostThatWasNeverUpdated)
{
    ipc::Seen seen = seen_home();
    seen.was_updated = false;
    seen.address4.reset();
    Page page;
    page::add(seen, 0, page);
    EXPECT_THAT(text_of_page(page), HasSubstr("This host was never updated."));
}

TEST(PageText, OfATimeHasItsTwoLargestUnits)
{
    EXPECT_EQ(page::text_of(base::Seconds{0}), "0 s");
    EXPECT_EQ(page::text_of(base::Seconds{59}), "59 s");
    EXPECT_EQ(page::text_of(base::Seconds{3600}), "1 h");
    EXPECT_EQ(page::text_of(base::Seconds{86400 + 59}), "1 d");
    EXPECT_EQ(page::text_of(base::Seconds{86399}), "23 h 59 min");
}

} // namespace
} // namespace http
