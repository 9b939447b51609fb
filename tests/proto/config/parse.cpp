#include <chrono>

#include <gtest/gtest.h>

#include "proto/config/config.h"
#include "tests/proto/config/texts.h"

namespace
{

using config::parse;
using config_test::errors_of;
using config_test::with;
using namespace std::chrono_literals;

TEST(ConfigParse, ReadsTheRequiredKeysAndUsesDefaultsForTheRest)
{
    const auto [config, errors, warnings] = parse(config_test::required);
    ASSERT_EQ(config_test::list(errors), "");
    EXPECT_EQ(config.server.domain.to_text(), "dyn.example.org.");
    ASSERT_EQ(config.server.name_servers.size(), 1U);
    EXPECT_EQ(config.server.name_servers[0].to_text(), "ns.example.org.");
    EXPECT_EQ(config.server.mailbox.to_text(), "hostmaster.example.org.");
    EXPECT_EQ(config.server.user + config.server.group, "");
    EXPECT_EQ(config.server.rate_limit, 1000U);
    EXPECT_EQ(config.server.stats_interval, 86400s);
    EXPECT_EQ(config.server.workers, 1);
    EXPECT_EQ(config.server.ttl, 60s);
    EXPECT_EQ(config.server.negative_ttl, 60s);
    EXPECT_EQ(config.server.any, config::AnyPolicy::minimal);
    EXPECT_EQ(config.server.listen.size() + config.http.listen.size() + config.hosts.size(), 0U);
    EXPECT_EQ(config.udp.port, 53);
    EXPECT_EQ(config.tcp.port, 53);
    EXPECT_EQ(config.tcp.connections, 16);
    EXPECT_EQ(config.tcp.timeout, 3s);
    EXPECT_EQ(config.http.port, 80);
    EXPECT_EQ(config.http.connections, 64);
    EXPECT_EQ(config.http.timeout, 3s);
}

TEST(ConfigParse, ReadsEveryKey)
{
    const auto [config, errors, warnings] =
        parse("[http]\nport=8080\nconnections=7\ntimeout=8s\nlisten=::1\n"
              "[tcp]\nport=5301\nconnections=9\ntimeout=2m\n"
              "[udp]\nport=5302\n"
              "[@Home]\ntoken=geheim\nexpire=2h\nttl=5\n"
              "[@static]\na=192.0.2.1\na=192.0.2.2\naaaa=2001:db8::1\n"
              "[@]\naaaa=2001:db8::2\n"
              "[server]\ndomain=Dyn.Example.ORG.\nnameserver=ns1.example.org. ns2.example.net\n"
              "email=Host.Master@Example.org\nuser=ddns\ngroup=dns\nrate_limit=5\n"
              "stats_interval=0\nworkers=64\nttl=1m\nnegative_ttl=3h\nany=all\n"
              "listen=192.0.2.9 \t 2001:db8::9\n");
    ASSERT_EQ(config_test::list(errors), "");
    EXPECT_EQ(config.http.port, 8080);
    EXPECT_EQ(config.http.connections, 7);
    EXPECT_EQ(config.http.timeout, 8s);
    ASSERT_EQ(config.http.listen.size(), 1U);
    EXPECT_EQ(to_text(config.http.listen[0]), "::1");
    EXPECT_EQ(config.tcp.port, 5301);
    EXPECT_EQ(config.tcp.connections, 9);
    EXPECT_EQ(config.tcp.timeout, 120s);
    EXPECT_EQ(config.udp.port, 5302);
    EXPECT_EQ(config.server.domain.to_text(), "dyn.example.org.");
    ASSERT_EQ(config.server.name_servers.size(), 2U);
    EXPECT_EQ(config.server.name_servers[1].to_text(), "ns2.example.net.");
    EXPECT_EQ(config.server.mailbox.to_text(), "Host\\.Master.example.org.");
    EXPECT_EQ(config.server.user, "ddns");
    EXPECT_EQ(config.server.group, "dns");
    EXPECT_EQ(config.server.rate_limit, 5U);
    EXPECT_EQ(config.server.stats_interval, 0s);
    EXPECT_EQ(config.server.workers, 64);
    EXPECT_EQ(config.server.ttl, 60s);
    EXPECT_EQ(config.server.negative_ttl, 10800s);
    EXPECT_EQ(config.server.any, config::AnyPolicy::all);
    ASSERT_EQ(config.server.listen.size(), 2U);
    EXPECT_EQ(to_text(config.server.listen[1]), "2001:db8::9");
    ASSERT_EQ(config.hosts.size(), 3U);

    const auto& home = config.hosts[0];
    EXPECT_EQ(home.name.to_text(), "home.dyn.example.org.");
    EXPECT_EQ(home.at.line, 12U);
    EXPECT_EQ(base::as_text(home.secrets.at(0).bytes.bytes()), "geheim");
    EXPECT_EQ(home.expire, 7200s);
    EXPECT_EQ(home.ttl, 5s);
    const auto& fixed = config.hosts[1];
    EXPECT_TRUE(fixed.secrets.empty());
    EXPECT_EQ(fixed.expire, 86400s);
    ASSERT_EQ(fixed.a.size(), 2U);
    EXPECT_EQ(to_text(fixed.a[1]), "192.0.2.2");
    ASSERT_EQ(fixed.aaaa.size(), 1U);
    EXPECT_EQ(to_text(fixed.aaaa[0]), "2001:db8::1");
    EXPECT_EQ(config.hosts[2].name.get(), config.server.domain);
}

TEST(ConfigParse, UsesTheServersTtlForHostsBeforeAndAfterIt)
{
    const auto [config, errors, warnings] =
        parse(with("[@first]\n[@own]\nttl=0\n[server]\nttl=7\n[@last]\n"));
    ASSERT_EQ(config_test::list(errors), "");
    EXPECT_EQ(config.hosts[0].ttl, 7s);
    EXPECT_EQ(config.hosts[1].ttl, 0s);
    EXPECT_EQ(config.hosts[2].ttl, 7s);
}

// As in the predecessor, sections may repeat and later values replace earlier ones.
TEST(ConfigParse, UsesTheLastValueOfAKey)
{
    const auto [config, errors, warnings] =
        parse(with("[udp]\nport=1\nport=2\n[udp]\nport=3\n[@h]\ntoken=one\ntoken=two\n[server]\nlisten=::1 "
                   "::2\nlisten=::3\n"));
    ASSERT_EQ(config_test::list(errors), "");
    EXPECT_EQ(config.udp.port, 3);
    EXPECT_EQ(base::as_text(config.hosts[0].secrets.at(1).bytes.bytes()), "two");
    ASSERT_EQ(config.server.listen.size(), 1U);
    EXPECT_EQ(to_text(config.server.listen[0]), "::3");
}

TEST(ConfigParse, AcceptsBlanksCarriageReturnsAndALastLineWithoutNewline)
{
    const auto [config, errors, warnings] =
        parse("  [server] \t\r\n\tdomain = dyn.example.org \r\n nameserver\t=\tns.example.org\r\n"
              "\r\n   \r\n ; comment = [\r\n\t# [comment\r\nemail=a@b\r\n[@h]\r\n token = a b # c \r\n"
              "[udp]\r\nport= 7");
    ASSERT_EQ(config_test::list(errors), "");
    EXPECT_EQ(config.server.domain.to_text(), "dyn.example.org.");
    EXPECT_EQ(config.udp.port, 7);
    EXPECT_EQ(base::as_text(config.hosts[0].secrets.at(0).bytes.bytes()), "a b # c");
}

TEST(ConfigParse, ReportsMissingKeysAtTheEnd)
{
    EXPECT_EQ(
        errors_of("[udp]\nport=1\n[server]\nnameserver=ns.example.org\n"),
        "5:1 found no domain in [server], expected a line like domain=dyn.example.org (the zone to serve)\n"
        "5:1 found no email in [server], expected a line like email=hostmaster@example.org (the mail "
        "address of the person responsible for the zone)\n");
    EXPECT_EQ(parse("").errors.size(), 3U);
    EXPECT_EQ(parse("").errors[0].at.line, 1U);
    EXPECT_EQ(parse("# x").errors[0].at.column, 4U);
    // a required key with an invalid value is not reported as missing too
    EXPECT_EQ(errors_of("[server]\ndomain=\nnameserver=n\nemail=a@b\n"),
              "2:8 domain: found nothing, expected a domain name\n");
}

TEST(ConfigParse, FindsEveryErrorInTheOrderOfTheFile)
{
    EXPECT_EQ(errors_of(with("[udp]\nport=x\n[@ok]\ntoken=\n[tcp]\nconnections=0\n")),
              "6:6 port: found x, expected a number from 0 to 65535\n"
              "8:7 token: found nothing, expected 1 to 255 bytes; remove this line if you want no "
              "token\n"
              "10:13 connections: found 0, expected a number from 1 to 65535\n");
}

TEST(ConfigParse, ListsAtMost100ErrorsAndSaysThatThereAreMore)
{
    std::string text = with("[udp]\n");
    for (int i = 0; i < 100; ++i) {
        text += "port=x\n";
    }
    EXPECT_EQ(parse(text).errors.size(), 100U);
    text += "port=x\nport=x\n[@a]\n[@a]\n";
    const auto errors = parse(text).errors;
    ASSERT_EQ(errors.size(), 101U);
    EXPECT_EQ(errors[100].at.line, 106U);
    EXPECT_EQ(errors[100].text, "more than 100 errors, the rest is not listed");
}

TEST(ConfigParse, SuggestsASimilarSection)
{
    EXPECT_EQ(errors_of(with("[sever]\nport=1\nfoo=2\n")),
              "5:2 found unknown section \"[sever]\", expected [server], [udp], [tcp], [http], [https], "
              "[control], [metrics], [group NAME] or [@host]; did you mean [server]?\n");
    EXPECT_EQ(errors_of(with("[Udp]\n")),
              "5:2 found unknown section \"[Udp]\", expected [server], [udp], "
              "[tcp], [http], [https], [control], [metrics], [group NAME] or [@host]; did you mean [udp]?\n");
    EXPECT_EQ(errors_of(with("[homecomputer]\n")), "5:2 found unknown section \"[homecomputer]\", expected "
                                                   "[server], [udp], [tcp], [http], [https], "
                                                   "[control], [metrics], [group NAME] or [@host]\n");
    for (const std::string section : {"groups g", "Group", "grop a b"}) {
        EXPECT_TRUE(errors_of(with("[" + section + "]\n")).ends_with("; did you mean [group NAME]?\n"))
            << section;
    }
    EXPECT_TRUE(errors_of(with("[servers x]\n")).ends_with("; did you mean [server]?\n"));
    EXPECT_NE(errors_of(with("[]\n")), "");
    EXPECT_NE(errors_of(with("[ udp]\n")), "");
    EXPECT_NE(errors_of(with("[host]\n")), ""); // the section of a host starts with @
}

TEST(ConfigParse, SuggestsASimilarKey)
{
    EXPECT_EQ(errors_of(with("[udp]\nprot=1\n")),
              "6:1 found unknown key prot in [udp], expected port; did you mean port?\n");
    EXPECT_EQ(errors_of(with("rate-limit=1\n")),
              "5:1 found unknown key rate-limit in [server], expected one of domain, nameserver, email, "
              "user, group, listen, ttl, negative_ttl, any, cookies, cookie_secret, nsid, rate_limit, "
              "stats_interval, workers; did you mean rate_limit?\n");
    EXPECT_EQ(errors_of(with("[@h]\nTOKEN=secret\n")),
              "6:1 found unknown key TOKEN in [@host], expected one of token, token_hash, allow_from, "
              "missing, allow_private, require_address, suffix, follow, follow_a, acme, acme_hash, expire, "
              "expect, ttl, a, aaaa, txt, mx, caa, srv, cname, ns; did you mean token?\n");
    EXPECT_EQ(errors_of(with("[@h]\nzzzzzz=secret\n")),
              "6:1 found unknown key zzzzzz in [@host], expected one of token, token_hash, allow_from, "
              "missing, allow_private, require_address, suffix, follow, follow_a, acme, acme_hash, expire, "
              "expect, ttl, a, aaaa, txt, mx, caa, srv, cname, ns\n");
}

TEST(ConfigParse, SuggestsTheSectionOfAKey)
{
    EXPECT_EQ(
        errors_of(with("connections=3\ntoken=x\n[udp]\nport=1\nlisten=::1\n")),
        "5:1 found unknown key connections in [server], expected it in [tcp], [http] or [https]\n"
        "6:1 found unknown key token in [server], expected it in [group NAME] or [@host]\n"
        "9:1 found unknown key listen in [udp], expected it in [server], [http], [https] or [metrics]\n");
    EXPECT_EQ(errors_of(with("port=3\n")),
              "5:1 found unknown key port in [server], expected it in [udp], [tcp], [http], [https] or "
              "[metrics]\n");
}

TEST(ConfigParse, ReadsCookieSecretsInOrder)
{
    const config::Parsed parsed =
        parse(with("cookies = strict\ncookie_secret=00112233445566778899aabbccddeeff\n"
                   "cookie_secret = FFEEDDCCBBAA99887766554433221100\nnsid = ns 1\n"));
    ASSERT_TRUE(parsed.errors.empty());
    const config::Server& server = parsed.config.server;
    EXPECT_EQ(server.cookies, config::CookiePolicy::strict);
    ASSERT_EQ(server.cookie_secrets.size(), 2U);
    EXPECT_EQ(server.cookie_secrets[0][1], 0x11);
    EXPECT_EQ(server.cookie_secrets[1][0], 0xFF);
    EXPECT_EQ(server.nsid, "ns 1");
}

// A secret must not be logged.
TEST(ConfigParse, ReportsOnlyTheLengthOfAnInvalidSecret)
{
    EXPECT_EQ(errors_of(with("cookie_secret=0011223344556677\n")),
              "5:15 cookie_secret: found 16 bytes, expected 32 hexadecimal digits (0 to 9, a to f)\n");
    EXPECT_EQ(errors_of(with("cookie_secret=0011223344556677889gaabbccddeeff\n")),
              "5:15 cookie_secret: found 32 bytes, expected 32 hexadecimal digits (0 to 9, a to f)\n");
    std::string five;
    for (int i = 0; i < 5; ++i) {
        five += "cookie_secret=00112233445566778899aabbccddeeff\n";
    }
    EXPECT_EQ(errors_of(with(five)), "9:15 cookie_secret: found more than 4 secrets, expected at most 4\n");
}

TEST(ConfigParse, LimitsTheLengthOfTheNsid)
{
    EXPECT_TRUE(parse(with("nsid=" + std::string(64, 'n') + "\n")).errors.empty());
    EXPECT_EQ(parse(with("nsid=" + std::string(65, 'n') + "\n")).errors.size(), 1U);
    EXPECT_EQ(parse(with("nsid=\n")).errors.size(), 1U);
    EXPECT_EQ(parse(with("nsid=\xC3\xA4\n")).errors.size(), 1U);
}

TEST(ConfigParse, ReportsKeysBeforeTheFirstSectionOnce)
{
    EXPECT_EQ(errors_of("port=1\nport=2\n" + with("")),
              "1:1 found a key before the first section, expected a section like [server]\n");
}

TEST(ConfigParse, RefusesMalformedLines)
{
    EXPECT_EQ(errors_of(with(" port 1\n=5\n[udp\nport=x\n[udp] # c\nport=x\n[udp] x\n")),
              "5:2 found a line without \"=\", expected key=value, [section] or # comment\n"
              "6:1 found no key before \"=\", expected key=value\n"
              "7:1 found a section without \"]\", expected [section]\n"
              "9:7 found text after \"]\", expected the end of the line; a comment must be on its own line\n"
              "11:7 found text after \"]\", expected the end of the line\n");
    EXPECT_EQ(errors_of(with("\xEF\xBB\xBF\n")),
              "5:1 found a line without \"=\", expected key=value, [section] or # comment\n");
    EXPECT_EQ(
        errors_of("\xEF\xBB\xBF" + with("")),
        "1:1 found a byte order mark, expected a file without one\n"
        "5:1 found no domain in [server], expected a line like domain=dyn.example.org (the zone to serve)\n"
        "5:1 found no nameserver in [server], expected a line like nameserver=ns.example.org (the names "
        "of the zone's name servers, the primary first)\n"
        "5:1 found no email in [server], expected a line like email=hostmaster@example.org (the mail "
        "address of the person responsible for the zone)\n");
}

TEST(ConfigParse, AcceptsLinesOf64KibAndRefusesLongerOnes)
{
    const std::string most = "#" + std::string(65535, 'x');
    EXPECT_EQ(errors_of(with(most + "\r\n")), "");
    EXPECT_EQ(errors_of(with(most + "x\r\n[udp]\nport=x")),
              "5:65537 found a line of 65537 bytes, expected at most 65536\n"
              "7:6 port: found x, expected a number from 0 to 65535\n");
}

TEST(ConfigParse, AcceptsHostNamesOfLettersDigitsHyphenAndUnderscore)
{
    const std::string longest(63, 'a');
    const auto [config, errors, warnings] =
        parse(with("[@3com]\n[@_acme-challenge]\n[@www.home]\n[@0]\n[@-x-]\n[@" + longest + "]\n"));
    ASSERT_EQ(config_test::list(errors), "");
    EXPECT_EQ(config.hosts[1].name.to_text(), "_acme-challenge.dyn.example.org.");
    EXPECT_EQ(config.hosts[2].name.to_text(), "www.home.dyn.example.org.");
    // the predecessor cut labels of 63 bytes to 62
    EXPECT_EQ(config.hosts[5].name.first_label().size(), 63U);
}

TEST(ConfigParse, RefusesOtherHostNames)
{
    EXPECT_EQ(
        errors_of(
            with("[@a.*]\n  [@a b]\n[@a..b]\n[@a.]\n[@.a]\n[@" + std::string(64, 'x') + "]\n[@\\042]\n")),
        "5:5 host: found \"*\" in a name, expected it only as the complete first label\n"
        "6:6 host: found \" \" in a name, expected letters, digits, \"-\" or \"_\"\n"
        "7:5 host: found an empty label, expected letters, digits, \"-\" or \"_\" before and after each dot\n"
        "8:5 host: found an empty label, expected letters, digits, \"-\" or \"_\" before and after each dot\n"
        "9:3 host: found an empty label, expected letters, digits, \"-\" or \"_\" before and after each dot\n"
        "10:3 host: found a label of 64 bytes, expected at most 63\n"
        "11:3 host: found \"\\x5c\" in a name, expected letters, digits, \"-\" or \"_\"\n");
}

// RFC 1035 section 2.3.4: 255 bytes in wire form, of which dyn.example.org. takes 17.
TEST(ConfigParse, LimitsTheLengthOfAHostsFullName)
{
    const std::string label = std::string(63, 'x') + '.';
    const std::string most = label + label + label + std::string(45, 'x'); // 3 * 64 + 46 + 17 = 255
    const auto [config, errors, warnings] = parse(with("[@" + most + "]\n"));
    ASSERT_EQ(config_test::list(errors), "");
    EXPECT_EQ(config.hosts[0].name.wire().size(), 255U);
    EXPECT_EQ(errors_of(with("[@" + most + "x]\n[udp]\nport=x\n")),
              "5:1 found a host whose full name is longer than 255 bytes, expected a shorter one\n"
              "7:6 port: found x, expected a number from 0 to 65535\n");
}

TEST(ConfigParse, RefusesADuplicateSectionOfAHost)
{
    EXPECT_EQ(errors_of(with("[@home]\n[@]\n[@HOME]\n[@]\ntoken=\n")),
              "7:1 duplicate section \"[@HOME]\", first on line 5\n"
              "8:1 duplicate section \"[@]\", first on line 6\n"
              "9:7 token: found nothing, expected 1 to 255 bytes; remove this line if you want no "
              "token\n");
}

TEST(ConfigParse, LimitsTheNumberOfHosts)
{
    EXPECT_EQ(parse(with("[@a]\n[@b]\n"), 2).errors.size(), 0U);
    EXPECT_EQ(config_test::list(parse(with("[@a]\n[@b]\n[@c]\nport=x\n[@d]\n"), 2).errors),
              "7:1 found more than 2 hosts, expected at most 2; the rest was not read\n");
}

// RFC 2181 section 5: an RRset has no duplicates.
TEST(ConfigParse, IgnoresDuplicateAddresses)
{
    const auto [config, errors, warnings] =
        parse(with("nameserver=ns.a NS.A ns.b\nlisten=::ffff:192.0.2.1 192.0.2.1\n"
                   "[@h]\na=192.0.2.1\na=192.0.2.2\na=192.0.2.1\naaaa=::1\naaaa=0::1\n"));
    ASSERT_EQ(config_test::list(errors), "");
    EXPECT_EQ(config.hosts[0].a.size(), 2U);
    EXPECT_EQ(config.hosts[0].aaaa.size(), 1U);
    EXPECT_EQ(config.server.listen.size(), 1U);
    EXPECT_EQ(config.server.name_servers.size(), 2U);
}

TEST(ConfigParse, Reads100000Hosts)
{
    std::string text = with("");
    for (int i = 0; i < 100000; ++i) {
        text += "[@host" + std::to_string(i) + "]\ntoken=secret" + std::to_string(i) + "\nexpire=1h\n";
    }
    const auto [config, errors, warnings] = parse(text);
    EXPECT_EQ(config_test::list(errors), "");
    ASSERT_EQ(config.hosts.size(), 100000U);
    EXPECT_EQ(base::as_text(config.hosts[99999].secrets.at(0).bytes.bytes()), "secret99999");
}

TEST(ErrorText, HasPathLineAndColumn)
{
    EXPECT_EQ(to_text(config::Error{{12, 3}, "found x"}, "/etc/nanodnsd.conf"),
              "/etc/nanodnsd.conf:12:3: found x");
}

} // namespace
