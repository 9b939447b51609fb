// Who may update a host, and from where: tokens, groups and networks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proto/config/config.h"
#include "proto/config/options.h"
#include "tests/proto/config/texts.h"

namespace
{

using config_test::errors_of;
using config_test::errors_of_key;
using config_test::list;
using config_test::with;

const std::string home = "[@home]\ntoken=0123456789abcdef\n";
const std::string some_hash = "{SSHA256}AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v";

config::Config parsed(const std::string& more)
{
    const config::Parsed parsed = config::parse(with(more));
    EXPECT_EQ(list(parsed.errors), "");
    return parsed.config;
}

std::string lines(const std::string& line, std::size_t count)
{
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
        text += line + std::to_string(10 + i) + '\n';
    }
    return text;
}

TEST(ConfigTokens, AddUpToEightInASection)
{
    const auto host =
        parsed("[@h]\n" + lines("token=0123456789abcdef", 7) + "token_hash=" + some_hash + "\n").hosts[0];
    ASSERT_EQ(host.secrets.size(), config::max_secrets_of_host);
    EXPECT_EQ(base::as_text(host.secrets[6].bytes.bytes()), "0123456789abcdef16");
    EXPECT_TRUE(host.secrets[7].is_hash);
    EXPECT_EQ(errors_of(with("[@h]\n" + lines("token=0123456789abcdef", 9))),
              "14:7 token: found more than 8 secrets, expected at most 8\n");
    EXPECT_EQ(
        errors_of(with("[@h]\n" + lines("token=0123456789abcdef", 8) + "token_hash=" + some_hash + "\n")),
        "14:12 token_hash: found more than 8 secrets, expected at most 8\n");
}

TEST(ConfigGroups, OpenTheirHosts)
{
    const auto config =
        parsed("[group A-z_9]\ntoken=0123456789abcdef\nhosts=www.home @\nhosts=b\thome\nhosts=home\n"
               "allow_from=192.0.2.0/24 ::1\n[@]\n[@b]\n[@home]\ntoken=0123456789abcdeg\n[@www.home]\n"
               "[@none]\n");
    ASSERT_EQ(config.groups.size(), 1U);
    const config::Group& group = config.groups[0];
    EXPECT_EQ(group.name, "A-z_9");
    ASSERT_EQ(group.hosts.size(), 4U) << "each once";
    for (std::uint32_t i = 0; i < 4; ++i) {
        const std::uint32_t host = group.hosts[i].host;
        EXPECT_EQ(host, (std::array<std::uint32_t, 4>{3, 0, 1, 2}[i]));
        EXPECT_EQ(group.hosts[i].name.to_text(), config.hosts[host].name.to_text());
        EXPECT_TRUE(config.hosts[host].is_dynamic());
    }
    EXPECT_FALSE(config.hosts[4].is_dynamic());
    ASSERT_EQ(group.allow_from.size(), 2U);
    EXPECT_EQ(to_text(group.allow_from[0]), "192.0.2.0/24");
}

TEST(ConfigGroups, HaveANameOfTheirOwn)
{
    const std::string content = "token=0123456789abcdef\nhosts=home\n";
    const std::string expected = ", expected a name of 1 to 63 letters, digits, \"-\" or \"_\"\n";
    EXPECT_EQ(errors_of(with(home + "[group]\n" + content)), "7:7 group: found nothing" + expected);
    EXPECT_EQ(errors_of(with(home + "[group a.b]\n" + content)), "7:8 group: found a.b" + expected);
    EXPECT_EQ(errors_of(with(home + "[group a b ]\n" + content)), "7:8 group: found \"a b\"" + expected);
    const std::string longest(63, 'a');
    EXPECT_EQ(errors_of(with(home + "[group \t" + longest + " ]\n" + content)), "");
    EXPECT_EQ(errors_of(with(home + "[group " + longest + "a]\n" + content)),
              "7:8 group: found " + std::string(60, 'a') + "..." + expected);
    EXPECT_EQ(
        errors_of(with(home + "[group a]\n" + content + "[group a]\ntoken=0123456789abcdeg\nhosts=home\n")),
        "10:1 duplicate section \"[group a]\", first on line 7\n");
    EXPECT_EQ(errors_of(with(home + "[groups a]\n")),
              "7:2 found unknown section \"[groups a]\", expected [server], [udp], [tcp], [http], [https], "
              "[control], "
              "[metrics], [group NAME] or [@host]; did you mean [group NAME]?\n");
}

