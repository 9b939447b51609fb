// The dialects that set TXT records for ACME: acme-dns and httpreq.
#include <array>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "proto/base/base64.h"
#include "proto/http/challenge.h"
#include "tests/proto/http/asking.h"

namespace http
{
namespace
{

const std::string value_of_test = "LHDhK3oGRvkiefQnx7OOczTY5Tic_xZ6HcMOc_gmt-M";
const std::string uuid_a = "8e5700ea-a4bf-41c7-8a77-e990661dcc6a";
const std::string uuid_b = "C36F50E8-4632-44F0-83FE-E070FEF28A10";
const std::string key_of_test = "htB9mR9DYgcu9bX_afHF62erXaH2TS7bg9KW3F7Z";
const std::string keys = "X-Api-User: " + uuid_b + "\r\nX-Api-Key: " + key_of_test + "\r\n";
const std::string as_acme_dns = R"({"subdomain":")" + uuid_a + R"(","txt":")" + value_of_test + R"("})";
const std::string as_httpreq =
    R"({"fqdn":"_acme-challenge.home.example.net.","value":")" + value_of_test + R"("})";
const std::string basic_secret = "Authorization: Basic dXNlcjpzZWNyZXQ=\r\n";

ReadResult acme_dns(const std::string& body, const std::string& fields = keys)
{
    return post("/update", body, fields);
}

ReadResult present(const std::string& body, const std::string& fields = basic_secret)
{
    return post("/present", body, fields);
}

std::string settled_reply(const ReadResult& result, ipc::Verdict verdict)
{
    const Update update = update_of(result);
    return text_of(reply_to(update, settled_alike(update.proposal, verdict)));
}

std::string text_of_value(const ipc::ChallengeValue& value)
{
    return {value.begin(), value.end()};
}

TEST(ChallengeValue, Is43CharactersOfBase64url)
{
    EXPECT_EQ(text_of_value(challenge_value(value_of_test).value()), value_of_test);
    EXPECT_FALSE(challenge_value(""));
    EXPECT_FALSE(challenge_value(value_of_test + "A"));
    EXPECT_FALSE(challenge_value(value_of_test.substr(1)));
    for (const char c : {'+', '/', '=', ' ', '"', '\0', '\xC3'}) {
        EXPECT_FALSE(challenge_value(value_of_test.substr(1) + c)) << c;
    }
}

TEST(AcmeDns, ProposesAValueForTheAccount)
{
    const ipc::Propose made = proposal(acme_dns(as_acme_dns));
    ASSERT_TRUE(made.account);
    EXPECT_EQ(base::to_hex(made.account->subdomain), "8e5700eaa4bf41c78a77e990661dcc6a");
    EXPECT_EQ(base::to_hex(made.account->user), "c36f50e8463244f083fee070fef28a10");
    EXPECT_EQ(text_of(made.token), key_of_test);
    EXPECT_EQ(made.txt, ipc::TxtChange::set);
    EXPECT_EQ(text_of_value(made.value), value_of_test);
    EXPECT_TRUE(made.hosts.empty());
    EXPECT_FALSE(made.changes_addresses());
}

// Older Go clients write names of members so; curl sends JSON as a form.
TEST(AcmeDns, TakesNamesInAnyCaseAndAnyContentType)
{
    const std::string form = "Content-Type: application/x-www-form-urlencoded\r\n";
    EXPECT_EQ(reply_of(acme_dns(R"({"SubDomain":")" + uuid_a + R"(","Txt":")" + value_of_test + R"("})")),
              "a proposal");
    EXPECT_EQ(reply_of(acme_dns(as_acme_dns, keys + form)), "a proposal");
    EXPECT_EQ(reply_of(acme_dns(as_acme_dns, keys + "Content-Type: application/json\r\n")), "a proposal");
    EXPECT_EQ(reply_of(acme_dns(R"({"a":"%", "b":1,)" + as_acme_dns.substr(1), keys + form)), "a proposal");
    EXPECT_EQ(reply_of(post("/dns/update", as_acme_dns, keys)), "a proposal");
}

TEST(AcmeDns, RepliesInItsWords)
{
    const ReadResult made = acme_dns(as_acme_dns);
    const std::string done = R"(200 {"txt":")" + value_of_test + R"("})";
    EXPECT_EQ(settled_reply(made, ipc::Verdict::committed), done);
    EXPECT_EQ(settled_reply(made, ipc::Verdict::unchanged), done);
    EXPECT_EQ(settled_reply(made, ipc::Verdict::refused), R"(401 {"error":"forbidden"})");
    EXPECT_EQ(settled_reply(made, ipc::Verdict::outside_zone), R"(401 {"error":"forbidden"})");
    EXPECT_EQ(settled_reply(made, ipc::Verdict::unavailable), R"(503 {"error":"unavailable"})");
    const Update update = update_of(made);
    EXPECT_EQ(reply_to(update, settled_alike(update.proposal, ipc::Verdict::committed)).content_type,
              "application/json");
}

TEST(AcmeDns, RefusesABadValueBeforeItLooksAtTheKey)
{
    for (const char* members : {R"("txt":"")", R"("txt":"short")", R"("txt":null)", R"("a":"b")"}) {
        const std::string body = R"({"subdomain":")" + uuid_a + "\"," + members + "}";
        EXPECT_EQ(reply_of(acme_dns(body)), R"(400 {"error":"bad_txt"})") << body;
        EXPECT_EQ(reply_of(acme_dns(body, "X-Api-User: x\r\n")), R"(400 {"error":"bad_txt"})") << body;
    }
}

TEST(AcmeDns, ForbidsWhatIsNoAccountOrNoKey)
{
    const std::string forbidden = R"(401 {"error":"forbidden"})";
    const std::string user = "X-Api-User: " + uuid_b + "\r\n";
    const std::string key = "X-Api-Key: " + key_of_test + "\r\n";
    EXPECT_EQ(reply_of(acme_dns(as_acme_dns, user)), forbidden);
    EXPECT_EQ(reply_of(acme_dns(as_acme_dns, key)), forbidden);
    EXPECT_EQ(reply_of(acme_dns(as_acme_dns, user + "X-Api-Key:\r\n")), forbidden);
    EXPECT_EQ(reply_of(acme_dns(as_acme_dns, user + "X-Api-Key: " + std::string(256, 'k') + "\r\n")),
              forbidden);
    EXPECT_EQ(reply_of(acme_dns(as_acme_dns, key + "X-Api-User:\r\n")), forbidden);
    EXPECT_EQ(reply_of(acme_dns(R"({"txt":")" + value_of_test + R"("})")), forbidden);
    for (const std::string& uuid :
         {uuid_a.substr(1), uuid_a + "0", "g" + uuid_a.substr(1), std::string(36, '0'), std::string(36, '-'),
          std::string{"8e5700eaa4bf41c78a77e990661dcc6a"}, "{" + uuid_a + "}"}) {
        EXPECT_EQ(reply_of(acme_dns(as_acme_dns, key + "X-Api-User: " + uuid + "\r\n")), forbidden) << uuid;
        EXPECT_EQ(reply_of(acme_dns(R"({"subdomain":")" + uuid + R"(","txt":")" + value_of_test + R"("})")),
                  forbidden)
            << uuid;
    }
}

// The key may be at a wrong place.
TEST(AcmeDns, ShowsNoValue)
{
    EXPECT_EQ(reply_of(acme_dns(R"({"subdomain":"a","txt":")" + key_of_test + R"("})")),
              R"(400 {"error":"bad_txt"})");
    EXPECT_EQ(
        reply_of(acme_dns(R"({"subdomain":")" + key_of_test + R"(","txt":")" + value_of_test + R"("})")),
        R"(401 {"error":"forbidden"})");
    EXPECT_EQ(reply_of(acme_dns(R"({")" + key_of_test + R"(":{}})")),
              R"(400 {"error":"malformed_json_payload","detail":"bad JSON at byte 45: expected a value )"
              R"(that is neither an object nor an array"})");
}

