#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "tests/proto/http/asking.h"

namespace http
{
namespace
{

const std::string nic_update = "/nic/update?password=secret&hostname=";
const std::string three = nic_update + "a.dyn.example.org,b.dyn.example.org,c.dyn.example.org&myip=192.0.2.1";

ipc::HostOutcome with_addresses(ipc::Verdict verdict, std::string_view four, std::string_view six = {})
{
    ipc::HostOutcome outcome;
    outcome.verdict = verdict;
    outcome.address4 = base::parse_address4(four);
    outcome.address6 = base::parse_address6(six);
    return outcome;
}

ipc::HostOutcome only(ipc::Verdict verdict)
{
    return with_addresses(verdict, "");
}

ipc::HostOutcome unsuitable(ipc::Reason reason)
{
    ipc::HostOutcome outcome = with_addresses(ipc::Verdict::unsuitable, "");
    outcome.reason = reason;
    return outcome;
}

const ipc::HostOutcome changed = with_addresses(ipc::Verdict::committed, "192.0.2.1");
const ipc::HostOutcome as_it_was = with_addresses(ipc::Verdict::unchanged, "192.0.2.1");
const ipc::HostOutcome refused_host = only(ipc::Verdict::refused);
const ipc::HostOutcome outside_host = only(ipc::Verdict::outside_zone);
const ipc::HostOutcome failed = only(ipc::Verdict::unavailable);
const ipc::HostOutcome private_host = unsuitable(ipc::Reason::private_address4);

std::string reply_after(const std::string& target, const std::vector<ipc::HostOutcome>& outcomes,
                        std::string_view zone = "dyn.example.org")
{
    const Update update = update_of(get(target));
    EXPECT_EQ(update.proposal.hosts.size(), outcomes.size()) << target;
    ipc::Settled settled;
    settled.hosts = outcomes;
    settled.zone = dns::CompactName{dns::Name::from_text(zone).value()};
    return text_of(reply_to(update, settled));
}

// "good" or "nochg" would say that it is set.
TEST(Dyndns2, RefusesAChallenge)
{
    const std::string refusal =
        "400 dnserr found txt, which this path does not support: send it to /api/update";
    EXPECT_EQ(reply_of(get(nic_update + "a.dyn.example.org&txt=" + std::string(43, 'x'))), refusal);
    EXPECT_EQ(reply_of(get(nic_update + "a.dyn.example.org&myip=192.0.2.1&txt=")), refusal);
}

TEST(Dyndns2, ShowsNoNameThatMayBeAToken)
{
    const std::string token(base::Token::min_good_bytes, 'x');
    const std::string shorter = token.substr(1);
    EXPECT_EQ(reply_after(nic_update + token, {outside_host}),
              "200 notfqdn send the whole name: (not shown)");
    EXPECT_EQ(reply_after(nic_update + shorter, {outside_host}),
              "200 notfqdn send the whole name: " + shorter + ".dyn.example.org");
    for (const std::string& odd :
         {token + "..", "a.." + token, "a.b." + token + "..", std::string{"a..b%20c"}}) {
        EXPECT_EQ(reply_of(get(nic_update + odd)),
                  "200 notfqdn found (not shown), expected the name of a host");
    }
    // written as an escape
    EXPECT_EQ(reply_after(nic_update + "%5c115ecret", {outside_host}),
              "200 notfqdn send the whole name: (not shown)");
    EXPECT_EQ(reply_after(nic_update + "a%00b", {outside_host}),
              "200 notfqdn send the whole name: (not shown)");
}

TEST(Dyndns2, IsAtEveryPathThatEndsInUpdate)
{
    const std::string query = "?hostname=h.example&password=secret&myip=192.0.2.1";
    for (const char* path : {"/nic/update", "/v3/update", "/v2/update", "/update", "/dyndns/update",
                             "/dns/nic/update", "/fooapi/update"}) {
        EXPECT_EQ(reply_of(get(path + query)), "a proposal") << path;
    }
    for (const char* path : {"/nic/updates", "/nicupdate", "/nic/update/", "nic/update", "/nic/Update"}) {
        EXPECT_EQ(reply_of(get(path + query)), "404 updates are at /api/update") << path;
    }
    EXPECT_EQ(reply_of(ask("HEAD /nic/update HTTP/1.1\r\n\r\n")), "405 use GET or POST");
    EXPECT_EQ(reply_of(ask("PUT /nic/update HTTP/1.1\r\n\r\n")), "405 use GET or POST");
    EXPECT_EQ(reply_of(post("/nic/update", query.substr(1))), "a proposal");
}

TEST(Dyndns2, ProposesWhatTheSecretOpensAndKeepsWhatIsMissing)
{
    const ipc::Propose made = proposal(get(three));
    EXPECT_FALSE(made.all_or_nothing);
    EXPECT_FALSE(made.missing_removes);
    EXPECT_FALSE(made.names_may_be_relative);
    EXPECT_EQ(made.hosts.size(), 3U);
    EXPECT_EQ(text_of(made.token), "secret");
    EXPECT_EQ(made.client, base::parse_address("198.51.100.7"));
}

TEST(Dyndns2, TakesOneSecret)
{
    const std::string target = "/nic/update?hostname=h.example&myip=192.0.2.1";
    const auto with = [&](const std::string& field) {
        return ask("GET " + target + " HTTP/1.0\r\nAuthorization: " + field + "\r\n\r\n");
    };
    EXPECT_EQ(text_of(proposal(with("Basic dXNlcjpwOiY9JQ==")).token), "p:&=%");
    EXPECT_EQ(text_of(proposal(with("bearer secret")).token), "secret");
    EXPECT_EQ(reply_of(get(target)), "401 badauth");
    EXPECT_EQ(reply_of(with("Basic dXNlcjo=")), "401 badauth");
    EXPECT_EQ(reply_of(with("Basic !")), "401 badauth");
    EXPECT_EQ(reply_of(get(target + "&token=" + std::string(256, 'x'))), "401 badauth");
}

TEST(Dyndns2, ChecksTheSecretThenTheHostsThenTheValues)
{
    EXPECT_EQ(reply_of(get("/nic/update?hostname=a..b&myip=x")), "401 badauth");
    EXPECT_EQ(reply_of(get(nic_update + "a..b&myip=x")),
              "200 notfqdn found a..b, expected the name of a host");
    EXPECT_EQ(reply_of(get("/nic/update?myip=x&password=secret")),
              "200 notfqdn found no host name, send at least one");
    EXPECT_EQ(reply_of(get(nic_update + "+,&myip=x")), "200 notfqdn found no host name, send at least one");
    EXPECT_EQ(reply_of(get(nic_update + "h.example&myip=x")),
              "400 dnserr found (not shown), expected an IPv4 or IPv6 address");
    EXPECT_EQ(reply_of(get(nic_update + "h.example&myip=%4")), "400 dnserr bad percent escape");
}

TEST(Dyndns2, RepliesWithALineForEachNameInTheirOrder)
{
    EXPECT_EQ(reply_after(three, {changed, as_it_was, changed}),
              "200 good 192.0.2.1\nnochg 192.0.2.1\ngood 192.0.2.1");
    EXPECT_EQ(
        reply_after(nic_update + "A.dyn.example.org,+b.dyn.example.org,a.dyn.example.org.&myip=192.0.2.1",
                    {changed, as_it_was}),
        "200 good 192.0.2.1\nnochg 192.0.2.1\ngood 192.0.2.1");
    EXPECT_EQ(reply_after(nic_update + "a.dyn.example.org,x..y&myip=192.0.2.1", {changed}),
              "200 good 192.0.2.1\nnotfqdn found x..y, expected the name of a host");
}

// ddclient's noip takes the second word for the address.
TEST(Dyndns2, RepliesWithWhatTheRequestHasSet)
{
    const std::string one = nic_update + "a.dyn.example.org&myip=192.0.2.1";
    const auto outcome = [&](std::string_view four, std::string_view six) {
        return reply_after(one, {with_addresses(ipc::Verdict::committed, four, six)});
    };
    EXPECT_EQ(outcome("192.0.2.1", "2001:DB8:0:0::1"), "200 good 192.0.2.1,2001:db8::1");
    EXPECT_EQ(outcome("", "2001:db8::1"), "200 good 2001:db8::1");
    EXPECT_EQ(outcome("", ""), "200 good");
    ipc::HostOutcome prefix = with_addresses(ipc::Verdict::unchanged, "");
    prefix.prefix = base::prefix_of(base::parse_address6("2001:db8:1::").value(), 56);
    EXPECT_EQ(reply_after(one, {prefix}), "200 nochg 2001:db8:1::/56");
    prefix.address6 = base::parse_address6("2001:db8:1::5");
    EXPECT_EQ(reply_after(one, {prefix}), "200 nochg 2001:db8:1::5");
}

TEST(Dyndns2, RefusesASecretThatOpensNoHostInOneLine)
{
    EXPECT_EQ(reply_after(three, {refused_host, refused_host, refused_host}), "401 badauth");
    EXPECT_EQ(reply_after(three, {outside_host, refused_host, refused_host}), "401 badauth");
    EXPECT_EQ(reply_after(three, {changed, refused_host, as_it_was}),
              "200 good 192.0.2.1\nnohost\nnochg 192.0.2.1");
    EXPECT_EQ(reply_after(nic_update + "a.example,b..c&myip=192.0.2.1", {refused_host}), "401 badauth");
}

TEST(Dyndns2, EscapesTheZoneOnce)
{
    EXPECT_EQ(reply_after(nic_update + "a.example", {outside_host}, "a\\000b.example"),
              "200 nohost the name is outside the zone a\\000b.example: send a name inside of it");
}

TEST(Dyndns2, HasNoHostAtTheRoot)
{
    EXPECT_EQ(reply_of(get(nic_update + ".")), "200 notfqdn found ., expected the name of a host");
    EXPECT_EQ(reply_after(nic_update + ".,a.dyn.example.org&myip=192.0.2.1", {changed}),
              "200 notfqdn found ., expected the name of a host\ngood 192.0.2.1");
}

TEST(Dyndns2, ShowsNoSecretThatIsAnAddress)
{
    EXPECT_EQ(reply_after("/nic/update?hostname=a.example&password=10.0.0.1&myip=10.0.0.1", {private_host}),
              "400 dnserr found (not shown), a private address: send a public one, or set "
              "allow_private=yes for the host");
}

TEST(Dyndns2, SaysWhichZoneItHas)
{
    const std::string outside_line =
        "nohost the name is outside the zone dyn.example.org: send a name inside of it";
    EXPECT_EQ(reply_after(nic_update + "a.example&myip=192.0.2.1", {outside_host}), "200 " + outside_line);
    EXPECT_EQ(reply_after(three, {changed, outside_host, refused_host}),
              "200 good 192.0.2.1\n" + outside_line + "\nnohost");
    EXPECT_EQ(reply_after(nic_update + "home&myip=192.0.2.1", {outside_host}),
              "200 notfqdn send the whole name: home.dyn.example.org");
    // the password may be at the place of the name, and a name may have a word of success
    EXPECT_EQ(reply_after(nic_update + "secret&myip=192.0.2.1", {outside_host}),
              "200 notfqdn send the whole name: (not shown)");
    EXPECT_EQ(reply_after(nic_update + "book&myip=192.0.2.1", {outside_host}),
              "200 notfqdn send the whole name: (not shown)");
    EXPECT_EQ(reply_after(nic_update + "a.example&myip=192.0.2.1", {outside_host}, "tokyo.example"),
              "200 nohost the name is outside the zone (not shown): send a name inside of it");
}

TEST(Dyndns2, SaysWhatAHostDoesNotAccept)
{
    const std::string line =
        "dnserr found 192.0.2.1, a private address: send a public one, or set allow_private=yes for the host";
    EXPECT_EQ(reply_after(three, {private_host, private_host, private_host}),
              "400 " + line + '\n' + line + '\n' + line);
    EXPECT_EQ(reply_after(three, {private_host, changed, refused_host}),
              "200 " + line + "\ngood 192.0.2.1\nnohost");
    EXPECT_EQ(reply_after(three, {private_host, refused_host, refused_host}),
              "400 " + line + "\nnohost\nnohost");
    EXPECT_EQ(reply_after(nic_update + "a.example", {unsuitable(ipc::Reason::own_address)}),
              "400 dnserr found no address, and the host has require_address=yes: send the address");
    EXPECT_EQ(
        reply_after(nic_update + "a.example&ipv6=fd00::1", {unsuitable(ipc::Reason::private_address6)}),
        "400 dnserr found fd00::1, a private address: send a public one, or set allow_private=yes for the "
        "host");
}

TEST(Dyndns2, ShowsThePrivatePrefixOfAHostWithASuffix)
{
    const std::string rest = ", a private address: send a public one, or set allow_private=yes for the host";
    for (const std::string values : {"&ip6prefix=fd00::/56", "&ip6prefix=fd00::/56&ipv6=2001:db8::1"}) {
        EXPECT_EQ(reply_after(nic_update + "a.example" + values, {unsuitable(ipc::Reason::private_address6)}),
                  "400 dnserr found fd00::/56" + rest)
            << values;
    }
}

TEST(Dyndns2, HasALineForEachNameOfABadValue)
{
    EXPECT_EQ(reply_of(get(nic_update + "a.example,b.example,c..d&myip=x")),
              "400 dnserr found (not shown), expected an IPv4 or IPv6 address\n"
              "dnserr found (not shown), expected an IPv4 or IPv6 address\n"
              "notfqdn found c..d, expected the name of a host");
}

TEST(Dyndns2, IsUnavailableAsAWhole)
{
    EXPECT_EQ(reply_after(three, {failed, failed, failed}), "503 911");
    EXPECT_EQ(reply_after(three, {refused_host, failed, failed}), "503 911");
}

std::string names(unsigned count, const std::string& suffix)
{
    std::string list;
    for (unsigned i = 0; i < count; ++i) {
        list += "h" + std::to_string(i) + suffix + ',';
    }
    return list;
}

TEST(Hosts, AreAtMost20InARequest)
{
    const std::string too_many = "found more than 20 hosts, send at most 20";
    const std::string many = names(20, ".example");
    const std::string values = "&token=secret&myip=192.0.2.1";
    EXPECT_EQ(proposal(get("/nic/update?hostname=" + many + values)).hosts.size(), 20U);
    EXPECT_EQ(reply_of(get("/nic/update?hostname=" + many + "x.example" + values)),
              "200 numhost " + too_many);
    EXPECT_EQ(proposal(get("/nic/update?hostname=" + many + "H3.example." + values)).hosts.size(), 20U);
    EXPECT_EQ(reply_of(get("/api/update?token=t&hostname=" + many)), "a proposal");
    EXPECT_EQ(reply_of(get("/api/update?token=t&hostname=" + many + "x.example")), "400 " + too_many);
    EXPECT_EQ(reply_of(get("/update?token=t&domains=" + names(21, ""))), "400 KO\n" + too_many);
    std::string same;
    for (int i = 0; i < 101; ++i) {
        same += "h.example,";
    }
    EXPECT_EQ(reply_of(get("/nic/update?hostname=" + same + values)), "200 numhost " + too_many);
}

} // namespace
} // namespace http