TEST(ConfigGroups, HaveATokenAndHosts)
{
    EXPECT_EQ(errors_of(with("[group a]\n")),
              "5:1 group: found no token in this section, expected a line with token= or token_hash=\n"
              "5:1 group: found no hosts in this section, expected a line like hosts=home\n");
    EXPECT_EQ(errors_of(with("[group a]\ntoken=x\nhosts=\n")),
              "7:7 hosts: found nothing, expected hosts separated by spaces: names below the domain, or @\n");
}

TEST(ConfigGroups, NameHostsThatExistAndCanBeUpdated)
{
    const auto error = [](const std::string& hosts, const std::string& more = "") {
        return errors_of(with(home + more + "[group a]\ntoken=0123456789abcdef\nhosts=" + hosts + '\n'));
    };
    EXPECT_EQ(error("home hom"),
              "9:12 hosts: found hom, which has no section, expected the name of a host; did you "
              "mean home?\n");
    EXPECT_EQ(error("@"), "9:7 hosts: found @, which has no section, expected the name of a host\n");
    EXPECT_EQ(error("ho!me"), "9:9 hosts: found \"!\" in a name, expected letters, digits, \"-\" or \"_\"\n");
    EXPECT_EQ(error("tv", "[@tv]\nfollow=home\nsuffix=::1\n"),
              "12:7 hosts: found tv, which follows another host, expected one that is updated\n");
    EXPECT_EQ(error("*", "[@*]\na=192.0.2.1\n"), "7:1 group: found a token for a wildcard, expected none: a "
                                                 "wildcard cannot be updated; use cname= with a "
                                                 "host that can\n");
    EXPECT_EQ(error("lab", "[@lab]\nns=a.b\n"),
              "7:1 group: found a token for a delegated host, expected only ns, a and aaaa\n");
    EXPECT_EQ(error("alias", "[@alias]\ncname=a.b\n"),
              "8:7 cname: found a CNAME with a token, expected only the CNAME (RFC 1034 section 3.6.2)\n");
    // a wildcard covers the name, but is not its section
    EXPECT_EQ(error("x", "[@*]\na=192.0.2.1\n"),
              "11:7 hosts: found x, which has no section, expected the name of a host\n");
}

TEST(ConfigGroups, AddToTheEightSecretsOfAHost)
{
    const std::string own = "[@h]\n" + lines("token=0123456789abcdef", 4);
    EXPECT_EQ(errors_of(with(own + "[group a]\n" + lines("token=a123456789abcdef", 4) + "hosts=h\n")), "");
    EXPECT_EQ(errors_of(with(own + "[group a]\n" + lines("token=a123456789abcdef", 4) +
                             "hosts=h\n[group b]\ntoken=x\nhosts=h\n")),
              "18:7 hosts: found a host that more than 8 secrets open, expected at most 8: its own and those "
              "of its "
              "groups\n");
}

TEST(ConfigGroups, AreAtMost256)
{
    std::string text = home.substr(0, home.find('\n') + 1);
    text = "[@home]\n";
    for (int i = 0; i < 257; ++i) {
        text += "[@h" + std::to_string(i) + "]\n[group g" + std::to_string(i) +
                "]\ntoken=" + std::to_string(i) + "\nhosts=h" + std::to_string(i) + '\n';
    }
    EXPECT_EQ(errors_of(with(text)), "1031:1 found more than 256 groups, expected at most 256\n");
}

TEST(ConfigPage, IsThereUnlessItIsTurnedOff)
{
    EXPECT_TRUE(parsed("").http.has_page);
    EXPECT_TRUE(parsed("[http]\npage=yes\n").http.has_page);
    EXPECT_FALSE(parsed("[http]\npage=no\n").http.has_page);
    EXPECT_THAT(errors_of(with("[http]\npage=off\n")),
                testing::HasSubstr("page: found off, expected yes or no"));
}

TEST(ConfigNetworks, AreAddressesAndNetworks)
{
    const auto config = parsed("[http]\ntrusted_proxy=127.0.0.1 ::1 10.0.0.0/8\t2001:db8::/32 ::1\n"
                               "proxy_header=forwarded\n[@h]\ntoken=x\nallow_from=192.0.2.1\n");
    ASSERT_EQ(config.http.trusted_proxies.size(), 4U);
    EXPECT_EQ(to_text(config.http.trusted_proxies[2]), "10.0.0.0/8");
    EXPECT_EQ(config.http.proxy_header, config::ProxyHeader::forwarded);
    ASSERT_EQ(config.hosts[0].allow_from.size(), 1U);
    EXPECT_EQ(to_text(config.hosts[0].allow_from[0]), "192.0.2.1");
}