TEST(AcmeDns, SaysWhereTheJsonIsBad)
{
    EXPECT_EQ(reply_of(acme_dns("")), R"(400 {"error":"malformed_json_payload",)"
                                      R"("detail":"bad JSON at byte 1: expected an object"})");
    EXPECT_EQ(reply_of(acme_dns(as_acme_dns.substr(0, 20))),
              R"(400 {"error":"malformed_json_payload","detail":"bad JSON at byte 21: the end is missing"})");
    EXPECT_EQ(reply_of(acme_dns(R"({"txt":{}})", "X-Api-Key: x\r\n")).substr(0, 40),
              R"(400 {"error":"malformed_json_payload","d)");
}

// These are requests of other dialects.
TEST(AcmeDns, IsAPostWithAFieldOfItsOwn)
{
    const auto is_its_own = [](const ReadResult& result) {
        return reply_of(result).find("error") != std::string::npos || reply_of(result) == "a proposal";
    };
    EXPECT_FALSE(is_its_own(post("/update", as_acme_dns)));
    EXPECT_FALSE(is_its_own(ask("GET /update HTTP/1.1\r\n" + keys + "\r\n")));
    EXPECT_FALSE(is_its_own(post("/updates", as_acme_dns, keys)));
    EXPECT_FALSE(is_its_own(post("/api/update", as_acme_dns, keys)));
}

