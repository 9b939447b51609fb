// Warnings of lines that are valid, but probably mean something else than was intended: their positions and
// texts.
#include "proto/config/warnings.h"

#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proto/config/config.h"
#include "proto/config/value_warnings.h"
#include "tests/proto/config/texts.h"

namespace
{

using config_test::list;
using config_test::with;
using testing::HasSubstr;
using testing::Not;

const std::string good_token = "token=0123456789abcdef\n"; // as short as a good one may be

/// Of a config whose line 5 is the first of `more`.
std::string oddities_of(const std::string& more)
{
    const auto parsed = config::parse(with(more));
    EXPECT_EQ(list(parsed.errors), "");
    return list(parsed.warnings);
}

/// Of one line in the section of a host with records and a token.
std::string oddities_of_host_line(const std::string& line)
{
    return oddities_of("[@h]\n" + line + '\n' + (line.starts_with("token") ? "" : good_token));
}

TEST(RepeatedKeys, AreNamedWithBothLines)
{
    EXPECT_EQ(
        oddities_of("listen=::1\nlisten=127.0.0.1\n"),
        "6:1 listen: found this key again, first on line 5, expected one line with all values, separated by "
        "spaces; only the last line is used\n");
    EXPECT_EQ(oddities_of("nameserver=ns2.example.org\n"),
              "5:1 nameserver: found this key again, first on line 3, expected one line with all values, "
              "separated by "
              "spaces; only the last line is used\n");
    EXPECT_EQ(
        oddities_of("domain=dyn.example.org\n"),
        "5:1 domain: found this key again, first on line 2, expected one line; only the last line is used\n");
    EXPECT_EQ(
        oddities_of("[@h]\n" + good_token + "expire=1d\n" + "  expire = 2d\n"),
        "8:3 expire: found this key again, first on line 7, expected one line; only the last line is used\n");
}

// A section may be repeated, but not its keys.
TEST(RepeatedKeys, AreFoundInRepeatedSections)
{
    EXPECT_EQ(
        oddities_of("[udp]\nport=1\n[tcp]\nport=2\n[udp]\nport=3\nport=4\n"),
        "10:1 port: found this key again, first on line 6, expected one line; only the last line is used\n"
        "11:1 port: found this key again, first on line 6, expected one line; only the last line is used\n");
    EXPECT_EQ(oddities_of("[@a]\nttl=1\na=192.0.2.1\n[@b]\na=192.0.2.1\nttl=1\n[http]\nlisten=::1\n"), "");
}

TEST(RepeatedKeys, MayBeThoseThatAdd)
{
    EXPECT_EQ(oddities_of("cookie_secret=00112233445566778899aabbccddeeff\ncookie_secret="
                          "10112233445566778899aabbccddeeff\n[@h]\na=192.0.2.1\na=192.0.2.2\naaaa=::1\n"
                          "aaaa=::2\ntxt=x\ntxt=y\nmx=1 a.b\nmx=2 a.b\n[@j]\nns=a.b\nns=a.c\n"
                          "[@i]\ncname=a.b\ncname=a.b\n")
                  .find("again"),
              std::string::npos);
}

TEST(HostNameOddity, IsTheDomainAtItsEnd)
{
    EXPECT_EQ(
        oddities_of("[@home.dyn.example.org]\n" + good_token +
                    " [@*.Lab.DYN.example.org]\na=192.0.2.1\n"
                    "[@dyn.example.org]\na=192.0.2.1\n"),
        "5:1 host: found home.dyn.example.org, which ends in the domain, expected [@home]: the domain is "
        "appended to the name\n"
        "7:2 host: found \"*.lab.dyn.example.org\", which ends in the domain, expected [@*.lab]: the domain "
        "is appended to the name\n"
        "9:1 host: found dyn.example.org, which ends in the domain, expected [@]: the domain is appended to "
        "the name\n");
    EXPECT_EQ(
        oddities_of("[@xdyn.example.org]\na=192.0.2.1\n[@dyn.example]\na=192.0.2.1\n[@org]\na=192.0.2.1\n"),
        "");
    // the length byte of a label may be a character: 0x03 is not, 0x30 is
    const std::string label(47, 'a');
    EXPECT_EQ(oddities_of("domain=" + label + "\n[@x0" + label + "]\na=192.0.2.1\n").find("ends in"),
              std::string::npos);
    // the domain may follow
    EXPECT_EQ(
        list(config::parse("[@a.dyn.example.org]\na=192.0.2.1\n" + with("")).warnings),
        "1:1 host: found a.dyn.example.org, which ends in the domain, expected [@a]: the domain is appended "
        "to the name\n");
}

TEST(TokenOddity, IsAQuoteAtEitherEnd)
{
    const std::string text = " found quotes at the start or the end, expected none: they are part of the ";
    for (const std::string value :
         {"\"0123456789abcdef\"", "'0123456789abcdef'", "\"0123456789abcdef", "0123456789abcdef'"}) {
        EXPECT_EQ(oddities_of_host_line("token= " + value), "6:8 token:" + text + "token\n") << value;
    }
    EXPECT_EQ(oddities_of("nsid=\"ns1\"\n"), "5:6 nsid:" + text + "text\n");
    EXPECT_THAT(oddities_of_host_line("token=0123456789\"'abcdef"), Not(HasSubstr("quotes")));
}

TEST(TokenOddity, IsACommentBehindIt)
{
    const auto text = [](const std::string& of) {
        return " after a space, expected a comment on its own line: here it is part of the " + of + '\n';
    };
    EXPECT_EQ(oddities_of_host_line("token=0123456789abcdef # home"),
              "6:24 token: found \"#\"" + text("token"));
    EXPECT_EQ(oddities_of_host_line("token=0123456789abcdef ;home"),
              "6:24 token: found \";\"" + text("token"));
    EXPECT_EQ(oddities_of_host_line("token= # a long random text"), "6:8 token: found \"#\"" + text("token"));
    EXPECT_EQ(oddities_of("nsid=ns1 # Berlin\n"), "5:10 nsid: found \"#\"" + text("text"));
    EXPECT_THAT(oddities_of_host_line("token=#0123456789abcdef"), Not(HasSubstr("comment")));
    EXPECT_THAT(oddities_of_host_line("token=0123456789#abcdef"), Not(HasSubstr("comment")));
}

// RFC 3986 section 3.4, and the characters that have a meaning in a form
TEST(TokenOddity, IsACharacterThatAUrlMustEscape)
{
    for (int byte = ' '; byte < 256; ++byte) {
        const std::string character{static_cast<char>(byte)};
        const bool is_plain =
            byte < 127 && character.find_first_of(" \"#%&+<>[\\]^`{|}") == std::string::npos;
        if (byte != 127) { // an error
            EXPECT_EQ(
                oddities_of_host_line("token=0123456789" + character + "abcdef"),
                is_plain
                    ? ""
                    : "6:7 token: found a character that a URL must escape, expected letters and digits\n")
                << byte;
        }
    }
}

TEST(TokenOddity, IsAShortOne)
{
    EXPECT_EQ(oddities_of_host_line("token=0123456789abcde"),
              "6:7 token: found fewer than 16 characters, which can be guessed, expected more; nanodnsd "
              "--new-token "
              "prints a token\n");
    EXPECT_EQ(oddities_of_host_line("token=0123456789abcdef"), "");
    EXPECT_EQ(base::Token::min_good_bytes, 16U);
}

TEST(TokenOddity, IsOneOfTheDocumentation)
{
    EXPECT_NE(oddities_of_host_line("token=\"choose-a-long-random-text\"").find("the token of an example"),
              std::string::npos);
    for (const std::string known : {"0f6b2c1d9a7e4f3388d1c5a2b7e09614", "choose-a-long-random-text"}) {
        EXPECT_EQ(oddities_of_host_line("token=" + known), "6:7 token: found the token of an example, which "
                                                           "everybody knows, expected a secret one; nanodnsd "
                                                           "--new-token prints a token\n");
    }
    EXPECT_EQ(oddities_of_host_line(
                  "token_hash={SSHA256}M5ow91e5ccbFIXWFxq81jou+WZrrCFtxUbTw4SjNJ197Tp8tHIpeP20LLEqej31h"),
              "6:12 token_hash: found the hash of an example, expected one of your own; nanodnsd "
              "--hash-token prints it\n");
}

TEST(TokenOddity, IsTheSameForSeveralHosts)
{
    const std::string text =
        ", expected it once: who has it can update all hosts of each section with it; a [group] is "
        "for several hosts\n";
    EXPECT_EQ(oddities_of("[@a]\n" + good_token +
                          "[@b]\n token = 0123456789abcdef\n[@c]\na=192.0.2.1\n[@d]\n" + good_token),
              "8:10 token: found the same token as on line 6" + text +
                  "12:7 token: found the same token as on line 6" + text);
    const std::string hash =
        "token_hash={SSHA256}4PlWN3ncHaHRuMFMJg04l5pYHfJx8V9fTwTRZGOSx92gLsx3qlBFZYDHLXXPJMlE\n";
    EXPECT_EQ(oddities_of("[@a]\n" + hash + "[@b]\n" + hash),
              "8:12 token_hash: found the same token as on line 6" + text);
    EXPECT_EQ(oddities_of("[@a]\n" + good_token + good_token),
              "7:7 token: found the same token as on line 6" + text);
    EXPECT_EQ(oddities_of("[@a]\n" + good_token + "[@b]\n" + hash +
                          "[@c]\ntoken=0123456789abcdeg\n[@d]\na=192.0.2.1\n"
                          "[@e]\na=192.0.2.1\n"),
              "");
}

TEST(TextOddity, IsInSingleQuotes)
{
    const std::string text =
        " found single quotes, which are part of the text, expected double quotes around it\n";
    EXPECT_EQ(oddities_of_host_line("txt='hello world'"), "6:5 txt:" + text);
    EXPECT_EQ(oddities_of_host_line("txt=one 'two' 'three'"), "6:9 txt:" + text);
    EXPECT_EQ(oddities_of_host_line("caa=0 issue 'ca.example.net'"), "6:13 caa:" + text);
    for (const std::string value :
         {"\"'quoted'\"", "don't", "'tis", "dogs'", "\"it is 'this'\" x", "a'b'", "'"}) {
        EXPECT_EQ(oddities_of_host_line("txt=" + value), "") << value;
    }
}

TEST(HostOddity, IsAnExpiryOfAStaticHost)
{
    const std::string text =
        "expire: found a lifetime for a host without a token, expected none: a static host never expires\n";
    EXPECT_EQ(oddities_of("[@h]\na=192.0.2.1\nexpire=1d\n"), "7:1 " + text);
    EXPECT_EQ(oddities_of("[@h]\nexpire=never\na=192.0.2.1\n[@i]\n" + good_token +
                          "expire=1h\n[@j]\na=192.0.2.1\n"),
              "6:1 " + text);
    EXPECT_EQ(oddities_of("[@h]\nexpire=1h\n" + good_token), "");
    EXPECT_THAT(
        oddities_of("[@h]\n" + good_token + "[@i]\nfollow=h\nsuffix=::1\nexpire=1h\n"),
        testing::HasSubstr("expire: found a lifetime for a host that follows another, expected none: it has "
                           "the lifetime of that host\n"));
}

TEST(HostOddity, IsALifetimeOfLessThanAnHour)
{
    const std::string text =
        "6:8 expire: found less than an hour, expected more: most clients report less often\n";
    EXPECT_EQ(oddities_of_host_line("expire=3599"), text);
    EXPECT_EQ(oddities_of_host_line("expire=59m"), text);
    for (const std::string value : {"60m", "1h", "35d", "never", "2147483646"}) {
        EXPECT_EQ(oddities_of_host_line("expire=" + value), "") << value;
    }
}

TEST(HostOddity, IsATokenWithoutHttpAndHttps)
{
    const std::string home = "[@home]\n" + good_token;
    const std::string https = "[https]\ncertificate=/chain\nkey=/key\n";
    EXPECT_EQ(oddities_of("[http]\nport=off\n[@static]\na=192.0.2.1\n" + home +
                          "[@office]\n"
                          "token=0123456789abcdeg\n"),
              "9:1 host: found a token, but no HTTP and no HTTPS, expected one of them\n");
    EXPECT_EQ(oddities_of("[http]\nport=off\n" + https + home), "");
    EXPECT_EQ(oddities_of(https + home), ""); // plain HTTP on all addresses beside it
    EXPECT_EQ(oddities_of("[http]\nport=off\n[@static]\na=192.0.2.1\n"), "");
}

TEST(EmailOddity, IsADomainThatIsNotWhole)
{
    for (const std::string email : {"root@localhost", "root@ns.", "a.b@c"}) {
        EXPECT_THAT(oddities_of("email=" + email + '\n'),
                    HasSubstr("5:7 email: found a domain of one label, expected a whole one\n"));
    }
    for (const std::string email : {"a@b.c", "a@b.c."}) {
        EXPECT_THAT(oddities_of("email=" + email + '\n'), Not(HasSubstr("label"))) << email;
    }
}

TEST(HostOddity, IsNothingInIt)
{
    const std::string text =
        " host: found a section without a token and without records, expected at least one of them\n";
    EXPECT_EQ(oddities_of("[@a]\n[@b]\nttl=5\n[@*]\n[@c]\ntxt=x\n"),
              "5:1" + text + "6:1" + text + "8:1" + text);
    EXPECT_EQ(oddities_of("[@a]\n" + good_token + "[@b]\naaaa=::1\n[@c]\ncname=a.b\n[@]\na=192.0.2.1\n"), "");
}

std::string covered(const std::string& at, unsigned wildcard_line)
{
    return at + " host: found a dynamic host below the wildcard on line " + std::to_string(wildcard_line) +
           ", expected none: while the host has no address, the wildcard answers for it\n";
}

// RFC 4592 section 2.2.1: a wildcard answers for names that do not exist, so for a host without any record
TEST(HostOddity, IsAWildcardThatAnswersForADynamicHost)
{
    const std::string home = "[@home]\n" + good_token;
    EXPECT_EQ(oddities_of("[@*]\na=192.0.2.1\n" + home), covered("7:1", 5));
    EXPECT_EQ(oddities_of(home + "[@*]\naaaa=::1\n"), covered("5:1", 7));
    EXPECT_EQ(oddities_of("[@*]\ncname=other.test\n[@x.y.lab]\n" + good_token), covered("7:1", 5));
    EXPECT_EQ(oddities_of("[@*.a]\na=192.0.2.1\n[@b.a]\n" + good_token), covered("7:1", 5));
    EXPECT_EQ(oddities_of("[@*]\na=192.0.2.1\n" + home + "a=192.0.2.2\n"),
              covered("7:1", 5)); // until an update
    EXPECT_EQ(oddities_of(home + "[@*.lan]\na=192.0.2.1\n[@x.lan]\nfollow=home\nsuffix=::1\n"),
              covered("9:1", 7));
}

std::string covered_challenge(const std::string& at, unsigned wildcard_line)
{
    return at + " host: found ACME challenges below the CNAME of the wildcard on line " +
           std::to_string(wildcard_line) +
           ", expected none: while none is set, clients may follow the CNAME\n";
}

TEST(HostOddity, IsAWildcardThatAnswersForAChallenge)
{
    const std::string acme_key = "{SSHA256}AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v";
    const std::string acme = good_token + "acme=yes\n";
    const std::string below = "[@*.home]\ncname=home.dyn.example.org\n";
    EXPECT_EQ(oddities_of("[@home]\n" + acme + below), covered_challenge("5:1", 8));
    EXPECT_EQ(oddities_of("[@home]\na=192.0.2.1\nacme_hash=" + acme_key + "\n" + below),
              covered_challenge("5:1", 8));
    EXPECT_EQ(oddities_of("[@*]\ncname=other.test\n[@home]\n" + acme),
              covered("7:1", 5) + covered_challenge("7:1", 5));
    EXPECT_EQ(oddities_of("[@*]\ncname=other.test\n[@home]\nacme_hash=" + acme_key + "\n"),
              covered_challenge("7:1", 5));
    EXPECT_EQ(oddities_of("[@home]\n" + good_token + below), "");
    EXPECT_EQ(oddities_of("[@*]\ncname=other.test\n[@home]\ntxt=x\n" + acme), "") << "home always exists";
    EXPECT_EQ(oddities_of("[@home]\n" + acme + "[@*.home]\na=192.0.2.1\n"), "") << "no CNAME";
}

TEST(HostOddity, IsNoWildcardThatCannotAnswerForAHost)
{
    const std::string home = "[@home]\n" + good_token;
    EXPECT_EQ(oddities_of("[@*]\ntxt=x\n" + home), "");                   // has no addresses
    EXPECT_EQ(oddities_of("[@*]\na=192.0.2.1\n" + home + "txt=x\n"), ""); // the host always exists
    EXPECT_EQ(oddities_of("[@*]\na=192.0.2.1\n" + home + "[@x.home]\ntxt=x\n"),
              ""); // as this one makes it exist
    EXPECT_EQ(oddities_of(home + "[@*.lan]\na=192.0.2.1\n[@x.lan]\nfollow=home\nsuffix=::1\na=192.0.2.3\n"),
              "");                                                 // has its own A record always
    EXPECT_EQ(oddities_of("[@*.home]\na=192.0.2.1\n" + home), ""); // is below the host
    EXPECT_EQ(oddities_of("[@*]\na=192.0.2.1\n[@lab]\ntxt=x\n[@home.lab]\n" + good_token), "");
    EXPECT_EQ(oddities_of("[@*]\na=192.0.2.1\n[@x.lab]\ntxt=x\n[@home.lab]\n" + good_token), "");
    EXPECT_EQ(oddities_of("[@*]\na=192.0.2.1\n[@*.lab]\ntxt=x\n[@home.lab]\n" + good_token),
              "");                                                           // the nearer one
    EXPECT_EQ(oddities_of("[@*]\na=192.0.2.1\n[@home]\na=192.0.2.2\n"), ""); // is static
    EXPECT_EQ(oddities_of(home + "[@a]\na=192.0.2.2\n"), "");
}

TEST(Oddities, AreInTheOrderOfTheFileAmongOtherWarnings)
{
    EXPECT_EQ(oddities_of(
                  "[@a]\nmx=1 gone.dyn.example.org\ntoken='short'\n[@b]\n[@c]\nmx=1 gone.dyn.example.org\n"),
              "6:4 mx: found gone.dyn.example.org, which does not exist, expected a host with an address\n"
              "7:7 token: found quotes at the start or the end, expected none: they are part of the token\n"
              "7:7 token: found fewer than 16 characters, which can be guessed, expected more; nanodnsd "
              "--new-token "
              "prints a token\n"
              "8:1 host: found a section without a token and without records, expected at least one of them\n"
              "10:4 mx: found gone.dyn.example.org, which does not exist, expected a host with an address\n");
}

TEST(Oddities, AreNotReportedIfThereAreErrors)
{
    EXPECT_TRUE(config::parse(with("[@a]\ntoken=short\n[udp]\nport=x\n")).warnings.empty());
}

TEST(Oddities, NeverContainAToken)
{
    for (const std::string value :
         {"geheim", "'geheim'", "geheim # geheim", "\"geheim-geheim-geheim\" ; x"}) {
        const std::string text =
            oddities_of("[@a]\ntoken=" + value + "\ntoken=" + value + "\n[@b]\ntoken=" + value + '\n');
        EXPECT_THAT(text, HasSubstr("the same token as"));
        EXPECT_THAT(text, Not(HasSubstr("geheim")));
    }
}

// 100,000 hosts with the same short token: two kinds, of which ten each are listed.
TEST(Oddities, AreListedUpToTenOfAKindAndThenCounted)
{
    std::string text = with("");
    for (int i = 0; i < 100'000; ++i) {
        text += "[@h" + std::to_string(i) + "]\ntoken=secret\n";
    }
    const auto warnings = config::parse(text).warnings;
    ASSERT_EQ(warnings.size(), 22U);
    EXPECT_EQ(list({warnings.end() - 5, warnings.end()}),
              "24:7 token: found fewer than 16 characters, which can be guessed, expected more; nanodnsd "
              "--new-token "
              "prints a token\n"
              "24:7 found the same on 99990 more lines, first on line 26\n"
              "24:7 token: found the same token as on line 6, expected it once: who has it can update all "
              "hosts of each section with it; a [group] is for several hosts\n"
              "26:7 token: found the same token as on line 6, expected it once: who has it can update all "
              "hosts of each section with it; a [group] is for several hosts\n"
              "26:7 found the same on 99989 more lines, first on line 28\n");
    text = with("");
    for (int i = 0; i < 10; ++i) {
        text += "[@h" + std::to_string(i) + "]\n";
    }
    EXPECT_EQ(config::parse(text).warnings.size(), 10U);
}

} // namespace
