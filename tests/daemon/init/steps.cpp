#include "daemon/init/steps.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/daemon/init/fixture.h"

namespace
{

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

std::string steps_for(std::array<std::string, 6> texts, const init::Installation& installation)
{
    init::Answers answers;
    EXPECT_EQ(init_test::take_all(texts, answers), "");
    return init::next_steps(answers, "TOKEN", installation);
}

TEST(NextSteps, OfAnInstalledPackage)
{
    EXPECT_EQ(steps_for(init_test::in_zone, {"/etc/nanodnsd/nanodnsd.conf", true, true, true}),
              R"(Wrote /etc/nanodnsd/nanodnsd.conf.

1. Add these records at the DNS provider of mydomain.test, the addresses as glue records:

dyn.mydomain.test.     86400  IN  NS    ns.dyn.mydomain.test.
ns.dyn.mydomain.test.  86400  IN  A     192.0.2.53
ns.dyn.mydomain.test.  86400  IN  AAAA  2001:db8::53

2. Start the server. Its ports must be open: 53 over UDP and TCP, and 80 over TCP.

systemctl enable --now nanodnsd-dns.socket nanodnsd-http.socket nanodnsd-control.socket nanodnsd.service

3. Configure your router. In a Fritz!Box, open Internet, Permit Access, DynDNS, User-defined:

Update URL   http://ns.dyn.mydomain.test/api/update?hostname=<domain>&ipv4=<ipaddr>&ipv6=<ip6addr>)"
              R"(&ip6lanprefix=<ip6lanprefix>&token=<pass>
Domain name  home.dyn.mydomain.test
User name    none
Password     TOKEN

Or send a first update from another computer:

curl -4 -u none:TOKEN "http://ns.dyn.mydomain.test/nic/update?hostname=home.dyn.mydomain.test"

4. Check that the server has the address, and that the parent zone delegates to the server.

dig @192.0.2.53 home.dyn.mydomain.test A
dig +trace home.dyn.mydomain.test A

5. See what it does, and what deserves attention.

nanodnsctl status
)");
}

TEST(NextSteps, OfANameServerBesideTheZoneHaveItsAddressesInTheParent)
{
    auto texts = init_test::in_zone;
    texts[1] = "ns.mydomain.test";
    texts[3] = "@";
    texts[4] = "";
    const std::string steps = steps_for(texts, {"/etc/nanodnsd/nanodnsd.conf", false, true, false});
    EXPECT_THAT(steps, HasSubstr("1. Add these records at the DNS provider of mydomain.test:\n\n"
                                 "dyn.mydomain.test.  86400  IN  NS    ns.mydomain.test.\n"
                                 "ns.mydomain.test.   86400  IN  AAAA  2001:db8::53\n\n"
                                 "2. Start the server, as root. Its"));
    EXPECT_THAT(steps, HasSubstr("\nnanodnsd\n"));
    EXPECT_THAT(steps, HasSubstr("\nDomain name  dyn.mydomain.test\n"));
    EXPECT_THAT(steps,
                HasSubstr("\ncurl -6 -u none:TOKEN \"http://ns.mydomain.test/nic/update?hostname=dyn."));
    EXPECT_THAT(
        steps, EndsWith("\ndig @2001:db8::53 dyn.mydomain.test AAAA\ndig +trace dyn.mydomain.test AAAA\n\n"
                        "5. See what it does, and what deserves attention, as root.\n\nnanodnsctl status\n"));
}

TEST(NextSteps, OfANameServerElsewhereHaveItsAddressesThere)
{
    auto texts = init_test::in_zone;
    texts[1] = "ns.example.net";
    const std::string steps = steps_for(texts, {"/root/it's mine.conf", false, false, true});
    EXPECT_THAT(steps,
                HasSubstr("provider of mydomain.test:\n\n"
                          "dyn.mydomain.test.  86400  IN  NS    ns.example.net.\n\n"
                          "And these at the DNS provider of example.net, if they are not there yet:\n\n"
                          "ns.example.net.     86400  IN  A     192.0.2.53\n"
                          "ns.example.net.     86400  IN  AAAA  2001:db8::53\n\n2. "));
    EXPECT_THAT(steps, HasSubstr("\nnanodnsd -c '/root/it'\\''s mine.conf'\n"));
    EXPECT_THAT(steps, Not(HasSubstr("glue")));
}

// A URL is logged by proxies and kept by browsers.
TEST(NextSteps, HaveNoUrlWithTheToken)
{
    const std::string steps = steps_for(init_test::in_zone, {"/c", false, false, true});
    for (std::size_t at = 0; (at = steps.find("http://", at)) != std::string::npos; ++at) {
        EXPECT_EQ(steps.substr(at, steps.find_first_of(" \n\"", at) - at).find("TOKEN"), std::string::npos);
    }
}

} // namespace
