#include "daemon/init/answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/init/config_text.h"
#include "proto/config/config.h"
#include "tests/daemon/init/fixture.h"

namespace
{

using init::Answers;
using init_test::in_zone;
using init_test::take_all;
using testing::HasSubstr;

/// The reason if the answer number `which` is this one, and all others are as in `in_zone`.
std::string reason_of(std::size_t which, const std::string& text)
{
    auto texts = in_zone;
    texts.at(which) = text;
    Answers answers;
    return take_all(texts, answers);
}

constexpr std::size_t domain = 0;
constexpr std::size_t name_server = 1;
constexpr std::size_t email = 2;
constexpr std::size_t host = 3;
constexpr std::size_t ipv4 = 4;
constexpr std::size_t ipv6 = 5;

TEST(Answers, AreStoredInCanonicalForm)
{
    Answers answers;
    EXPECT_EQ(take_all({" Dyn.MyDomain.Test. ", "NS.Dyn.MyDomain.Test", "Host.Master@mydomain.test",
                        "Home.Dyn.mydomain.test.", " 192.0.2.53", "2001:DB8:0::53"},
                       answers),
              "");
    EXPECT_EQ(answers.domain, "dyn.mydomain.test");
    EXPECT_EQ(answers.name_server, "ns.dyn.mydomain.test");
    EXPECT_EQ(answers.email, "Host.Master@mydomain.test");
    EXPECT_EQ(answers.host, "home");
    EXPECT_EQ(answers.ipv4, "192.0.2.53");
    EXPECT_EQ(answers.ipv6, "2001:db8::53");
}

TEST(Answers, AreRefusedWithTheReasonsOfTheConfig)
{
    EXPECT_EQ(reason_of(domain, "dyn"), "found dyn, expected a whole name, like dyn.mydomain.test");
    EXPECT_EQ(reason_of(domain, "dyn..test"),
              "found an empty label, expected letters, digits, \"-\" or \"_\" before and after each dot");
    EXPECT_EQ(reason_of(domain, "192.0.2.1"), "found the address 192.0.2.1, expected a domain name");
    EXPECT_EQ(reason_of(domain, ""), "found nothing, expected something like dyn.mydomain.test");
    EXPECT_EQ(reason_of(name_server, "ns"), "found ns, expected a whole name, like ns.mydomain.test");
    EXPECT_THAT(reason_of(name_server, "ns1.a.test ns2.a.test"), HasSubstr("found \" \" in a name"));
    EXPECT_THAT(reason_of(email, "hostmaster"), testing::Eq("found hostmaster, expected user@domain"));
    EXPECT_THAT(reason_of(email, "root@localhost"), HasSubstr("found a domain of one label"));
    EXPECT_THAT(reason_of(host, "*"), HasSubstr("a wildcard cannot be updated"));
    EXPECT_THAT(reason_of(host, "my home"), HasSubstr("found \" \" in a name"));
    EXPECT_THAT(reason_of(host, std::string(64, 'a')), HasSubstr("found a label of 64 bytes"));
    EXPECT_EQ(reason_of(host, "ns"), "found ns, the name of the name server, expected another one");
    EXPECT_EQ(reason_of(host, "ns.dyn.mydomain.test"),
              "found ns, the name of the name server, expected another one");
    EXPECT_EQ(reason_of(ipv4, "2001:db8::1"), "found 2001:db8::1, expected an IPv4 address");
    EXPECT_EQ(reason_of(ipv6, "192.0.2.1"), "found 192.0.2.1, expected an IPv6 address");
}

TEST(Answers, NeedAnAddressThatTheInternetReaches)
{
    for (const std::string address : {"10.0.0.1", "127.0.0.1", "0.0.0.0", "100.64.0.1", "224.0.0.1"}) {
        EXPECT_EQ(reason_of(ipv4, address),
                  "found " + address + ", which the internet cannot reach, expected a public IPv4 address");
    }
    for (const std::string address : {"::1", "fd00::1", "fe80::1", "::"}) {
        EXPECT_EQ(reason_of(ipv6, address),
                  "found " + address + ", which the internet cannot reach, expected a public IPv6 address");
    }
    EXPECT_EQ(reason_of(ipv4, ""), "");
    EXPECT_EQ(reason_of(ipv6, ""), "");
    Answers answers;
    auto none = in_zone;
    none.at(ipv4) = none.at(ipv6) = "";
    EXPECT_EQ(take_all(none, answers),
              "found no address, expected an IPv4 or an IPv6 address of this server");
}

// A control character could add a line to the config.
TEST(Answers, HaveNoControlCharacters)
{
    for (std::size_t i = 0; i < in_zone.size(); ++i) {
        EXPECT_EQ(reason_of(i, in_zone.at(i) + "\nport=off"),
                  "found a control character, expected printable text");
        EXPECT_NE(reason_of(i, in_zone.at(i) + '\x7F'), "");
    }
}

TEST(Answers, TakeTheDomainItselfAsAHost)
{
    for (const std::string name : {"@", "dyn.mydomain.test", "DYN.mydomain.test."}) {
        auto texts = in_zone;
        texts.at(host) = name;
        Answers answers;
        EXPECT_EQ(take_all(texts, answers), "");
        EXPECT_EQ(answers.host, "@");
        EXPECT_THAT(init::config_text(answers, "t", false), HasSubstr("\n[@]\ntoken=t\n"));
    }
    auto texts = in_zone;
    texts.at(name_server) = "dyn.mydomain.test"; // then it is the section of the name server
    Answers answers;
    EXPECT_EQ(take_all(texts, answers), "");
    EXPECT_THAT(init::config_text(answers, "t", false),
                HasSubstr("\n[@]\na=192.0.2.53\naaaa=2001:db8::53\n"));
    texts.at(host) = "@";
    answers = {};
    EXPECT_THAT(take_all(texts, answers), HasSubstr("the name of the name server"));
}

/// All combinations of what the config depends on.
TEST(ConfigText, HasNoErrorAndNoWarning)
{
    const std::string token = "0123456789012345678901";
    const std::string longest =
        std::string(63, 'a') + '.' + std::string(63, 'b') + '.' + std::string(63, 'c');
    for (const std::string server : {"ns.dyn.mydomain.test", "dyn.mydomain.test", "ns.mydomain.test",
                                     "a.b.dyn.mydomain.test", "notdyn.mydomain.test"}) {
        for (const std::string& name : {std::string{"home"}, std::string{"x.y"}, longest}) {
            for (const auto& [four, six] :
                 {std::pair{"192.0.2.53", ""}, {"", "2001:db8::53"}, {"192.0.2.53", "2001:db8::53"}}) {
                Answers answers;
                ASSERT_EQ(take_all({in_zone[0], server, in_zone[2], name, four, six}, answers), "");
                const std::string text = init::config_text(answers, token, true);
                EXPECT_EQ(init::first_problem(text), "");
                const bool is_in_zone = init::section_of_name_server(answers).has_value();
                EXPECT_EQ(text.find("\na=192") != std::string::npos, is_in_zone && *four != '\0');
                EXPECT_EQ(text.find("\naaaa=2001") != std::string::npos, is_in_zone && *six != '\0');
                EXPECT_THAT(text, HasSubstr("[@" + name + "]\ntoken=" + token + "\nexpire=35d\n"));
                for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
                    EXPECT_LE(text.find('\n', at) - at, std::max<std::size_t>(110, name.size() + 3));
                }
            }
        }
    }
}

TEST(ConfigText, StaysWithinTheMemoryThatIsReservedForTheToken)
{
    Answers answers;
    ASSERT_EQ(take_all(in_zone, answers), "");
    const std::string text = init::config_text(answers, "t", false);
    EXPECT_LT(text.size() - text.find("# A host whose"), 1024U - 255 - 255);
}

} // namespace
