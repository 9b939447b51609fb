#include "proto/http/dialect.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "proto/http/query.h"
#include "tests/proto/http/asking.h"

namespace http
{
namespace
{

const std::string good = "/api/update?hostname=home.example.net&token=secret";

TEST(ApiDialect, MakesAProposalWithTheClientsToken)
{
    const ipc::Propose made = proposal(get(good + "&ipv4=192.0.2.1&ipv6=2001:db8::1"));
    EXPECT_EQ(made.hosts.at(0), dns::Name::from_text("home.example.net"));
    EXPECT_EQ(text_of(made.token), "secret");
    EXPECT_EQ(made.ipv4.change, ipc::Change::set);
    EXPECT_EQ(made.ipv4.value, base::parse_address4("192.0.2.1"));
    EXPECT_EQ(made.ipv6.change, ipc::Change::set);
    EXPECT_EQ(made.ipv6.value, base::parse_address6("2001:db8::1"));
}

// As with the predecessor, a missing parameter removes the record, unless the host has missing=keep. Routers
// without an address of a family send an empty one, which always removes it.
TEST(ApiDialect, RemovesAFamilyThatIsMissingOrEmpty)
{
    const ipc::Propose none = proposal(get(good));
    EXPECT_TRUE(none.missing_removes);
    EXPECT_EQ(none.ipv4.change, ipc::Change::missing);
    EXPECT_EQ(none.ipv6.change, ipc::Change::missing);
    for (const char* rest : {"&ipv4=&ipv6=", "&ipv6&ipv4", "&ipv4=192.0.2.1&ipv4=&ipv6="}) {
        const ipc::Propose made = proposal(get(good + rest));
        EXPECT_EQ(made.ipv4.change, ipc::Change::remove) << rest;
        EXPECT_EQ(made.ipv6.change, ipc::Change::remove) << rest;
    }
    const ipc::Propose four = proposal(get(good + "&ipv4=192.0.2.1"));
    EXPECT_EQ(four.ipv4.change, ipc::Change::set);
    EXPECT_EQ(four.ipv6.change, ipc::Change::missing);
    const ipc::Propose six = proposal(get(good + "&ipv6=2001:db8::1"));
    EXPECT_EQ(six.ipv4.change, ipc::Change::missing);
    EXPECT_EQ(six.ipv6.change, ipc::Change::set);
}

// A Fritz!Box behind a proxy is configured with /dns/api/update.
TEST(ApiDialect, AcceptsItsPathWithAnyPrefix)
{
    const std::string query = good.substr(good.find('?'));
    for (const char* path : {"/api/update", "/dns/api/update", "/a/b/api/update", "//api/update",
                             "http://example.net/api/update"}) {
        EXPECT_EQ(reply_of(get(path + query)), "a proposal") << path;
    }
    for (const char* path :
         {"/", "/api/updat", "/api/update/", "/api/updates", "/fooapi_update", "api/update", "dns/api/update",
          "/API/Update", "/api%2Fupdate", "*", "http://api", "/index.html"}) {
        EXPECT_EQ(reply_of(get(path + query)), "404 updates are at /api/update") << path;
    }
}

TEST(ApiDialect, AcceptsEveryFormOfTheHostsName)
{
    for (const char* name : {"home.example.net", "HOME.Example.Net.", "home%2Eexample.net"}) {
        EXPECT_EQ(proposal(get("/api/update?token=t&hostname=" + std::string{name})).hosts.at(0),
                  dns::Name::from_text("home.example.net"))
            << name;
    }
}

TEST(ApiDialect, DecodesEscapes)
{
    const ipc::Propose made =
        proposal(get("/api/update?hostname=h.example&token=a%26b%3D+%2B&ipv6=2001%3adb8%3A%3a1"));
    EXPECT_EQ(text_of(made.token), "a&b= +");
    EXPECT_EQ(made.ipv6.value, base::parse_address6("2001:db8::1"));
}

TEST(ApiDialect, IgnoresUnknownParameters)
{
    EXPECT_EQ(reply_of(get(good + "&username=x&Token=other&HOSTNAME=y&ipv4prefix=z")), "a proposal");
}

TEST(ApiDialect, SaysWhichParameterIsMissingOrInvalid)
{
    EXPECT_EQ(reply_of(get("/api/update?token=t")), "400 hostname required");
    EXPECT_EQ(reply_of(get("/api/update?hostname=home.example.net")), "403 authorization required");
    EXPECT_EQ(reply_of(get("/api/update?hostname=h&token=t&ipv4=1.2.3")), "400 bad ipv4 address");
    EXPECT_EQ(reply_of(get("/api/update?hostname=h&token=t&ipv4=::1")), "400 bad ipv4 address");
    EXPECT_EQ(reply_of(get("/api/update?hostname=h&token=t&ipv6=1.2.3.4")), "400 bad ipv6 address");
    EXPECT_EQ(reply_of(get("/api/update?hostname=h&token=t&ipv6=::1/64")), "400 bad ipv6 address");
    EXPECT_EQ(reply_of(get("/api/update?hostname=a..b&token=t")), "400 bad hostname");
    EXPECT_EQ(reply_of(get("/api/update?hostname=&token=t")), "400 bad hostname");
    EXPECT_EQ(reply_of(get("/api/update?hostname=" + std::string(64, 'a') + "&token=t")), "400 bad hostname");
}

// The order of the checks is the predecessor's: hostname present, token present, ipv4, ipv6, the hostname's
// syntax, the rest.
TEST(ApiDialect, ChecksParametersInThePredecessorsOrder)
{
    EXPECT_EQ(reply_of(get("/api/update?ipv4=x")), "400 hostname required");
    EXPECT_EQ(reply_of(get("/api/update?hostname=a..b&ipv4=x&ipv6=x")), "403 authorization required");
    EXPECT_EQ(reply_of(get("/api/update?hostname=a..b&token=&ipv4=x&ipv6=x")), "400 bad ipv4 address");
    EXPECT_EQ(reply_of(get("/api/update?hostname=a..b&token=&ipv6=x")), "400 bad ipv6 address");
    EXPECT_EQ(reply_of(get("/api/update?hostname=a..b&token=")), "400 bad hostname");
    EXPECT_EQ(reply_of(get("/api/update?hostname=a.b&token=")), "403 forbidden");
}

// The reply is the same as to a wrong token.
TEST(ApiDialect, RefusesATokenThatNoHostCanHave)
{
    const std::string start = "/api/update?hostname=h.example&token=";
    EXPECT_EQ(reply_of(get(start)), "403 forbidden");
    EXPECT_EQ(reply_of(get(start + std::string(255, 't'))), "a proposal");
    EXPECT_EQ(reply_of(get(start + std::string(256, 't'))), "403 forbidden");
}

TEST(ApiDialect, RefusesAnInvalidQuery)
{
    EXPECT_EQ(reply_of(get("/api/update")), "400 hostname required");
    EXPECT_EQ(reply_of(get("/api/update?")), "400 hostname required");
    EXPECT_EQ(reply_of(get("/api/update?&")), "400 hostname required");
    EXPECT_EQ(reply_of(get(good + "&x=%4")), "400 bad percent escape");
    std::string many = good;
    for (std::size_t i = 2; i < Parameters::max_count; ++i) {
        many += "&x=";
    }
    EXPECT_EQ(reply_of(get(many)), "a proposal");
    EXPECT_EQ(reply_of(get(many + "&x=")), "400 too many parameters");
}

// https://url.spec.whatwg.org/#urlencoded-parsing
TEST(ApiDialect, AcceptsEmptyPiecesAndNamesWithoutValue)
{
    for (const char* rest : {"&", "&&", "&x", "&x&", "&ipv6"}) {
        const ipc::Propose made = proposal(get(good + "&ipv4=192.0.2.1" + rest));
        EXPECT_EQ(made.ipv4.change, ipc::Change::set) << rest;
        EXPECT_NE(made.ipv6.change, ipc::Change::set) << rest;
    }
    EXPECT_EQ(proposal(get("/api/update?&" + good.substr(good.find('?') + 1) + "&ipv4")).ipv4.change,
              ipc::Change::remove);
    EXPECT_EQ(reply_of(get("/api/update?hostname&token=t")), "400 bad hostname");
    EXPECT_EQ(reply_of(get("/api/update?hostname=h.example&token")), "403 forbidden");
}

// An address under the name that it has elsewhere: without the check, both records would be removed.
TEST(ApiDialect, RefusesAnAddressUnderAnotherName)
{
    for (const std::string name :
         {"myip", "ip", "ip4", "ip6", "myipv4", "myipv6", "myip6", "ipv4addr", "ipv6addr", "address", "addr",
          "IPV4", "IPV6", "IPv6", "MyIP", "amp;ipv4", "amp;ipv6", "amp;myip", "AMP;ipv4"}) {
        const std::string wrong = "400 found parameter " + name + ", expected ipv4 or ipv6";
        EXPECT_EQ(reply_of(get(good + "&" + name + "=192.0.2.1")), wrong);
        EXPECT_EQ(reply_of(get(good + "&" + name + "=")), wrong);
        EXPECT_EQ(reply_of(get(good + "&" + name)), wrong);
        EXPECT_EQ(reply_of(post(good, "x=y&" + name + "=::1")), wrong);
        EXPECT_EQ(reply_of(get(good + "&" + name + "=192.0.2.1&ipv4=192.0.2.2")), "a proposal") << name;
        EXPECT_EQ(reply_of(get(good + "&ipv6=&" + name + "=192.0.2.1")), wrong) << name;
        EXPECT_EQ(reply_of(get(good + "&ipv6=2001:db8::1&" + name + "=192.0.2.1")), "a proposal") << name;
    }
    for (const char* name :
         {"my_ip", "zip", "myipv", "amp", "amp;", "", "v4", "book", "ipv4%20", "hostname2"}) {
        const std::string wrong = "400 found an address in another parameter, expected ipv4 or ipv6";
        EXPECT_EQ(reply_of(get(good + "&" + name + "=192.0.2.1")), wrong) << name;
        EXPECT_EQ(reply_of(get(good + "&" + name + "=2001:db8::1")), wrong) << name;
        EXPECT_EQ(reply_of(get(good + "&ipv4=&" + name + "=192.0.2.1")), wrong) << name;
        EXPECT_EQ(reply_of(get(good + "&" + name + "=1")), "a proposal") << name;
    }
    EXPECT_EQ(reply_of(get(good + "&ip6lanprefix=2001:db8::/56")), "a proposal");
    EXPECT_EQ(reply_of(get("/api/update?hostname=h.example&token=192.0.2.1")), "a proposal");
    EXPECT_EQ(reply_of(get("/api/update?token=t&myip=192.0.2.1")), "400 hostname required");
    EXPECT_EQ(reply_of(get("/api/update?hostname=h.example&myip=192.0.2.1")), "403 authorization required");
}

// RFC 9110 sections 9.2.1 and 15.5.6
TEST(ApiDialect, AllowsGetAndPostOnly)
{
    const std::string query = good.substr(good.find('?'));
    for (const char* method : {"HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "get"}) {
        for (const char* path : {"/api/update", "/dns/api/update", "http://h/api/update"}) {
            EXPECT_EQ(reply_of(ask(std::string{method} + " " + path + query + " HTTP/1.1\r\n\r\n")),
                      "405 use GET or POST")
                << method << path;
        }
    }
    EXPECT_EQ(reply_of(ask("HEAD /other" + query + " HTTP/1.1\r\n\r\n")), "404 updates are at /api/update");
    EXPECT_EQ(reply_of(ask("PUT /other" + query + " HTTP/1.1\r\n\r\n")), "501 error");
    EXPECT_EQ(reply_of(ask("POST /api/update HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n")), "501 error");
}

std::string host_of(const ReadResult& result)
{
    return std::get<Refused>(result).host;
}

// For the log.
TEST(ApiDialect, TellsTheHostOfARefusedRequest)
{
    EXPECT_EQ(host_of(get("/api/update?hostname=h.example")), "h.example");
    EXPECT_EQ(host_of(get("/api/update?hostname=h.example&token=t&ipv4=x")), "h.example");
    EXPECT_EQ(host_of(get("/api/update?hostname=h.example&x=%4")), "h.example");
    EXPECT_EQ(host_of(get("/api/update?token=t")), "");
    EXPECT_EQ(host_of(get("/other?hostname=h.example")), "");
}

TEST(ApiDialect, SaysWhatIsWrongWithARequestThatCannotBeRead)
{
    EXPECT_EQ(reply_of(ask("GET /api/update\r\n")), "400 malformed request line");
    EXPECT_EQ(reply_of(ask("GET / HTTP/1.1\r\nno colon\r\n")), "400 malformed header field");
    EXPECT_EQ(reply_of(ask("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n")), "400 two host fields");
    EXPECT_EQ(reply_of(ask("GET / HTTP/1.1\r\nContent-Type: a\r\nContent-Type: a\r\n")),
              "400 two content-type fields");
    EXPECT_EQ(reply_of(ask("GET / HTTP/1.1\r\nContent-Length: x\r\n")), "400 malformed content-length");
    EXPECT_EQ(reply_of(ask("GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n")),
              "400 two content-length fields that differ");
    EXPECT_EQ(reply_of(ask("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n")),
              "400 transfer-encoding in HTTP/1.0");
}

TEST(ApiDialect, AcceptsAFormInTheBody)
{
    const ipc::Propose made = proposal(post("/api/update", "hostname=h.example&token=t&ipv4=192.0.2.1"));
    EXPECT_EQ(made.hosts.at(0), dns::Name::from_text("h.example"));
    EXPECT_EQ(made.ipv4.change, ipc::Change::set);
    EXPECT_EQ(reply_of(post("/api/update?", "hostname=h.example&token=t")), "a proposal");
    EXPECT_EQ(reply_of(post("/api/update?hostname=h.example", "token=t")), "a proposal");
    EXPECT_EQ(reply_of(post("/api/update", "hostname=h.example&token=t&")), "a proposal");
    EXPECT_EQ(reply_of(post("/api/update", "hostname=%4")), "400 bad percent escape");
}

TEST(ApiDialect, PrefersTheValueInTheBody)
{
    EXPECT_EQ(text_of(proposal(post(good, "token=other")).token), "other");
}

TEST(ApiDialect, AcceptsAPostWithAllParametersInTheQuery)
{
    EXPECT_EQ(reply_of(post(good, "")), "a proposal");
    EXPECT_EQ(reply_of(post("/api/update", "")), "400 hostname required");
}

TEST(ApiDialect, RecognisesAFormByItsContentType)
{
    const std::string body = "hostname=h.example&token=t";
    for (const char* type : {"application/x-www-form-urlencoded", "Application/X-WWW-Form-Urlencoded",
                             "application/x-www-form-urlencoded;charset=UTF-8",
                             "application/x-www-form-urlencoded ; charset=UTF-8", ""}) {
        const std::string field = "Content-Type: " + std::string{type} + "\r\n";
        EXPECT_EQ(reply_of(post("/api/update", body, field)), "a proposal") << type;
    }
}

// The predecessor ignored every body. Without a query the body is refused, so that the client learns why.
TEST(ApiDialect, IgnoresABodyOfAnotherTypeIfThereIsAQuery)
{
    const std::string json = "Content-Type: application/json\r\n";
    EXPECT_EQ(text_of(proposal(post(good, "token=other", json)).token), "secret");
    EXPECT_EQ(reply_of(post(good, "{\"a\": 1}", json)), "a proposal");
    EXPECT_EQ(reply_of(post("/api/update", "hostname=h.example&token=t", json)),
              "400 the body is not application/x-www-form-urlencoded");
}

// RFC 9110 section 9.3.1: the body of a GET has no meaning.
TEST(ApiDialect, IgnoresTheBodyOfAGet)
{
    const std::string rest = " HTTP/1.1\r\nContent-Length: 11\r\n\r\ntoken=other";
    EXPECT_EQ(text_of(proposal(ask("GET " + good + rest)).token), "secret");
    EXPECT_EQ(reply_of(ask("GET /api/update" + rest)), "400 hostname required");
}

TEST(ApiDialect, AcceptsAListOfHostsAndZoneAsItsName)
{
    const ipc::Propose made = proposal(get("/api/update?hostname=a.example,+b.example,A.example.&token=t"));
    ASSERT_EQ(made.hosts.size(), 2U);
    EXPECT_EQ(made.hosts[1], dns::Name::from_text("b.example"));
    EXPECT_TRUE(made.all_or_nothing);
    EXPECT_FALSE(made.names_may_be_relative);
    EXPECT_EQ(proposal(get("/api/update?zone=a.example&token=t")).hosts.at(0),
              dns::Name::from_text("a.example"));
    EXPECT_EQ(proposal(get("/api/update?zone=x.example&hostname=a.example&token=t")).hosts.at(0),
              dns::Name::from_text("a.example"));
    EXPECT_EQ(reply_of(get("/api/update?hostname=a.example,b..c&token=t")), "400 bad hostname");
}

TEST(ApiDialect, TakesOneSecret)
{
    const std::string basic = " HTTP/1.1\r\nAuthorization: Basic dXNlcjpvdGhlcg==\r\n\r\n";
    EXPECT_EQ(text_of(proposal(ask("GET " + good + basic)).token), "secret");
    EXPECT_EQ(text_of(proposal(ask("GET /api/update?hostname=h.example" + basic)).token), "other");
    EXPECT_EQ(text_of(proposal(ask("GET /api/update?hostname=h.example&token=" + basic)).token), "other");
    EXPECT_EQ(text_of(proposal(get("/api/update?hostname=h.example&password=x")).token), "x");
    EXPECT_EQ(text_of(proposal(get("/api/update?hostname=h.example&password=192.0.2.1")).token), "192.0.2.1");
}

TEST(ApiDialect, ShowsNoValueThatMayBeASecret)
{
    const std::string token = "0f6b2c1d9a7e4f3388d1c5a2b7e09614";
    const std::string swapped = "/api/update?token=h.example&hostname=h.example&";
    EXPECT_EQ(reply_of(get("/api/update?token=h.example&hostname=a.." + token)), "400 bad hostname");
    EXPECT_EQ(reply_of(get(swapped + "ipv4=" + token)), "400 bad ipv4 address");
    EXPECT_EQ(reply_of(get(swapped + "ipv4=192.0.2.1/" + token)),
              "400 found (not shown), expected an IPv4 address without a prefix length");
    EXPECT_EQ(reply_of(get(swapped + "ip6prefix=" + token)),
              "400 found (not shown), expected an IPv6 prefix such as 2001:db8:1:2::/64");
    EXPECT_EQ(reply_of(get(swapped + "txt=" + token)),
              "400 txt is no value of an ACME challenge: send 43 characters of base64url");
    EXPECT_EQ(reply_of(get(swapped + token + "=192.0.2.1")),
              "400 found an address in another parameter, expected ipv4 or ipv6");
}

std::string api_reply_after(const std::vector<ipc::HostOutcome>& outcomes)
{
    const Update update =
        update_of(get("/api/update?hostname=a.example,b.example&token=t&ipv4=10.0.0.1&ipv6=fd00::1"));
    ipc::Settled settled;
    settled.hosts = outcomes;
    settled.zone = dns::CompactName{dns::Name::from_text("dyn.example.org").value()};
    return text_of(reply_to(update, settled));
}

ipc::HostOutcome outcome_of(ipc::Verdict verdict, ipc::Reason reason = ipc::Reason::none)
{
    ipc::HostOutcome outcome;
    outcome.verdict = verdict;
    outcome.reason = reason;
    return outcome;
}

TEST(ApiDialect, IsAllOrNothing)
{
    const ipc::HostOutcome done = outcome_of(ipc::Verdict::committed);
    const ipc::HostOutcome same = outcome_of(ipc::Verdict::unchanged);
    EXPECT_EQ(api_reply_after({same, done}), "200 ok updated");
    EXPECT_EQ(api_reply_after({same, same}), "200 ok unchanged");
    EXPECT_EQ(api_reply_after({done, outcome_of(ipc::Verdict::refused)}), "403 forbidden");
    EXPECT_EQ(api_reply_after({done, outcome_of(ipc::Verdict::outside_zone)}), "403 forbidden");
    EXPECT_EQ(api_reply_after({outcome_of(ipc::Verdict::refused), outcome_of(ipc::Verdict::unavailable)}),
              "503 911");
    EXPECT_EQ(
        api_reply_after({same, outcome_of(ipc::Verdict::unsuitable, ipc::Reason::private_address4)}),
        "400 found 10.0.0.1, a private address: send a public one, or set allow_private=yes for the host");
    EXPECT_EQ(
        api_reply_after({outcome_of(ipc::Verdict::unsuitable, ipc::Reason::private_address6), same}),
        "400 found fd00::1, a private address: send a public one, or set allow_private=yes for the host");
    EXPECT_EQ(api_reply_after({outcome_of(ipc::Verdict::unsuitable, ipc::Reason::own_address), same}),
              "400 found no address, and the host has require_address=yes: send the address");
    EXPECT_EQ(api_reply_after({same, outcome_of(ipc::Verdict::unsuitable)}), "400 bad request");
}

std::string outcome(ipc::Verdict verdict)
{
    const Update update = update_of(get(good));
    return text_of(reply_to(update, settled_alike(update.proposal, verdict)));
}

// Clients match on these words and on the status.
TEST(ApiDialect, RepliesWithTheVerdict)
{
    EXPECT_EQ(outcome(ipc::Verdict::committed), "200 ok updated");
    EXPECT_EQ(outcome(ipc::Verdict::unchanged), "200 ok unchanged");
    EXPECT_EQ(outcome(ipc::Verdict::refused), "403 forbidden");
    EXPECT_EQ(outcome(ipc::Verdict::outside_zone), "403 forbidden");
    EXPECT_EQ(outcome(ipc::Verdict::unavailable), "503 911");
}

} // namespace
} // namespace http
