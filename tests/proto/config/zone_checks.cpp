// Errors of a zone whose lines are all valid. Each check is also tested with similar zones that it accepts.
#include "proto/config/zone_checks.h"

#include <array>
#include <string>

#include <gtest/gtest.h>

#include "tests/proto/config/texts.h"

namespace
{

using config_test::errors_of;
using config_test::list;
using config_test::with;

/// `more` starts in line 5, after the required keys; nameserver= in it replaces the one of line 3. An error
/// is returned with the prefix "error".
std::string warnings_of(const std::string& more)
{
    std::string text = with(more);
    if (more.starts_with("nameserver=")) {
        text[text.find("nameserver=")] = '#';
    }
    const auto parsed = config::parse(text);
    return parsed.errors.empty() ? list(parsed.warnings) : "error " + list(parsed.errors);
}

/// Neither an error nor a warning.
testing::AssertionResult is_fine(const std::string& more)
{
    const std::string found = warnings_of(more);
    return found.empty() ? testing::AssertionSuccess() : testing::AssertionFailure() << found;
}

/// Hosts c0, c1, ..., each with a CNAME to the next and the last to `end`. Each has three lines; the record
/// is in the second.
std::string chain(int length, const std::string& end)
{
    std::string text;
    for (int i = 0; i < length; ++i) {
        const std::string next = i + 1 == length ? end : 'c' + std::to_string(i + 1) + ".dyn.example.org";
        text += "[@c" + std::to_string(i) + "]\ncname=" + next + "\n\n";
    }
    return text;
}

// RFC 1034 section 3.6.2
TEST(CnameCheck, RefusesACnameWithOtherData)
{
    const std::string text =
        "cname: found a CNAME with other records, expected only the CNAME (RFC 1034 section 3.6.2)\n";
    EXPECT_EQ(errors_of(with("[@h]\ntxt=x\ncname=a.example\n")), "7:7 " + text);
    EXPECT_EQ(errors_of(with("[@h]\ncname=a.example\nmx=1 a.example\n")), "6:7 " + text);
    EXPECT_EQ(errors_of(with("[@h]\ncname=a.example\na=192.0.2.1\n")), "6:7 " + text);
    EXPECT_EQ(errors_of(with("[@h]\ncname=a.example\naaaa=::1\n")), "6:7 " + text);
    EXPECT_EQ(errors_of(with("[@h]\ncname=a.example\nns=a.example\n")), "6:7 " + text);
    EXPECT_EQ(errors_of(with("[@*]\ncname=a.example\ntxt=x\n")), "6:7 " + text);
    EXPECT_TRUE(is_fine("[@h]\ncname=a.example\n[@i]\ntxt=x\na=192.0.2.1\n"));
    EXPECT_TRUE(is_fine("[@h]\ncname=a.example\n[@below.h]\na=192.0.2.1\n"));
}

/// Each makes a host dynamic.
const std::array<std::string, 2> tokens = {
    "token=0123456789abcdef\n",
    "token_hash={SSHA256}4PlWN3ncHaHRuMFMJg04l5pYHfJx8V9fTwTRZGOSx92gLsx3qlBFZYDHLXXPJMlE\n"};

TEST(CnameCheck, RefusesACnameWithAToken)
{
    for (const std::string& token : tokens) {
        EXPECT_EQ(
            errors_of(with("[@h]\n" + token + "cname=a.example\n")),
            "7:7 cname: found a CNAME with a token, expected only the CNAME (RFC 1034 section 3.6.2)\n");
    }
}

// RFC 2181 section 10.1
TEST(CnameCheck, RefusesASecondCname)
{
    EXPECT_EQ(errors_of(with("[@h]\ncname=a.example\ncname=b.example\ncname=c.example\n")),
              "7:7 cname: found a second CNAME, expected one per name (RFC 2181 section 10.1)\n");
    EXPECT_TRUE(is_fine("[@h]\ncname=a.example\ncname=A.example.\n"));
}

TEST(CnameCheck, RefusesACnameForTheDomainItself)
{
    EXPECT_EQ(errors_of(with("[@]\ncname=a.example\n")),
              "6:7 cname: found a CNAME for the domain itself, expected other records: the domain always has "
              "SOA and NS records (RFC 1034 section 3.6.2)\n");
    EXPECT_TRUE(is_fine("[@]\ntxt=x\nmx=1 a.example\ncaa=0 issue x\nsrv=0 0 0 "
                        "a.example\ntoken=0123456789abcdef\na=192.0.2.1\n"));
}

TEST(CnameCheck, ReportsALoopOnceAtItsFirstCnameInTheFile)
{
    const std::string text = "cname: found a CNAME loop, expected a CNAME that leads to a host\n";
    EXPECT_EQ(errors_of(with("[@h]\ncname=h.dyn.example.org\n")), "6:7 " + text);
    EXPECT_EQ(errors_of(with(chain(2, "c0.dyn.example.org"))), "6:7 " + text);
    EXPECT_EQ(errors_of(with("[@b]\ncname=a.dyn.example.org\n" // leads to the loop: not an error of its own
                             "[@a]\ncname=c.dyn.example.org\n"
                             "[@c]\ncname=a.dyn.example.org\n")),
              "8:7 " + text);
    EXPECT_EQ(errors_of(with(chain(30, "c20.dyn.example.org"))), "66:7 " + text);
    EXPECT_EQ(errors_of(with("[@a]\ncname=a.dyn.example.org\n[@b]\ncname=b.dyn.example.org\n")),
              "6:7 " + text + "8:7 " + text);
}

// RFC 4592 section 3.3.1: a wildcard covers all names that do not exist, even the target of its own CNAME.
TEST(CnameCheck, FindsALoopThroughAWildcard)
{
    const std::string text = "cname: found a CNAME loop, expected a CNAME that leads to a host\n";
    EXPECT_EQ(errors_of(with("[@*]\ncname=h.dyn.example.org\n")), "6:7 " + text);
    EXPECT_EQ(errors_of(with("[@*.lab]\ncname=a.b.lab.dyn.example.org\n")), "6:7 " + text);
    EXPECT_EQ(errors_of(with("[@h]\ncname=x.lab.dyn.example.org\n[@*.lab]\ncname=h.dyn.example.org\n")),
              "6:7 " + text);
    // the closest encloser is b.lab, below which there is no wildcard
    EXPECT_EQ(warnings_of("[@*.lab]\ncname=a.b.lab.dyn.example.org\n[@z.b.lab]\na=192.0.2.1\n"),
              "6:7 cname: found a.b.lab.dyn.example.org, which does not exist, expected an existing name\n");
    EXPECT_TRUE(is_fine("[@*.lab]\ncname=b.lab.dyn.example.org\n[@z.b.lab]\na=192.0.2.1\n"));
    EXPECT_TRUE(is_fine("[@*]\ncname=h.dyn.example.org\n[@h]\ntoken=0123456789abcdef\ntxt=x\n"));
    EXPECT_TRUE(is_fine("[@*]\ncname=h.example.org\n"));
}

TEST(CnameCheck, AcceptsAChainOf8AndRefusesOneOf9)
{
    const std::string home = "[@home]\ntoken=0123456789abcdef\n";
    const std::string text = "cname: found a chain of more than 8 CNAMEs, expected at most 8\n";
    EXPECT_TRUE(is_fine(chain(8, "home.dyn.example.org") + home));
    EXPECT_EQ(errors_of(with(chain(9, "home.dyn.example.org") + home)), "6:7 " + text);
    // once per chain, in its middle
    EXPECT_EQ(errors_of(with(chain(20, "home.dyn.example.org") + home)), "39:7 " + text);
    EXPECT_EQ(errors_of(with(chain(9, "other.example.org"))), "6:7 " + text);
    // against the order of the file
    std::string text_of_nine = home + "[@d8]\ncname=home.dyn.example.org\n";
    for (int i = 8; i > 0; --i) {
        text_of_nine +=
            "[@d" + std::to_string(i - 1) + "]\ncname=d" + std::to_string(i) + ".dyn.example.org\n";
    }
    EXPECT_EQ(errors_of(with(text_of_nine)), "24:7 " + text);
}

TEST(CnameCheck, EndsAChainAtADelegation)
{
    EXPECT_TRUE(is_fine("[@lab]\nns=ns.example\n[@h]\ncname=lab.dyn.example.org\n"));
    EXPECT_TRUE(is_fine("[@lab]\nns=ns.example\n[@h]\ncname=x.y.lab.dyn.example.org\n[@*]\ntxt=x\n"));
}

TEST(CnameCheck, WarnsOfATargetThatDoesNotExist)
{
    EXPECT_EQ(warnings_of("[@h]\ncname=gone.dyn.example.org\n"),
              "6:7 cname: found gone.dyn.example.org, which does not exist, expected an existing name\n");
    EXPECT_TRUE(is_fine("[@h]\ncname=gone.example.org\n"));
    EXPECT_TRUE(is_fine("[@h]\ncname=dyn.example.org\n"));
    EXPECT_TRUE(is_fine("[@h]\ncname=middle.dyn.example.org\n[@x.middle]\na=192.0.2.1\n")); // RFC 4592 2.2.2
    EXPECT_TRUE(is_fine("[@h]\ncname=gone.dyn.example.org\n[@*]\na=192.0.2.1\n"));
    EXPECT_TRUE(is_fine("[@h]\ncname=xdyn.example.org\n")); // outside of the zone
}

TEST(WildcardCheck, RefusesATokenAndADelegation)
{
    for (const std::string& token : tokens) {
        EXPECT_EQ(errors_of(with("[@*]\n" + token)),
                  "5:1 token: found a token for a wildcard, expected none: a wildcard cannot be updated; use "
                  "cname= with a host that can\n");
    }
    EXPECT_EQ(errors_of(with("[@x]\n[@*.lab]\nns=ns.example\n")),
              "7:4 ns: found a delegation of a wildcard, expected none: a wildcard cannot be delegated (RFC "
              "4592 section 4.2)\n");
    EXPECT_TRUE(is_fine("[@*]\na=192.0.2.1\naaaa=::1\ntxt=x\nmx=1 a.example\n[@*.lab]\ncname=a.example\n"));
}

TEST(DelegationCheck, RefusesADelegationOfTheDomainItself)
{
    EXPECT_EQ(errors_of(with("[@]\ntxt=x\nns=ns.example\n")),
              "7:4 ns: found a delegation of the domain itself, expected none: its own name servers are "
              "nameserver=\n");
}

TEST(DelegationCheck, RefusesRecordsThatWouldNeverBeServed)
{
    const std::string text =
        "found a record of a delegated host, expected only ns, a and aaaa: it would never be served\n";
    EXPECT_EQ(errors_of(with("[@h]\nns=ns.example\ntxt=x\nmx=1 a.example\n")), "7:5 txt: " + text);
    EXPECT_EQ(errors_of(with("[@h]\nsrv=0 0 0 a.example\nns=ns.example\n")), "6:5 srv: " + text);
    EXPECT_EQ(errors_of(with("[@h]\ncaa=0 issue x\nns=ns.example\n")), "6:5 caa: " + text);
    for (const std::string& token : tokens) {
        EXPECT_EQ(errors_of(with("[@h]\n" + token + "ns=ns.example\n")),
                  "5:1 token: found a token for a delegated host, expected only ns, a and aaaa\n");
    }
    EXPECT_TRUE(is_fine("[@h]\nns=h.dyn.example.org\na=192.0.2.1\naaaa=::1\nns=ns.example\n"));
}

TEST(DelegationCheck, WarnsOfANameServerWithoutGlue)
{
    const std::string text =
        ", which has no address here, expected a host with one: a delegation needs glue\n";
    EXPECT_EQ(warnings_of("[@lab]\nns=ns.lab.dyn.example.org\n"),
              "6:4 ns: found ns.lab.dyn.example.org" + text);
    EXPECT_EQ(warnings_of("[@lab]\nns=lab.dyn.example.org\n"), "6:4 ns: found lab.dyn.example.org" + text);
    EXPECT_EQ(warnings_of("[@lab]\nns=ns.lab.dyn.example.org\n[@ns.lab]\ntxt=x\n"),
              "6:4 ns: found ns.lab.dyn.example.org" + text);
    EXPECT_EQ(warnings_of("[@one]\nns=ns.two.dyn.example.org\n[@two]\nns=ns.example\n"),
              "6:4 ns: found ns.two.dyn.example.org" + text);
    EXPECT_EQ(warnings_of("nameserver=x.lab.dyn.example.org\n[@lab]\nns=ns.example\n"),
              "5:12 nameserver: found x.lab.dyn.example.org" + text);
    EXPECT_TRUE(is_fine("[@lab]\nns=ns.lab.dyn.example.org\n[@ns.lab]\naaaa=::1\n"));
    EXPECT_TRUE(is_fine("[@lab]\nns=ns.lab.dyn.example.org\n[@ns.lab]\ntoken=0123456789abcdef\n"));
    EXPECT_TRUE(is_fine("[@lab]\nns=ns.lab.example.org\n"));
}

TEST(DelegationCheck, WarnsOfAHostBelowItThatIsNotANameServer)
{
    const std::string text = " below the delegation lab.dyn.example.org, expected only its name servers "
                             "there: the host is never served\n";
    EXPECT_EQ(warnings_of("[@lab]\nns=ns.example\n[@web.lab]\na=192.0.2.1\nmx=1 gone.dyn.example.org\n"),
              "7:1 host: found web.lab.dyn.example.org" + text);
    EXPECT_EQ(warnings_of("[@*.x.lab]\na=192.0.2.1\n[@lab]\nns=ns.example\n[@lab-x]\na=192.0.2.1\n[@y.lab-x]"
                          "\na=192.0.2.1\n"),
              "5:1 host: found \"*.x.lab.dyn.example.org\"" + text);
    // a delegation below another
    EXPECT_EQ(warnings_of("[@lab]\nns=ns.example\n[@a.lab]\nns=ns.example\n[@b.a.lab]\ntxt=x\n"),
              "7:1 host: found a.lab.dyn.example.org" + text + "9:1 host: found b.a.lab.dyn.example.org" +
                  text);
    EXPECT_TRUE(
        is_fine("[@lab]\nns=ns.example\n[@labor]\na=192.0.2.1\n[@l]\na=192.0.2.1\n[@la.b]\na=192.0.2.1\n"));
    EXPECT_TRUE(
        is_fine("nameserver=ns.lab.dyn.example.org\n[@lab]\nns=ns.example\n[@ns.lab]\na=192.0.2.1\n"));
}

// RFC 7505 section 3: "MUST NOT ... any other MX"
TEST(MxCheck, RefusesTheNullMxWithAnotherMx)
{
    const std::string text = "mx: found \"0 .\" with another MX, expected it alone: it means that the host "
                             "accepts no mail (RFC 7505)\n";
    EXPECT_EQ(errors_of(with("[@h]\nmx=0 .\nmx=1 a.example\n")), "6:4 " + text);
    EXPECT_EQ(errors_of(with("[@h]\nmx=0 a.example\nmx=0 .\n")), "7:4 " + text);
    EXPECT_TRUE(is_fine("[@h]\nmx=0 .\ntxt=x\nmx=0 .\n[@i]\nmx=0 a.example\nmx=0 b.example\n"));
}

TEST(TargetCheck, WarnsIfTheTargetDoesNotExist)
{
    const std::string text =
        "found gone.dyn.example.org, which does not exist, expected a host with an address\n";
    EXPECT_EQ(warnings_of("[@h]\nmx=1 gone.dyn.example.org\n"), "6:4 mx: " + text);
    EXPECT_EQ(warnings_of("[@h]\nsrv=0 0 1 gone.dyn.example.org\n"), "6:5 srv: " + text);
    EXPECT_EQ(warnings_of("[@h]\nns=gone.dyn.example.org\n"), "6:4 ns: " + text);
    EXPECT_TRUE(
        is_fine("[@h]\nmx=1 gone.example.org\nsrv=0 0 1 gone.example.org\nsrv=0 0 0 .\n[@i]\nmx=0 .\n"));
    EXPECT_TRUE(is_fine("[@h]\nmx=1 gone.dyn.example.org\n[@*]\na=192.0.2.1\n"));
    // the server of the delegated zone has their addresses
    EXPECT_TRUE(
        is_fine("[@h]\nmx=1 x.lab.dyn.example.org\nsrv=0 0 1 lab.dyn.example.org\n[@lab]\nns=ns.example\n"));
}

TEST(TargetCheck, WarnsIfTheTargetCanHaveNoAddress)
{
    EXPECT_EQ(warnings_of("[@h]\nmx=1 m.dyn.example.org\n[@m]\ntxt=x\n"),
              "6:4 mx: found m.dyn.example.org, which has no address, expected a host with one\n");
    EXPECT_EQ(warnings_of("[@h]\nmx=1 dyn.example.org\n"),
              "6:4 mx: found dyn.example.org, which has no address, expected a host with one\n");
    EXPECT_EQ(warnings_of("[@h]\nmx=1 m.dyn.example.org\n[@x.m]\na=192.0.2.1\n"),
              "6:4 mx: found m.dyn.example.org, which has no address, expected a host with one\n");
    for (const std::string& key :
         {tokens[0], tokens[1], std::string{"a=192.0.2.1\n"}, std::string{"aaaa=2001:db8::1\n"}}) {
        EXPECT_TRUE(is_fine("[@h]\nmx=1 m.dyn.example.org\nsrv=0 0 1 m.dyn.example.org\n[@m]\n" + key));
        EXPECT_TRUE(is_fine("[@lab]\nns=m.dyn.example.org\n[@m]\n" + key));
        EXPECT_TRUE(is_fine("nameserver=dyn.example.org\n[@]\n" + key));
    }
}

TEST(TargetCheck, WarnsOfANameServerThatTheInternetCannotReach)
{
    const std::string text = "5:12 nameserver: found dyn.example.org, which has an address that the internet "
                             "cannot reach, expected public ones\n";
    for (const std::string key : {"a=10.0.0.1", "a=127.0.0.1", "a=192.0.2.1\na=192.168.1.1", "a=100.64.0.1",
                                  "a=169.254.1.1", "a=192.0.2.1\naaaa=fd00::1", "aaaa=::1", "aaaa=fe80::1"}) {
        EXPECT_EQ(warnings_of("nameserver=dyn.example.org\n[@]\n" + key + '\n'), text) << key;
        EXPECT_TRUE(is_fine("[@ns]\n" + key + "\n[@lab]\nns=ns.dyn.example.org\n")) << key; // no name server
    }
    EXPECT_TRUE(is_fine("nameserver=dyn.example.org ns.example.org\n[@]\na=192.0.2.1\naaaa=2001:db8::1\n"));
}

// RFC 2181 section 10.3
TEST(TargetCheck, WarnsIfTheTargetIsACname)
{
    EXPECT_EQ(warnings_of("[@h]\nmx=1 m.dyn.example.org\n[@m]\ncname=a.example\n"),
              "6:4 mx: found m.dyn.example.org, which is a CNAME, expected the name that it leads to (RFC "
              "2181 section 10.3)\n");
    EXPECT_EQ(warnings_of("[@lab]\nns=m.dyn.example.org\n[@*]\ncname=a.example\n"),
              "6:4 ns: found m.dyn.example.org, which is a CNAME from a wildcard, expected a host with an "
              "address\n");
}

// Some configs of the predecessor have a name server in the zone without a host, so this is not an error.
TEST(TargetCheck, WarnsOfEachNameServerAtItsPosition)
{
    EXPECT_EQ(
        warnings_of("nameserver=ns.example  ns1.dyn.example.org NS.example ns2.dyn.example.org\n"
                    "[@ns2]\ncname=a.example\n"),
        "5:24 nameserver: found ns1.dyn.example.org, which does not exist, expected a host with an address\n"
        "5:55 nameserver: found ns2.dyn.example.org, which is a CNAME, expected the name that it leads to "
        "(RFC 2181 section 10.3)\n");
}

// With the zone's own records an answer to ANY must fit into 65535 bytes.
TEST(SizeCheck, AcceptsAtMost60000BytesForOneName)
{
    // each record has a head of 12 bytes: A has 16, AAAA 28, each TXT of 63 strings 12 + 63 * 252
    const std::string string = " \"" + std::string(251, 'x') + '"';
    std::string text = "[@h]\na=192.0.2.1\naaaa=::1\n";
    for (int i = 0; i < 3; ++i) {
        text += "txt=\"" + std::string(250, 'x') + std::to_string(i) + '"';
        for (int j = 0; j < 62; ++j) {
            text += string;
        }
        text += '\n';
    }
    // 16 + 28 + 3 * (12 + 63 * 252) = 47708; 12292 are left
    text += "caa=0 issue " + std::string(12292 - 12 - 7, 'x');
    EXPECT_TRUE(is_fine(text + "\n[@i]\ntxt=x\n"));
    EXPECT_EQ(errors_of(with(text + "x\nmx=1 a.example\n")),
              "11:5 caa: found more than 60000 bytes of records for one name, expected at most 60000\n");
}

TEST(ZoneChecks, ReportNoWarningsIfThereAreErrors)
{
    const auto parsed =
        config::parse(with("[@h]\nmx=1 gone.dyn.example.org\n[@i]\ncname=i.dyn.example.org\n"));
    EXPECT_EQ(parsed.errors.size(), 1U);
    EXPECT_EQ(parsed.warnings.size(), 0U);
}

TEST(ZoneChecks, AreReportedInTheOrderOfTheFile)
{
    EXPECT_EQ(errors_of(with("[@i]\ncname=i.dyn.example.org\n[udp]\nport=x\n")),
              "6:7 cname: found a CNAME loop, expected a CNAME that leads to a host\n"
              "8:6 port: found x, expected a number from 0 to 65535\n");
}

// A host with an invalid name would be treated as the domain, and one that was not read as missing.
TEST(ZoneChecks, AreSkippedIfNamesAreMissing)
{
    EXPECT_EQ(errors_of(with("[@a b]\ncname=a.example\n")),
              "5:4 host: found \" \" in a name, expected letters, digits, \"-\" or \"_\"\n");
    EXPECT_EQ(
        errors_of("[server]\nnameserver=a.b\nemail=a@b.c\n[@]\ncname=a.example\n"),
        "6:1 found no domain in [server], expected a line like domain=dyn.example.org (the zone to serve)\n");
    EXPECT_EQ(config::parse(with("[@a]\n[@b]\ncname=b.dyn.example.org\n[@c]\n"), 2).errors.size(), 1U);
}

TEST(ZoneChecks, WorkIfTheDomainFollowsTheHosts)
{
    EXPECT_EQ(errors_of("[@h]\ncname=h.dyn.example.org\n" + with("")),
              "2:7 cname: found a CNAME loop, expected a CNAME that leads to a host\n");
}

TEST(ZoneChecks, ReportAtMost100WarningsAndThatThereAreMore)
{
    std::string text = with("");
    for (int i = 0; i < 100; ++i) {
        text += "[@h" + std::to_string(i) + "]\nmx=1 gone.dyn.example.org\n";
    }
    EXPECT_EQ(config::parse(text).warnings.size(), 100U);
    const auto parsed = config::parse(text + "[@h]\nmx=1 gone.dyn.example.org\n");
    ASSERT_EQ(parsed.warnings.size(), 101U);
    EXPECT_EQ(parsed.warnings[99].at.line, 204U);
    EXPECT_EQ(parsed.warnings[100].at.line, 206U);
    EXPECT_EQ(parsed.warnings[100].text, "more than 100 warnings, the rest is not listed");
}

/// `hosts` CNAMEs: the target of host i is host next(i).
template <typename Next>
config::Parsed with_cnames(int hosts, Next next)
{
    std::string text = with("");
    for (int i = 0; i < hosts; ++i) {
        text += "[@h" + std::to_string(i) + "]\ncname=h" + std::to_string(next(i)) + ".dyn.example.org\n";
    }
    return config::parse(text);
}

// Each CNAME must be followed only once: quadratic time or recursion would make these tests fail.
TEST(ZoneChecks, AreFastForAMillionCnames)
{
    const auto chain = with_cnames(1'000'000, [](int i) { return i + 1; });
    EXPECT_EQ(list(chain.errors),
              "1999988:7 cname: found a chain of more than 8 CNAMEs, expected at most 8\n");
}

TEST(ZoneChecks, AreFastForALongLoop)
{
    constexpr int hosts = 200'000;
    const auto loop = with_cnames(hosts, [](int i) { return (i + 1) % hosts; });
    EXPECT_EQ(list(loop.errors), "6:7 cname: found a CNAME loop, expected a CNAME that leads to a host\n");
}

} // namespace