TEST(ConfigNetworks, HaveNoBitBehindTheirLength)
{
    const auto error = [](const std::string& value) {
        return errors_of_key("[http]", "trusted_proxy=" + value);
    };
    const std::string why = ": no bit behind the length may be set\n";
    EXPECT_EQ(error("192.0.2.1/24"), "6:15 trusted_proxy: found 192.0.2.1/24, expected 192.0.2.0/24" + why);
    EXPECT_EQ(error("::1 2001:db8::1/64"),
              "6:19 trusted_proxy: found 2001:db8::1/64, expected 2001:db8::/64" + why);
    for (const std::string value :
         {"192.0.2.0/33", "::/129", "192.0.2", "192.0.2.0/", "home", "::1%lo", "/8"}) {
        EXPECT_EQ(error(value), "6:15 trusted_proxy: found " + (value == "::1%lo" ? "\"::1%lo\"" : value) +
                                    ", expected an address, or a network like 192.0.2.0/24\n");
    }
    EXPECT_EQ(error(""),
              "6:15 trusted_proxy: found nothing, expected addresses or networks separated by spaces\n");
}

TEST(ConfigNetworks, AreLimited)
{
    const auto networks = [](int count) {
        std::string text;
        for (int i = 0; i < count; ++i) {
            text += " 10." + std::to_string(i) + ".0.0/16";
        }
        return text;
    };
    EXPECT_EQ(errors_of(with("[http]\ntrusted_proxy=" + networks(64) +
                             "\n[@h]\ntoken=x\nallow_from=" + networks(16) + '\n')),
              "");
    EXPECT_THAT(errors_of(with("[http]\ntrusted_proxy=" + networks(65) + '\n')),
                testing::EndsWith(" trusted_proxy: found too many items, expected at most 64\n"));
    EXPECT_THAT(errors_of(with("[@h]\ntoken=x\nallow_from=" + networks(17) + '\n')),
                testing::EndsWith(" allow_from: found too many items, expected at most 16\n"));
}

TEST(ConfigHost, SaysWhatAnUpdateMayLeaveOut)
{
    const auto hosts =
        parsed(home +
               "[@a]\ntoken=0123456789abcdeg\nmissing=keep\nallow_private=client\nrequire_address=yes\n"
               "[@b]\ntoken=0123456789abcdeh\nmissing=remove\nallow_private=no\nrequire_address=no\n")
            .hosts;
    EXPECT_EQ(hosts[0].missing, config::Missing::by_dialect);
    EXPECT_EQ(hosts[0].private_addresses, config::PrivateAddresses::accepted);
    EXPECT_FALSE(hosts[0].requires_address);
    EXPECT_EQ(hosts[1].missing, config::Missing::keep);
    EXPECT_EQ(hosts[1].private_addresses, config::PrivateAddresses::replaced);
    EXPECT_TRUE(hosts[1].requires_address);
    EXPECT_EQ(hosts[2].missing, config::Missing::remove);
    EXPECT_EQ(hosts[2].private_addresses, config::PrivateAddresses::refused);
    EXPECT_EQ(errors_of_key("[@h]", "allow_private=maybe"),
              "6:15 allow_private: found maybe, expected yes, no or client\n");
    EXPECT_EQ(errors_of_key("[@h]", "missing="), "6:9 missing: found nothing, expected remove or keep\n");
    EXPECT_EQ(errors_of_key("[@h]", "require_address=true"),
              "6:17 require_address: found true, expected no or yes\n");
}

TEST(ConfigHost, HasKeysWithoutAnEffectIfNoTokenOpensIt)
{
    const std::string keys =
        "missing=keep\nallow_private=no\nrequire_address=yes\nacme=yes\nexpect=1d\nsuffix=::1\n"
        "allow_from=::1\n";
    const auto warnings = [](const std::string& text) { return list(config::parse(with(text)).warnings); };
    std::string expected;
    int line = 7;
    for (const std::string key :
         {"missing", "allow_private", "require_address", "acme", "expect", "suffix", "allow_from"}) {
        expected += std::to_string(line++) + ":1 " + key +
                    ": found this key for a host without a token, expected none: it has no effect\n";
    }
    EXPECT_EQ(warnings("[@h]\na=192.0.2.1\n" + keys), expected);
    EXPECT_EQ(warnings("[@h]\n" + keys + "token=0123456789abcdef\n"), "");
    EXPECT_EQ(warnings("[@h]\n" + keys + "expire=35d\n[group a]\ntoken=0123456789abcdef\nhosts=h\n"), "");
    EXPECT_EQ(warnings("[@h]\nallow_from=::1\nacme_hash=" + some_hash + "\n"), "");
}

} // namespace