TEST(Httpreq, ProposesAValueForTheHost)
{
    for (const char* path : {"/present", "/acme/present"}) {
        const ipc::Propose made = proposal(post(path, as_httpreq, basic_secret));
        EXPECT_EQ(made.hosts, std::vector{dns::Name::from_text("home.example.net").value()});
        EXPECT_FALSE(made.account);
        EXPECT_FALSE(made.names_may_be_relative);
        EXPECT_EQ(text_of(made.token), "secret");
        EXPECT_EQ(made.txt, ipc::TxtChange::set);
        EXPECT_EQ(text_of_value(made.value), value_of_test);
        EXPECT_FALSE(made.changes_addresses());
    }
}

TEST(Httpreq, RemovesTheValueAfterwards)
{
    const ipc::Propose made = proposal(post("/cleanup", as_httpreq, basic_secret));
    EXPECT_EQ(made.hosts, std::vector{dns::Name::from_text("home.example.net").value()});
    EXPECT_EQ(made.txt, ipc::TxtChange::remove);
    EXPECT_EQ(text_of_value(made.value), value_of_test);
    EXPECT_FALSE(made.changes_addresses());
}

// acmeproxy of acme.sh wants them so.
TEST(Httpreq, RepliesWithWhatWasSent)
{
    const std::string sent =
        R"({ "value" : ")" + value_of_test + R"(", "Fqdn" : "_ACME-Challenge.Home.example.net" })";
    const std::string done =
        R"(200 {"fqdn":"_ACME-Challenge.Home.example.net","value":")" + value_of_test + R"("})";
    EXPECT_EQ(settled_reply(present(sent), ipc::Verdict::committed), done);
    EXPECT_EQ(settled_reply(present(sent), ipc::Verdict::unchanged), done);
    EXPECT_EQ(settled_reply(post("/cleanup", sent, basic_secret), ipc::Verdict::unchanged), done);
    EXPECT_EQ(settled_reply(present(as_httpreq), ipc::Verdict::committed), "200 " + as_httpreq);
    EXPECT_EQ(settled_reply(present(as_httpreq), ipc::Verdict::refused), R"(401 {"error":"forbidden"})");
    EXPECT_EQ(settled_reply(present(as_httpreq), ipc::Verdict::outside_zone), R"(401 {"error":"forbidden"})");
    EXPECT_EQ(settled_reply(present(as_httpreq), ipc::Verdict::unavailable),
              R"(503 {"error":"unavailable"})");
}

TEST(Httpreq, NeedsASecretInBasicBeforeAnythingElse)
{
    const std::string forbidden = R"(401 {"error":"forbidden"})";
    for (const char* fields : {"", "Authorization: Bearer secret\r\n", "Authorization: Basic\r\n",
                               "Authorization: Basic dXNlcjo=\r\n"}) {
        EXPECT_EQ(reply_of(present(as_httpreq, fields)), forbidden) << fields;
        EXPECT_EQ(reply_of(present("no json", fields)), forbidden) << fields;
        EXPECT_EQ(reply_of(post("/present?token=secret", as_httpreq, fields)), forbidden) << fields;
    }
    EXPECT_EQ(reply_of(present(as_httpreq, "Authorization: Basic !\r\n")), forbidden);
    EXPECT_EQ(reply_of(present("no json", "Authorization: Basic !\r\n")).substr(0, 4), "400 ");
}

TEST(Httpreq, WantsANameThatBeginsWithTheChallengesLabel)
{
    for (const char* fqdn :
         {"", "home.example.net", "_acme-challenge", "_acme-challenge.", "_acme-challenge..",
          "_acme-challenge.a..b", "x_acme-challenge.home.example.net", "acme-challenge.a.b"}) {
        const std::string body =
            R"({"fqdn":")" + std::string{fqdn} + R"(","value":")" + value_of_test + R"("})";
        EXPECT_EQ(reply_of(present(body)), R"(400 {"error":"bad_fqdn"})") << fqdn;
    }
    EXPECT_EQ(reply_of(present(R"({"value":")" + value_of_test + R"("})")), R"(400 {"error":"bad_fqdn"})");
    EXPECT_EQ(reply_of(present(R"({"fqdn":5,"domain":"a.example"})")), R"(400 {"error":"bad_fqdn"})");
    const auto result = present(R"({"fqdn":"home.example.net","value":""})");
    EXPECT_EQ(std::get<Refused>(result).host, "home.example.net");
}

