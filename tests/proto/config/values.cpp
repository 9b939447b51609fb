#include <algorithm>
#include <chrono>

#include <gtest/gtest.h>

#include "proto/config/config.h"
#include "proto/config/errors.h"
#include "proto/config/values.h"
#include "tests/proto/config/texts.h"

namespace
{

using config_test::errors_of_key;
using namespace std::chrono_literals;

/// The error of a key's value, without its position; "" if the value is accepted.
std::string error(const std::string& section, const std::string& line)
{
    const auto errors = config::parse(config_test::with(section + '\n' + line + '\n')).errors;
    return errors.empty() ? "" : errors.size() > 1 ? config_test::list(errors) : errors[0].text;
}

TEST(ConfigNumber, ReportsItsLimits)
{
    for (const std::string section : {"[udp]", "[tcp]", "[http]"}) {
        EXPECT_EQ(error(section, "port=0"), "");
        EXPECT_EQ(error(section, "port=65535"), "");
        EXPECT_EQ(error(section, "port=65536"),
                  std::string{"port: found 65536, expected a number from 0 to 65535"} +
                      (section == "[http]" ? ", or off" : ""));
    }
    EXPECT_EQ(error("[http]", "port=off"), "");
    EXPECT_NE(error("[udp]", "port=off"), "");
    for (const std::string section : {"[tcp]", "[http]"}) {
        EXPECT_EQ(error(section, "connections=1"), "");
        EXPECT_EQ(error(section, "connections=65535"), "");
        EXPECT_EQ(error(section, "connections=0"), "connections: found 0, expected a number from 1 to 65535");
        EXPECT_EQ(error(section, "connections=65536"),
                  "connections: found 65536, expected a number from 1 to 65535");
    }
    EXPECT_EQ(error("[server]", "rate_limit=0"), "");
    EXPECT_EQ(error("[server]", "rate_limit=4294967295"), "");
    EXPECT_EQ(error("[server]", "rate_limit=4294967296"),
              "rate_limit: found 4294967296, expected a number from 0 to 4294967295");
}

TEST(ConfigNumber, HasOnlyDecimalDigits)
{
    for (const std::string value :
         {"-1", "0x10", "1.5", "1e3", "++1", "+", "", "99999999999999999999999", "1 2"}) {
        EXPECT_NE(error("[udp]", "port=" + value), "") << value;
    }
    EXPECT_EQ(error("[udp]", "port="), "port: found nothing, expected a number from 0 to 65535");
    // the predecessor's strtoul(3) accepted a sign, so an old config may have one
    EXPECT_EQ(error("[udp]", "port=+53"), "");
}

// The predecessor's example config used this form, but its parser refused it.
TEST(ConfigNumber, ExplainsACommentAfterAValue)
{
    EXPECT_EQ(errors_of_key("[server]", "rate_limit=5 # per second"),
              "6:12 rate_limit: found \"5 # per second\", expected a number from 0 to 4294967295; a comment "
              "must be on its own line\n");
    EXPECT_EQ(error("[tcp]", "timeout=3s\t; idle"),
              "timeout: found \"3s\\x09; idle\", expected a time from 1s to 2147483s, like 90s, 5m, 12h or "
              "1d; a comment must be on its own line");
    EXPECT_EQ(errors_of_key("[server]", "listen=::1 # loopback only"),
              "6:12 listen: found \"#\", expected IPv4 or IPv6 addresses separated by spaces; a comment must "
              "be on its own line\n");
    EXPECT_EQ(error("[server]", "domain=a.b ;x"), "domain: found \" \" in a name, expected letters, digits, "
                                                  "\"-\" or \"_\"; a comment must be on its own line");
    EXPECT_EQ(error("[server]", "user=#x y"), "user: found \"#x y\", expected a user name of 1 to 255 bytes "
                                              "without spaces; a comment must be on its own line");
    EXPECT_EQ(error("[udp]", "port=5#x"), "port: found \"5#x\", expected a number from 0 to 65535");
}

TEST(ConfigTime, HasUnits)
{
    const auto max = 2147483646s;
    EXPECT_EQ(config::parse_time("7", max), 7s);
    EXPECT_EQ(config::parse_time("7s", max), 7s);
    EXPECT_EQ(config::parse_time("7m", max), 420s);
    EXPECT_EQ(config::parse_time("7h", max), 25200s);
    EXPECT_EQ(config::parse_time("7d", max), 604800s);
    EXPECT_EQ(config::parse_time("007d", max), 604800s);
    EXPECT_EQ(config::parse_time("2147483646", max), max);
    EXPECT_EQ(config::parse_time("24855d", max), 2147472000s);
}

TEST(ConfigTime, HasDigitsAndAtMostOneUnit)
{
    // the predecessor read "m" as 0
    for (const std::string text :
         {"", "m", "s", "1w", "1D", "1ms", "1m30s", "1 m", "-1s", "1.5h", "+", "+d"}) {
        EXPECT_EQ(config::parse_time(text, 1000000s), std::nullopt) << text;
    }
}

TEST(ConfigTime, NeverExceedsItsLimit)
{
    EXPECT_EQ(config::parse_time("2147483647", 2147483646s), std::nullopt);
    EXPECT_EQ(config::parse_time("24856d", 2147483646s), std::nullopt);
    EXPECT_EQ(config::parse_time("18446744073709551615d", 2147483646s), std::nullopt);
    EXPECT_EQ(config::parse_time("213503982334602d", 2147483646s), std::nullopt); // 2^64 seconds and a bit
}

TEST(ConfigTime, ReportsItsLimits)
{
    for (const std::string section : {"[tcp]", "[http]"}) {
        EXPECT_EQ(error(section, "timeout=1"), "");
        EXPECT_EQ(error(section, "timeout=2147483"), "");
        EXPECT_EQ(error(section, "timeout=0"),
                  "timeout: found 0, expected a time from 1s to 2147483s, like 90s, 5m, 12h or 1d");
        EXPECT_NE(error(section, "timeout=2147484"), "");
    }
    EXPECT_EQ(error("[server]", "negative_ttl=0"), "");
    EXPECT_EQ(error("[server]", "negative_ttl=1d"), "");
    EXPECT_EQ(error("[server]", "negative_ttl=86401"),
              "negative_ttl: found 86401, expected a time from 0s to 86400s, like 90s, 5m, 12h or 1d");
    EXPECT_EQ(error("[server]", "stats_interval=0"), "");
    EXPECT_EQ(error("[server]", "stats_interval=2147483"), "");
    EXPECT_NE(error("[server]", "stats_interval=2147484"), "");
    EXPECT_EQ(error("[@h]", "expire=0"),
              "expire: found 0, expected a time from 1s to 2147483646s, like 90s, 5m, 12h or 1d, or never");
    EXPECT_EQ(error("[@h]", "expire=1"), "");
    EXPECT_EQ(error("[@h]", "expire=2147483646"), "");
    EXPECT_NE(error("[@h]", "expire=0"), "");
    EXPECT_NE(error("[@h]", "expire=2147483647"), "");
    EXPECT_EQ(error("[@h]\ntoken=x", "expect=60"), "");
    EXPECT_EQ(error("[@h]\ntoken=x", "expect=2147483646"), "");
    for (const std::string seconds : {"59", "2147483647"}) {
        EXPECT_EQ(error("[@h]\ntoken=x", "expect=" + seconds),
                  "expect: found " + seconds +
                      ", expected a time from 60s to 2147483646s, like 90s, 5m, 12h or 1d");
    }
    // RFC 2181 section 8
    for (const std::string section : {"[server]", "[@h]"}) {
        EXPECT_EQ(error(section, "ttl=0"), "");
        EXPECT_EQ(error(section, "ttl=2147483647"), "");
        EXPECT_EQ(error(section, "ttl=2147483648"),
                  "ttl: found 2147483648, expected a time from 0s to 2147483647s, like 90s, 5m, 12h or 1d");
    }
}

TEST(ConfigTime, MayBeNeverForExpire)
{
    EXPECT_EQ(config::parse(config_test::with("[@h]\nexpire=never\n")).config.hosts[0].expire, base::never);
    EXPECT_GT(base::never, 2147483646s);
    for (const std::string line : {"expire=Never", "expire=never s", "expire=1never", "ttl=never"}) {
        EXPECT_NE(error("[@h]", line), "") << line;
    }
    EXPECT_NE(error("[tcp]", "timeout=never"), "");
}

TEST(ConfigName, HasLabelsOfLettersDigitsHyphenAndUnderscore)
{
    for (const std::string name :
         {"a", "a.", "3com.example", "_x._y", "A-B.c", "1.2.3", "1.2.3.256", "1.2.3.4.5"}) {
        EXPECT_EQ(error("[server]", "domain=" + name), "") << name;
        EXPECT_EQ(error("[server]", "nameserver=" + name), "") << name;
    }
    // the predecessor accepted an empty domain and was authoritative for the root
    for (const std::string name :
         {"", ".", "..", ".a", "a..b", "a..", "a b", "a/b", "a\\046b", "\xC3\xA4", "*.a"}) {
        EXPECT_NE(error("[server]", "domain=" + name), "") << name;
    }
}

TEST(ConfigName, IsNoAddress)
{
    const std::string reason =
        ": an NS record holds the name of a host, which has the address (RFC 1035 section "
        "3.3.11, RFC 2181 section 10.3)";
    EXPECT_EQ(error("[server]", "domain=192.0.2.1"),
              "domain: found the address 192.0.2.1, expected a domain name");
    EXPECT_EQ(errors_of_key("[server]", "email=a@192.0.2.1"),
              "6:9 email: found the address 192.0.2.1, expected a domain name\n");
    EXPECT_EQ(errors_of_key("[server]", "nameserver=ns.a 192.0.2.1. 2001:db8::1"),
              "6:17 nameserver: found the address 192.0.2.1., expected a domain name" + reason +
                  "\n6:28 nameserver: found the address 2001:db8::1, expected a domain name" + reason + '\n');
}

// RFC 1035 section 2.3.4
TEST(ConfigName, HasAtMost255BytesInWireForm)
{
    const std::string label = std::string(63, 'x') + '.';
    EXPECT_EQ(error("[server]", "domain=" + label + label + label + std::string(61, 'x')), "");
    EXPECT_EQ(
        error("[server]", "domain=" + label + label + label + std::string(62, 'x')),
        "domain: found 254 characters, expected a name of at most 253 characters (255 bytes on the wire)");
    EXPECT_EQ(errors_of_key("[server]", "domain=a." + std::string(64, 'x')),
              "6:10 domain: found a label of 64 bytes, expected at most 63\n");
}

TEST(ConfigNameList, HasOneTo16Names)
{
    std::string names;
    for (int i = 0; i < 16; ++i) {
        names += " ns" + std::to_string(i) + ".example.org";
    }
    EXPECT_EQ(error("[server]", "nameserver=" + names), "");
    EXPECT_EQ(error("[server]", "nameserver=" + names + " more"),
              "nameserver: found too many items, expected at most 16");
    EXPECT_EQ(error("[server]", "nameserver="),
              "nameserver: found nothing, expected domain names separated by spaces");
}

TEST(ConfigNameList, ReportsEachErrorAtItsColumn)
{
    EXPECT_EQ(errors_of_key("[server]", "nameserver=ns.a\tn*.b ns.c \t."),
              "6:18 nameserver: found \"*\" in a name, expected letters, digits, \"-\" or \"_\"\n"
              "6:28 nameserver: found ., expected a domain name\n");
}

// RFC 1035 section 8: the mailbox's first label is the whole text before the '@'. The predecessor sent "host"
// and "master" as two labels.
TEST(ConfigMailbox, KeepsTheUserInOneLabel)
{
    const auto config = config::parse(config_test::with("email=host.master+dns@Example.org\n")).config;
    EXPECT_EQ(base::as_text(config.server.mailbox.first_label()), "host.master+dns");
    EXPECT_EQ(config.server.mailbox.labels(), 3U);
}

TEST(ConfigMailbox, HasAUserOf1To63BytesAndADomain)
{
    const std::string most(63, 'u');
    EXPECT_EQ(error("[server]", "email=" + most + "@example.org"), "");
    // an assertion of the predecessor failed on this one
    EXPECT_EQ(error("[server]", "email=" + most + "u@example.org"),
              "email: found 64 bytes before \"@\", expected 1 to 63 (one label of the SOA's mailbox)");
    EXPECT_EQ(error("[server]", "email=@example.org"),
              "email: found 0 bytes before \"@\", expected 1 to 63 (one label of the SOA's mailbox)");
    EXPECT_EQ(error("[server]", "email=example.org"), "email: found example.org, expected user@domain");
    EXPECT_EQ(error("[server]", "email=a@"), "email: found nothing, expected a domain name");
    EXPECT_EQ(errors_of_key("[server]", "email=a@b@c"),
              "6:10 email: found @ in a name, expected letters, digits, \"-\" or \"_\"\n");
    EXPECT_EQ(errors_of_key("[server]", "email=a b@c"),
              "6:8 email: found \" \" before \"@\", expected printable characters without spaces\n");
    EXPECT_NE(error("[server]", "email=\xC3\xA4@c"), "");
}

TEST(ConfigMailbox, HasAtMost255BytesInWireForm)
{
    const std::string label = std::string(63, 'x') + '.';
    const std::string domain = label + label + label;
    EXPECT_EQ(error("[server]", "email=" + std::string(61, 'u') + '@' + domain), "");
    EXPECT_EQ(
        error("[server]", "email=" + std::string(62, 'u') + '@' + domain),
        "email: found 255 characters, expected a name of at most 253 characters (255 bytes on the wire)");
}

TEST(ConfigAccount, IsOneWordAndNotTheUserRoot)
{
    EXPECT_EQ(error("[server]", "user=root"), "user: found root, expected a user other than root");
    EXPECT_EQ(error("[server]", "user=rooted"), "");
    EXPECT_EQ(error("[server]", "group=root"), "");
    EXPECT_EQ(error("[server]", "user="),
              "user: found nothing, expected a user name of 1 to 255 bytes without spaces");
    EXPECT_NE(error("[server]", "group=a b"), "");
    EXPECT_NE(error("[server]", "group=a\tb"), "");
    EXPECT_EQ(error("[server]", "group=" + std::string(255, 'g')), "");
    EXPECT_NE(error("[server]", "group=" + std::string(256, 'g')), "");
}

TEST(ConfigAddressList, ReportsEachErrorAtItsColumn)
{
    EXPECT_EQ(
        errors_of_key("[http]", "listen= 192.0.2.1 192.0.2 ::1 fe80::1%eth0"),
        "6:19 listen: found 192.0.2, expected an IPv4 or IPv6 address\n"
        "6:31 listen: found \"fe80::1%eth0\", expected an address that is not link-local: such an address "
        "is valid only with an interface\n");
    EXPECT_EQ(error("[http]", "listen="),
              "listen: found nothing, expected IPv4 or IPv6 addresses separated by spaces");
}

// RFC 4291 section 2.5.6: fe80::/10. The kernel refuses to bind one without its interface. An IPv4 link-local
// address (RFC 3927) needs none.
TEST(ConfigAddressList, HasNoIpv6LinkLocalAddress)
{
    for (const std::string address : {"fe80::1", "febf:ffff::1", "FE80::1", "fe90::%1"}) {
        for (const std::string section : {"[server]", "[http]"}) {
            EXPECT_EQ(
                error(section, "listen=" + address),
                "listen: found " + config::shown(address) +
                    ", expected an address that is not link-local: such an address is valid only with an "
                    "interface");
        }
    }
    for (const std::string address : {"fe7f::1", "fec0::1", "ff02::1", "169.254.1.1", "::fe80"}) {
        EXPECT_EQ(error("[server]", "listen=" + address), "") << address;
    }
    EXPECT_EQ(error("[server]", "listen=::1%lo"),
              "listen: found \"::1%lo\", expected an IPv4 or IPv6 address");
}

TEST(ConfigAddressList, HasAtMost64Items)
{
    std::string list;
    for (int i = 1; i <= 64; ++i) {
        list += " 192.0.2." + std::to_string(i);
    }
    EXPECT_EQ(error("[server]", "listen=" + list), "");
    EXPECT_EQ(error("[server]", "listen=" + list + " ::1"),
              "listen: found too many items, expected at most 64");
}

TEST(ConfigChoice, IsOneOfItsWords)
{
    EXPECT_EQ(error("[server]", "any=minimal"), "");
    EXPECT_EQ(error("[server]", "any=all"), "");
    EXPECT_EQ(error("[server]", "any=All"), "any: found All, expected minimal or all");
}

TEST(ConfigHostAddress, IsOneAddressOfItsFamily)
{
    EXPECT_EQ(error("[@h]", "a=2001:db8::1"),
              "a: found 2001:db8::1, expected an IPv4 address; use aaaa= for an IPv6 address");
    EXPECT_EQ(error("[@h]", "aaaa=192.0.2.1"),
              "aaaa: found 192.0.2.1, expected an IPv6 address; use a= for an IPv4 address");
    EXPECT_EQ(error("[@h]", "a=192.0.2.1 192.0.2.2"),
              "a: found \"192.0.2.1 192.0.2.2\", expected an IPv4 address");
    EXPECT_EQ(error("[@h]", "aaaa="), "aaaa: found nothing, expected an IPv6 address");
}

// An RRset must fit into a message of 65535 bytes.
TEST(ConfigHostAddress, HasAtMost1000Lines)
{
    std::string four;
    std::string six;
    for (int i = 0; i < 1000; ++i) {
        four += "a=10.0." + std::to_string(i / 250) + '.' + std::to_string(i % 250) + '\n';
        six += "aaaa=2001:db8::" + std::to_string(i) + '\n';
    }
    EXPECT_EQ(error("[@h]", four + six + "a=10.0.0.0\n"), "");
    EXPECT_EQ(error("[@h]", four + "a=192.0.2.1"),
              "a: found more than 1000 addresses of this type, expected at most 1000");
    EXPECT_EQ(error("[@h]", six + "aaaa=::1"),
              "aaaa: found more than 1000 addresses of this type, expected at most 1000");
}

TEST(ConfigToken, IsAnyTextUpToTheEndOfTheLine)
{
    for (const std::string token : {"a", "a b", "a # b", "=", "a=b", "[x]", "; x", "\xC3\xA4", "\"q\""}) {
        const auto parsed = config::parse(config_test::with("[@h]\ntoken=" + token + '\n'));
        ASSERT_EQ(config_test::list(parsed.errors), "") << token;
        EXPECT_EQ(base::as_text(parsed.config.hosts[0].secrets.at(0).bytes.bytes()), token);
    }
    EXPECT_EQ(error("[@h]", "token=" + std::string(255, 't')), "");
    EXPECT_EQ(error("[@h]", "token=" + std::string(256, 't')),
              "token: found 256 bytes, expected 1 to 255 bytes");
    // the predecessor accepted an empty token, and then anyone could update
    for (const char* section : {"[@h]", "[@h]\n[group g]\nhosts=h"}) {
        EXPECT_EQ(error(section, "token="),
                  "token: found nothing, expected 1 to 255 bytes; remove this line if you want no token");
    }
    EXPECT_NE(error("[@h]", "token= \t"), "");
}

TEST(ConfigValue, MustNotHaveControlCharacters)
{
    for (const char byte : {'\0', '\x01', '\x1B', '\x7F', '\r', '\v'}) {
        EXPECT_EQ(errors_of_key("[@h]", std::string{"token=geheim"} + byte + "geheim"),
                  "6:13 token: found a control character, expected printable text\n");
        EXPECT_EQ(errors_of_key("[server]", std::string{"domain=ab"} + byte + "c"),
                  "6:10 domain: found a control character, expected printable text\n");
    }
    EXPECT_EQ(errors_of_key("[@h]", "token=geheim\tx"), "6:13 token: found a tab, expected printable text\n");
}

// Whatever the error in a line with a token, the line is not quoted.
TEST(ConfigToken, NeverAppearsInAnError)
{
    for (const std::string& line :
         {"token=geheimnis" + std::string(256, 'x'), std::string{"token geheimnis"}, std::string{"geheimnis"},
          std::string{"[geheimnis"}, std::string{"[udp] geheimnis"}, std::string{"=geheimnis"},
          std::string{"tokne=geheimnis"}, std::string{"token=geheimnis\x01"},
          std::string{"token=\tgeheimnis\tx"}, std::string{"\"token\" = geheimnis"}}) {
        const std::string errors = errors_of_key("[@h]", line);
        EXPECT_NE(errors, "");
        EXPECT_EQ(errors.find("geheimnis"), std::string::npos) << errors;
    }
}

} // namespace
