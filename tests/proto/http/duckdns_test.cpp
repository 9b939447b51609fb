#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "tests/proto/http/asking.h"

namespace http
{
namespace
{

const std::string home = "/update?domains=home&token=secret";
const std::string a_challenge(43, 'x');

std::string duck_reply(const std::string& target, ipc::Verdict verdict, std::string_view four = {},
                       std::string_view six = {})
{
    const Update update = update_of(get(target));
    ipc::Settled settled = settled_alike(update.proposal, verdict);
    settled.zone = dns::CompactName{dns::Name::from_text("dyn.example.org").value()};
    for (ipc::HostOutcome& outcome : settled.hosts) {
        outcome.reason = ipc::Reason::private_address4;
        outcome.address4 = base::parse_address4(four);
        outcome.address6 = base::parse_address6(six);
    }
    return text_of(reply_to(update, settled));
}

TEST(DuckDns, IsAPathThatEndsInUpdateWithDomains)
{
    for (const char* path : {"/update", "/nic/update", "/a/b/update"}) {
        EXPECT_TRUE(proposal(get(path + home.substr(7))).names_may_be_relative) << path;
    }
    EXPECT_FALSE(proposal(get("/api/update?domains=home&hostname=h.example&token=t")).names_may_be_relative);
    EXPECT_TRUE(proposal(post("/update", "domains=home&token=t&ip=192.0.2.1")).names_may_be_relative);
    EXPECT_EQ(reply_of(ask("HEAD " + home + " HTTP/1.1\r\n\r\n")), "405 use GET or POST");
}

TEST(DuckDns, ProposesLabelsAndWholeNames)
{
    const ipc::Propose made =
        proposal(get("/update?domains=home,+www.home.,b.dyn.example.org,HOME&token=secret"));
    const std::vector<dns::Name> expected = {dns::Name::from_text("home").value(),
                                             dns::Name::from_text("www.home").value(),
                                             dns::Name::from_text("b.dyn.example.org").value()};
    EXPECT_EQ(made.hosts, expected);
    EXPECT_TRUE(made.all_or_nothing);
    EXPECT_FALSE(made.missing_removes);
    EXPECT_EQ(text_of(made.token), "secret");
}

// Clients compare the whole body with OK.
TEST(DuckDns, RepliesWithOkOrKo)
{
    EXPECT_EQ(duck_reply(home, ipc::Verdict::committed, "192.0.2.1"), "200 OK");
    EXPECT_EQ(duck_reply(home, ipc::Verdict::unchanged, "192.0.2.1"), "200 OK");
    EXPECT_EQ(duck_reply(home, ipc::Verdict::refused), "403 KO");
    EXPECT_EQ(duck_reply(home, ipc::Verdict::outside_zone), "403 KO");
    EXPECT_EQ(duck_reply(home, ipc::Verdict::unavailable), "503 KO");
    EXPECT_EQ(duck_reply(home + "&ip=10.0.0.1", ipc::Verdict::unsuitable),
              "400 KO\nfound 10.0.0.1, a private address: send a public one, or set allow_private=yes for "
              "the host");
}

TEST(DuckDns, ShowsNoValueThatMayBeASecret)
{
    const std::string token = "0f6b2c1d9a7e4f3388d1c5a2b7e09614";
    const std::string swapped = "/update?token=home&domains=";
    EXPECT_EQ(reply_of(get(swapped + "a.." + token)),
              "400 KO\nfound (not shown), expected the name of a host");
    EXPECT_EQ(reply_of(get(swapped + "a&ip=" + token)),
              "400 KO\nfound (not shown), expected an IPv4 or IPv6 address");
    EXPECT_EQ(reply_of(get(swapped + "a&ipv6=2001:db8::/64" + token)),
              "400 KO\nfound (not shown): leave the suffix out; give the host suffix= in the server's "
              "configuration");
    EXPECT_EQ(reply_of(get(swapped + "a&txt=" + token)),
              "400 KO\ntxt is no value of an ACME challenge: send 43 characters of base64url");
    EXPECT_EQ(duck_reply("/update?domains=a&token=10.0.0.1&ip=10.0.0.1", ipc::Verdict::unsuitable),
              "400 KO\nfound (not shown), a private address: send a public one, or set allow_private=yes "
              "for the host");
}

TEST(DuckDns, SaysMoreIfItIsVerbose)
{
    const std::string verbose = home + "&verbose=true";
    EXPECT_EQ(duck_reply(verbose, ipc::Verdict::committed, "192.0.2.1", "2001:db8::1"),
              "200 OK\n192.0.2.1\n2001:db8::1\nUPDATED");
    EXPECT_EQ(duck_reply(verbose, ipc::Verdict::unchanged, "192.0.2.1"), "200 OK\n192.0.2.1\n\nNOCHANGE");
    EXPECT_EQ(duck_reply(verbose, ipc::Verdict::unchanged, "", "2001:db8::1"),
              "200 OK\n\n2001:db8::1\nNOCHANGE");
    EXPECT_EQ(duck_reply(verbose + "&clear=true", ipc::Verdict::committed), "200 OK\n\n\nUPDATED");
    EXPECT_EQ(duck_reply(verbose + "&txt=" + a_challenge, ipc::Verdict::committed),
              "200 OK\n" + a_challenge + "\nUPDATED");
    EXPECT_EQ(duck_reply(verbose + "&txt=", ipc::Verdict::unchanged), "200 OK\n\nNOCHANGE");
    EXPECT_EQ(duck_reply(home + "&verbose=false", ipc::Verdict::committed), "200 OK");
    EXPECT_EQ(duck_reply(verbose, ipc::Verdict::refused), "403 KO");
}

TEST(DuckDns, ChecksTheSecretThenTheHostsThenTheValues)
{
    EXPECT_EQ(reply_of(get("/update?domains=a..b&ip=x")), "403 KO");
    EXPECT_EQ(reply_of(get("/update?domains=a..b&ip=x&token=t")),
              "400 KO\nfound a..b, expected the name of a host");
    EXPECT_EQ(reply_of(get("/update?domains=&token=t")), "400 KO\nfound no host name, send at least one");
    EXPECT_EQ(reply_of(get("/update?domains=.&token=t")), "400 KO\nfound ., expected the name of a host");
    EXPECT_EQ(reply_of(get(home + "&ip=x")), "400 KO\nfound (not shown), expected an IPv4 or IPv6 address");
    EXPECT_EQ(reply_of(get(home + "&ip=secret")),
              "400 KO\nfound (not shown), expected an IPv4 or IPv6 address");
    EXPECT_EQ(reply_of(get(home + "&x=%")), "400 KO\nbad percent escape");
    EXPECT_EQ(reply_of(get("/update?domains=home&token=" + std::string(256, 'x'))), "403 KO");
}

TEST(DuckDns, IsAllOrNothing)
{
    const Update update = update_of(get("/update?domains=a,b&token=t&ip=192.0.2.1"));
    ipc::Settled settled = settled_alike(update.proposal, ipc::Verdict::committed);
    settled.hosts[1].verdict = ipc::Verdict::unchanged;
    EXPECT_EQ(text_of(reply_to(update, settled)), "200 OK");
    settled.hosts[1].verdict = ipc::Verdict::refused;
    EXPECT_EQ(text_of(reply_to(update, settled)), "403 KO");
}

} // namespace
} // namespace http