TEST(Httpreq, RefusesABadValue)
{
    for (const char* rest : {R"("value":"short"})", R"("value":7})", R"("a":1})"}) {
        const std::string body = R"({"fqdn":"_acme-challenge.home.example.net",)" + std::string{rest};
        EXPECT_EQ(reply_of(present(body)), R"(400 {"error":"bad_txt"})") << body;
        EXPECT_EQ(reply_of(post("/cleanup", body, basic_secret)), R"(400 {"error":"bad_txt"})") << body;
    }
}

TEST(Httpreq, ShowsNoValue)
{
    const std::string end = R"(","value":")" + key_of_test + R"("})";
    EXPECT_EQ(reply_of(present(R"({"fqdn":")" + key_of_test + end)), R"(400 {"error":"bad_fqdn"})");
    EXPECT_EQ(reply_of(present(R"({"fqdn":"_acme-challenge.a.example)" + end)), R"(400 {"error":"bad_txt"})");
}

TEST(Httpreq, SaysHowToLeaveRawMode)
{
    const std::string raw = R"({"domain":"home.example.net","token":"t","keyAuth":"t.k"})";
    for (const char* path : {"/present", "/cleanup"}) {
        EXPECT_EQ(reply_of(post(path, raw, basic_secret)),
                  R"(400 {"error":"bad_fqdn","detail":"RAW mode is not supported: remove HTTPREQ_MODE=RAW )"
                  R"(from the client's settings"})");
    }
}

TEST(Httpreq, SaysWhereTheJsonIsBad)
{
    EXPECT_EQ(reply_of(present("fqdn=a&value=b")), R"(400 {"error":"malformed_json_payload",)"
                                                   R"("detail":"bad JSON at byte 1: expected an object"})");
}

TEST(Httpreq, IsAPost)
{
    EXPECT_EQ(reply_of(get("/present")), "405 use POST");
    EXPECT_EQ(reply_of(get("/cleanup")), "405 use POST");
    EXPECT_EQ(reply_of(ask("HEAD /present HTTP/1.1\r\n\r\n")), "405 use POST");
}

TEST(Registration, IsClosed)
{
    EXPECT_EQ(reply_of(post("/register", "")),
              R"(403 {"error":"registration is closed; see nanodnsd --acme-json"})");
    EXPECT_EQ(reply_of(post("/dns/register", "{}", keys)),
              R"(403 {"error":"registration is closed; see nanodnsd --acme-json"})");
    EXPECT_EQ(reply_of(get("/register")), "405 use POST");
}

// A browser with Basic credentials in its memory.
TEST(OtherWebSites, GetTheWordsForAWrongSecret)
{
    for (const std::string elsewhere :
         {"Sec-Fetch-Site: cross-site\r\n", "Sec-Fetch-Site: same-site\r\n",
          "Host: ns.example\r\nOrigin: https://other.example\r\n", "Host: ns.example\r\nOrigin: null\r\n",
          "Host: ns.example\r\nReferer: https://other.example/\r\n"}) {
        EXPECT_EQ(reply_of(present(as_httpreq, basic_secret + elsewhere)), R"(403 {"error":"forbidden"})");
        EXPECT_EQ(reply_of(acme_dns(as_acme_dns, keys + elsewhere)), R"(403 {"error":"forbidden"})");
        const auto by_browser = [&](const std::string& target) {
            return reply_of(ask("GET " + target + " HTTP/1.1\r\n" + elsewhere + "\r\n"));
        };
        EXPECT_EQ(by_browser("/api/update?hostname=home.example.net&token=secret"), "403 forbidden");
        EXPECT_EQ(by_browser("/nic/update?hostname=home.example.net&password=secret"), "403 badauth");
        EXPECT_EQ(by_browser("/update?domains=home&token=secret"), "403 KO");
        EXPECT_EQ(by_browser("/myip"), "200 198.51.100.7");
        EXPECT_EQ(reply_of(post("/register", "", elsewhere)).substr(0, 16), R"(403 {"error":"re)");
    }
    for (const std::string here : {"Sec-Fetch-Site: none\r\n", "Sec-Fetch-Site: same-origin\r\n",
                                   "Host: ns.example\r\nOrigin: https://ns.example\r\n", ""}) {
        EXPECT_EQ(reply_of(present(as_httpreq, basic_secret + here)), "a proposal");
    }
}

} // namespace
} // namespace http
