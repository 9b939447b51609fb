// Hosts that follow another one, their suffixes, and ACME challenges.
#include <gtest/gtest.h>

#include "proto/config/config.h"
#include "proto/config/options.h"
#include "proto/config/summary.h"
#include "tests/proto/config/texts.h"

namespace
{

using config_test::errors_of;
using config_test::errors_of_key;
using config_test::list;
using config_test::with;

const std::string leader = "[@home]\ntoken=0123456789abcdef\n"; // lines 5 and 6
const std::string acme_key = "{SSHA256}AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v";

/// Of a config whose line 7 is the first of `more`.
std::string error(const std::string& more)
{
    return errors_of(with(leader + more));
}

std::string suffix_of(const std::string& value)
{
    const auto parsed = config::parse(with("[@h]\ntoken=x\nsuffix=" + value + '\n'));
    EXPECT_EQ(list(parsed.errors), "");
    return parsed.config.hosts.at(0).suffix ? to_text(*parsed.config.hosts[0].suffix) : "none";
}

// RFC 4291 appendix A
TEST(ConfigSuffix, IsAnAddressOrAMacAddress)
{
    EXPECT_EQ(suffix_of("::1:2:3:4"), "::1:2:3:4");
    EXPECT_EQ(suffix_of("0:0:0:5::1"), "::5:0:0:0:1");
    EXPECT_EQ(suffix_of("00:00:5e:00:53:01"), "::200:5eff:fe00:5301");
    EXPECT_EQ(suffix_of("02-00-5E-00-53-01"), "::5eff:fe00:5301");
    EXPECT_EQ(suffix_of("34:56:78:9A:BC:DE"), "::3656:78ff:fe9a:bcde");
    EXPECT_EQ(suffix_of("00:01:02:03:04:05:06:07"), "0:1:2:3:4:5:6:7"); // not EUI-64
}

TEST(ConfigSuffix, IsRefusedIfItIsNeither)
{
    const std::string expected = "an IPv6 address like ::1:2:3:4, or a MAC address like 00:00:5e:00:53:01\n";
    for (const std::string value : {"192.0.2.1", "1:2:3:4", "00:00:5e:00:53:0g", "0:0:5e:0:53:1",
                                    "00:00-5e:00:53:01", "00005e005301", "::1/64", "00:00:5e:00:53:"}) {
        EXPECT_EQ(errors_of_key("[@h]", "suffix=" + value),
                  "6:8 suffix: found " + value + ", expected " + expected);
    }
    EXPECT_EQ(errors_of_key("[@h]", "suffix=00:00:5e:00:53"),
              "6:8 suffix: found 00:00:5e:00:53, expected a MAC address of 6 parts, not of 5\n");
    EXPECT_EQ(errors_of_key("[@h]", "suffix=00-00-5e-00-53-01-02"),
              "6:8 suffix: found 00-00-5e-00-53-01-02, expected a MAC address of 6 parts, not of 7\n");
    EXPECT_EQ(errors_of_key("[@h]", "suffix="), "6:8 suffix: found nothing, expected " + expected);
}

TEST(ConfigFollow, NamesItsLeader)
{
    const auto parsed = config::parse(
        with("[@tv]\nfollow=www.home\nsuffix=::5\nfollow_a=yes\ntxt=x\n[@b]\nfollow=@\nsuffix=::6\n"
             "a=192.0.2.1\n[@]\ntoken=0123456789abcdef\n[@www.home]\n"
             "[group g]\ntoken=0123456789abcdeg\nhosts=www.home\n"));
    ASSERT_EQ(list(parsed.errors), "");
    EXPECT_EQ(list(parsed.warnings), "");
    const auto& hosts = parsed.config.hosts;
    ASSERT_EQ(hosts[0].leader.size(), 1U);
    EXPECT_EQ(hosts[0].leader[0].host, 3U);
    EXPECT_TRUE(hosts[0].has_leaders_a);
    EXPECT_FALSE(hosts[0].is_dynamic());
    EXPECT_EQ(hosts[1].leader.at(0).host, 2U);
    EXPECT_NE(summary(parsed.config)
                  .find("\ntv.dyn.example.org. follows www.home.dyn.example.org., ttl 1m, suffix ::5, "
                        "follow_a yes, txt"),
              std::string::npos)
        << summary(parsed.config);
}

TEST(ConfigFollow, NeedsALeaderThatIsUpdated)
{
    const std::string rest = "\nsuffix=::1\n";
    EXPECT_EQ(
        error("[@tv]\nfollow=hom" + rest),
        "8:8 follow: found hom, which has no section, expected the name of a host; did you mean home?\n");
    EXPECT_EQ(error("[@tv]\nfollow=tv" + rest), "8:8 follow: found the host itself, expected another host\n");
    EXPECT_EQ(
        error("[@nas]\na=192.0.2.1\n[@tv]\nfollow=nas" + rest),
        "10:8 follow: found nas, which has neither a token nor a group, expected a host that is updated\n");
    EXPECT_EQ(
        error("[@nas]\nacme_hash=" + acme_key + "\n[@tv]\nfollow=nas" + rest),
        "10:8 follow: found nas, which has neither a token nor a group, expected a host that is updated\n");
    EXPECT_EQ(error("[@a]\nfollow=home" + rest + "[@b]\nfollow=a" + rest),
              "11:8 follow: found a, which follows another host, expected one that does not\n");
    EXPECT_EQ(error("[@a]\nfollow=b" + rest + "[@b]\nfollow=a" + rest),
              "8:8 follow: found b, which follows another host, expected one that does not\n"
              "11:8 follow: found a, which follows another host, expected one that does not\n");
    EXPECT_EQ(error("[@a]\nfollow=home home" + rest),
              "8:13 follow: found too many items, expected at most 1\n");
    EXPECT_EQ(
        error("[@tv]\nfollow=home.dyn.example.org" + rest),
        "8:8 follow: found home.dyn.example.org, which has no section, expected the name of a host; did "
        "you mean home?\n");
    EXPECT_EQ(
        error("[@]\na=192.0.2.1\n[@tv]\nfollow=DYN.example.org" + rest),
        "10:8 follow: found dyn.example.org, which has no section, expected the name of a host; did you "
        "mean @?\n");
    EXPECT_EQ(
        error("[@a]\nfollow=" + rest),
        "8:8 follow: found nothing, expected one host: its name below the domain, or @ for the domain\n");
}

TEST(ConfigFollow, ExcludesOtherKeys)
{
    const std::string follower = "[@tv]\nfollow=home\nsuffix=::1\n";
    EXPECT_EQ(error("[@tv]\nfollow=home\n"),
              "8:1 follow: found no suffix in this section, expected a line like suffix=::1:2:3:4, too\n");
    EXPECT_EQ(error(follower + "token=0123456789abcdeg\n"),
              "10:7 token: found a token of a host that follows another, expected none\n");
    EXPECT_EQ(error(follower + "token_hash=" + acme_key + '\n'),
              "10:12 token_hash: found a token of a host that follows another, expected none\n");
    EXPECT_EQ(error(follower + "aaaa=::1\n"),
              "10:1 aaaa: found an address of a host that follows another, expected none: "
              "the prefix of that host and suffix= make it\n");
    EXPECT_EQ(error(follower + "follow_a=yes\na=192.0.2.1\n"),
              "11:1 a: found an address and follow_a=yes, expected only one of them\n");
    EXPECT_EQ(error(follower + "follow_a=no\na=192.0.2.1\nacme_hash=" + acme_key + '\n'), "");
    const std::string nowhere = "8:1 follow: found it in the section of a wildcard, an alias or a delegated "
                                "host, expected it in none of these\n";
    EXPECT_EQ(error("[@*]\nfollow=home\nsuffix=::1\n"), nowhere);
    EXPECT_EQ(error(follower + "cname=a.b\n"), nowhere);
    EXPECT_EQ(error(follower + "ns=a.b\n"), nowhere);
    EXPECT_EQ(error("[@tv]\nfollow_a=yes\n"),
              "8:1 follow_a: found it without follow, expected a line like follow=home\n");
}

TEST(ConfigFollow, IsLimitedTo256Hosts)
{
    std::string text;
    for (int i = 0; i < 256; ++i) {
        text += "[@h" + std::to_string(i) + "]\nfollow=home\nsuffix=::1\n";
    }
    EXPECT_EQ(error(text), "");
    EXPECT_EQ(error(text + "[@one]\nfollow=home\nsuffix=::1\n[@more]\nfollow=home\nsuffix=::1\n"),
              "776:8 follow: found more than 256 hosts with this key, expected at most 256\n");
}

TEST(ConfigAcme, IsForTokensOrForKeys)
{
    const auto parsed =
        config::parse(with(leader + "acme=yes\n[@static]\na=192.0.2.1\nacme_hash=" + acme_key +
                           "\n[@alias]\ncname=a.b\nacme_hash=" + acme_key +
                           "\n[@idle]\na=192.0.2.1\nacme=yes\n[@none]\nacme=no\na=192.0.2.1\n"));
    ASSERT_EQ(list(parsed.errors), "");
    const auto& hosts = parsed.config.hosts;
    EXPECT_TRUE(hosts[0].may_have_challenge() && hosts[1].may_have_challenge() &&
                hosts[2].may_have_challenge());
    EXPECT_FALSE(hosts[3].may_have_challenge() || hosts[4].may_have_challenge());
    EXPECT_NE(summary(parsed.config)
                  .find("\nstatic.dyn.example.org. static, ttl 1m, ACME challenges, a 192.0.2.1\n"),
              std::string::npos);
}

TEST(ConfigAcme, HasUpToFourKeys)
{
    std::string text = "[@h]\n";
    for (int i = 0; i < 4; ++i) {
        text += "acme_hash=" + acme_key + '\n';
    }
    EXPECT_EQ(errors_of(with(text)), "");
    EXPECT_EQ(errors_of(with(text + "acme_hash=" + acme_key + '\n')),
              "10:11 acme_hash: found more than 4 secrets, expected at most 4\n");
    EXPECT_EQ(
        errors_of_key("[@h]", "acme_hash=geheim"),
        "6:11 acme_hash: found 6 bytes, expected {SSHA256} and 64 Base64 digits, as printed by nanodnsd "
        "--acme-json\n");
}

TEST(ConfigAcme, IsRefusedWhereNoChallengeCanBe)
{
    EXPECT_EQ(error("[@*.x]\na=192.0.2.1\nacme=yes\n"),
              "9:1 acme: found it in the section of a wildcard, expected it in that of the name after "
              "\"*.\", which has "
              "the challenges of both (RFC 8555 section 8.4)\n");
    EXPECT_EQ(error("[@lab]\nns=a.b\nacme_hash=" + acme_key + '\n'),
              "9:1 acme_hash: found it in the section of a delegated host, expected none: its name servers "
              "answer for "
              "its challenges\n");
    EXPECT_EQ(error("acme=yes\n[@_acme-challenge.home]\ntxt=x\n"),
              "8:1 host: found a section for the ACME challenges of another, expected none: they are set by "
              "acme or "
              "acme_hash in the section on line 5\n");
    EXPECT_EQ(error("[@_acme-challenge.home]\ntxt=x\n"), "");
    // the name with _acme-challenge has 254 bytes, and then 256
    const std::string label(60, 'a');
    const std::string longest = label + '.' + label + '.' + label + '.' + std::string(37, 'b');
    EXPECT_EQ(error("[@" + longest + "]\na=192.0.2.1\nacme_hash=" + acme_key + '\n'), "");
    EXPECT_EQ(error("[@" + longest + "bb]\na=192.0.2.1\nacme_hash=" + acme_key + '\n'),
              "7:1 acme: found a host whose name is longer than 255 bytes with _acme-challenge before it, "
              "expected a "
              "shorter one\n");
}

} // namespace
