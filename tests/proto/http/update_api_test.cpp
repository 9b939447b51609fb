#include "proto/http/update_api.h"

#include <gtest/gtest.h>
#include <string>

#include "proto/http/query.h"
#include "tests/proto/http/words.h"

namespace http
{
namespace
{

using UpdateOrRefused = std::variant<Update, Refused>;

UpdateOrRefused ask(const std::string& text)
{
    RequestReader reader;
    const auto progress = reader.read(text);
    if (const auto* refusal = std::get_if<Refusal>(&progress)) {
        return Refused{reply_to(*refusal, reader, text), ""};
    }
    if (!std::holds_alternative<Request>(progress)) {
        ADD_FAILURE() << "not a complete request: " << text;
        return Refused{};
    }
    return read_update(std::get<Request>(progress));
}

UpdateOrRefused get(const std::string& target)
{
    return ask("GET " + target + " HTTP/1.1\r\n\r\n");
}

UpdateOrRefused post(const std::string& target, const std::string& body, const std::string& fields = "")
{
    return ask("POST " + target + " HTTP/1.1\r\n" + fields +
               "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
}

ipc::Propose proposal(const UpdateOrRefused& result)
{
    const auto* update = std::get_if<Update>(&result);
    if (update == nullptr) {
        ADD_FAILURE() << "not a proposal but: " << std::get<Refused>(result).reply.body;
        return {};
    }
    return update->proposal;
}

/// "STATUS BODY". No error has a word by which a client would take it for a success.
std::string text_of(const Reply& reply)
{
    if (reply.status != Status::ok) {
        EXPECT_EQ(word_of_success(serialise(reply)), "") << reply.body;
    }
    return std::to_string(static_cast<int>(reply.status)) + ' ' + reply.body;
}

std::string reply_of(const UpdateOrRefused& result)
{
    const auto* refused = std::get_if<Refused>(&result);
    return refused == nullptr ? "a proposal" : text_of(refused->reply);
}

std::string text_of(const base::Token& token)
{
    return std::string{base::as_text(token.bytes())};
}

const std::string good = "/api/update?hostname=home.example.net&token=secret";

TEST(UpdateApi, MakesAProposalWithTheClientsToken)
{
    const ipc::Propose made = proposal(get(good + "&ipv4=192.0.2.1&ipv6=2001:db8::1"));
    EXPECT_EQ(made.host, dns::Name::from_text("home.example.net"));
    EXPECT_EQ(text_of(made.token), "secret");
    EXPECT_EQ(made.change4, ipc::Change::set);
    EXPECT_EQ(made.address4, base::parse_address4("192.0.2.1"));
    EXPECT_EQ(made.change6, ipc::Change::set);
    EXPECT_EQ(made.address6, base::parse_address6("2001:db8::1"));
}

// As with the predecessor, a missing parameter removes the record. Routers without an address of a family
// send an empty one, which does the same.
TEST(UpdateApi, RemovesAFamilyThatIsMissingOrEmpty)
{
    for (const char* rest : {"", "&ipv4=&ipv6=", "&ipv6=", "&ipv4=192.0.2.1&ipv4="}) {
        const ipc::Propose made = proposal(get(good + rest));
        EXPECT_EQ(made.change4, ipc::Change::remove) << rest;
        EXPECT_EQ(made.change6, ipc::Change::remove) << rest;
    }
    const ipc::Propose four = proposal(get(good + "&ipv4=192.0.2.1"));
    EXPECT_EQ(four.change4, ipc::Change::set);
    EXPECT_EQ(four.change6, ipc::Change::remove);
    const ipc::Propose six = proposal(get(good + "&ipv6=::1"));
    EXPECT_EQ(six.change4, ipc::Change::remove);
    EXPECT_EQ(six.change6, ipc::Change::set);
}

// A Fritz!Box behind a proxy is configured with /dns/api/update.
TEST(UpdateApi, AcceptsItsPathWithAnyPrefix)
{
    const std::string query = good.substr(good.find('?'));
    for (const char* path : {"/api/update", "/dns/api/update", "/a/b/api/update", "//api/update",
                             "http://example.net/api/update"}) {
        EXPECT_EQ(reply_of(get(path + query)), "a proposal") << path;
    }
    for (const char* path :
         {"/", "/api/updat", "/api/update/", "/api/updates", "/fooapi/update", "api/update", "dns/api/update",
          "/API/update", "/api//update", "/api%2Fupdate", "*", "http://api/update", "/index.html"}) {
        EXPECT_EQ(reply_of(get(path + query)), "404 updates are at /api/update") << path;
    }
}

TEST(UpdateApi, AcceptsEveryFormOfTheHostsName)
{
    for (const char* name : {"home.example.net", "HOME.Example.Net.", "home%2Eexample.net"}) {
        EXPECT_EQ(proposal(get("/api/update?token=t&hostname=" + std::string{name})).host,
                  dns::Name::from_text("home.example.net"))
            << name;
    }
}

TEST(UpdateApi, DecodesEscapes)
{
    const ipc::Propose made = proposal(get("/api/update?hostname=h.example&token=a%26b%3D+%2B&ipv6=%3a%3A1"));
    EXPECT_EQ(text_of(made.token), "a&b= +");
    EXPECT_EQ(made.address6, base::parse_address6("::1"));
}

TEST(UpdateApi, IgnoresUnknownParameters)
{
    EXPECT_EQ(reply_of(get(good + "&username=x&Token=other&HOSTNAME=y&ipv4prefix=z")), "a proposal");
}

TEST(UpdateApi, SaysWhichParameterIsMissingOrInvalid)
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
TEST(UpdateApi, ChecksParametersInThePredecessorsOrder)
{
    EXPECT_EQ(reply_of(get("/api/update?ipv4=x")), "400 hostname required");
    EXPECT_EQ(reply_of(get("/api/update?hostname=a..b&ipv4=x&ipv6=x")), "403 authorization required");
    EXPECT_EQ(reply_of(get("/api/update?hostname=a..b&token=&ipv4=x&ipv6=x")), "400 bad ipv4 address");
    EXPECT_EQ(reply_of(get("/api/update?hostname=a..b&token=&ipv6=x")), "400 bad ipv6 address");
    EXPECT_EQ(reply_of(get("/api/update?hostname=a..b&token=")), "400 bad hostname");
    EXPECT_EQ(reply_of(get("/api/update?hostname=a.b&token=")), "403 forbidden");
}

// The reply is the same as to a wrong token.
TEST(UpdateApi, RefusesATokenThatNoHostCanHave)
{
    const std::string start = "/api/update?hostname=h.example&token=";
    EXPECT_EQ(reply_of(get(start)), "403 forbidden");
    EXPECT_EQ(reply_of(get(start + std::string(255, 't'))), "a proposal");
    EXPECT_EQ(reply_of(get(start + std::string(256, 't'))), "403 forbidden");
}

TEST(UpdateApi, RefusesAnInvalidQuery)
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
TEST(UpdateApi, AcceptsEmptyPiecesAndNamesWithoutValue)
{
    for (const char* rest : {"&", "&&", "&x", "&x&", "&ipv6"}) {
        const ipc::Propose made = proposal(get(good + "&ipv4=192.0.2.1" + rest));
        EXPECT_EQ(made.change4, ipc::Change::set) << rest;
        EXPECT_EQ(made.change6, ipc::Change::remove) << rest;
    }
    EXPECT_EQ(proposal(get("/api/update?&" + good.substr(good.find('?') + 1) + "&ipv4")).change4,
              ipc::Change::remove);
    EXPECT_EQ(reply_of(get("/api/update?hostname&token=t")), "400 bad hostname");
    EXPECT_EQ(reply_of(get("/api/update?hostname=h.example&token")), "403 forbidden");
}

// An address under the name that it has elsewhere: without the check, both records would be removed.
TEST(UpdateApi, RefusesAnAddressUnderAnotherName)
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
        EXPECT_EQ(reply_of(get(good + "&ipv6=::1&" + name + "=192.0.2.1")), "a proposal") << name;
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
TEST(UpdateApi, AllowsGetAndPostOnly)
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

std::string host_of(const UpdateOrRefused& result)
{
    return std::get<Refused>(result).host;
}

// For the log.
TEST(UpdateApi, TellsTheHostOfARefusedRequest)
{
    EXPECT_EQ(host_of(get("/api/update?hostname=h.example")), "h.example");
    EXPECT_EQ(host_of(get("/api/update?hostname=h.example&token=t&ipv4=x")), "h.example");
    EXPECT_EQ(host_of(get("/api/update?hostname=h.example&x=%4")), "h.example");
    EXPECT_EQ(host_of(get("/api/update?token=t")), "");
    EXPECT_EQ(host_of(get("/other?hostname=h.example")), "");
}

TEST(UpdateApi, SaysWhatIsWrongWithARequestThatCannotBeRead)
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

TEST(UpdateApi, AcceptsAFormInTheBody)
{
    const ipc::Propose made = proposal(post("/api/update", "hostname=h.example&token=t&ipv4=192.0.2.1"));
    EXPECT_EQ(made.host, dns::Name::from_text("h.example"));
    EXPECT_EQ(made.change4, ipc::Change::set);
    EXPECT_EQ(reply_of(post("/api/update?", "hostname=h.example&token=t")), "a proposal");
    EXPECT_EQ(reply_of(post("/api/update?hostname=h.example", "token=t")), "a proposal");
    EXPECT_EQ(reply_of(post("/api/update", "hostname=h.example&token=t&")), "a proposal");
    EXPECT_EQ(reply_of(post("/api/update", "hostname=%4")), "400 bad percent escape");
}

TEST(UpdateApi, PrefersTheValueInTheBody)
{
    EXPECT_EQ(text_of(proposal(post(good, "token=other")).token), "other");
}

TEST(UpdateApi, AcceptsAPostWithAllParametersInTheQuery)
{
    EXPECT_EQ(reply_of(post(good, "")), "a proposal");
    EXPECT_EQ(reply_of(post("/api/update", "")), "400 hostname required");
}

TEST(UpdateApi, RecognisesAFormByItsContentType)
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
TEST(UpdateApi, IgnoresABodyOfAnotherTypeIfThereIsAQuery)
{
    const std::string json = "Content-Type: application/json\r\n";
    EXPECT_EQ(text_of(proposal(post(good, "token=other", json)).token), "secret");
    EXPECT_EQ(reply_of(post(good, "{\"a\": 1}", json)), "a proposal");
    EXPECT_EQ(reply_of(post("/api/update", "hostname=h.example&token=t", json)),
              "400 the body is not application/x-www-form-urlencoded");
}

// RFC 9110 section 9.3.1: the body of a GET has no meaning.
TEST(UpdateApi, IgnoresTheBodyOfAGet)
{
    const std::string rest = " HTTP/1.1\r\nContent-Length: 11\r\n\r\ntoken=other";
    EXPECT_EQ(text_of(proposal(ask("GET " + good + rest)).token), "secret");
    EXPECT_EQ(reply_of(ask("GET /api/update" + rest)), "400 hostname required");
}

// Clients match on these words and on the status.
TEST(UpdateApi, RepliesWithTheVerdict)
{
    EXPECT_EQ(text_of(reply_to(Dialect::api_update, ipc::Verdict::committed)), "200 ok updated");
    EXPECT_EQ(text_of(reply_to(Dialect::api_update, ipc::Verdict::unchanged)), "200 ok unchanged");
    EXPECT_EQ(text_of(reply_to(Dialect::api_update, ipc::Verdict::refused)), "403 forbidden");
    EXPECT_EQ(text_of(reply_to(Dialect::api_update, ipc::Verdict::unavailable)), "503 911");
}

} // namespace
} // namespace http
