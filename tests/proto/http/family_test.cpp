// What becomes of an address family and of the prefix.
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "tests/proto/http/asking.h"

namespace http
{
namespace
{

const std::string nic = "/nic/update?hostname=h.example&password=secret";
const std::string api_path = "/api/update?hostname=h.example&token=secret";
const std::string duck = "/update?domains=home&token=secret";

void check(const std::string& start, const std::vector<Example>& examples, const Client& client)
{
    for (const Example& example : examples) {
        EXPECT_EQ(changes_of(get(start + example.request, client)), example.result)
            << start << example.request;
    }
}

const Client by4 = client_at("198.51.100.7");
const Client by6 = client_at("2001:db8:7::7");
const Client by_unknown{base::parse_address("192.0.2.80").value(), false};

TEST(Family, IsSetByAnAddressInAnyParameter)
{
    check(nic,
          {
              {"&myip=192.0.2.1", "192.0.2.1, missing"},
              {"&ip=192.0.2.1", "192.0.2.1, missing"},
              {"&myipv4=192.0.2.1", "192.0.2.1, missing"},
              {"&ipv4=192.0.2.1", "192.0.2.1, missing"},
              {"&myip=2001%3adb8%3A%3a1", "missing, 2001:db8::1"},
              {"&myipv6=2001:db8::1", "missing, 2001:db8::1"},
              {"&myip6=2001:db8::1", "missing, 2001:db8::1"},
              {"&ip6=2001:db8::1", "missing, 2001:db8::1"},
              {"&ipv6=2001:db8::1", "missing, 2001:db8::1"},
              {"&myip=192.0.2.1,2001:db8::1", "192.0.2.1, 2001:db8::1"},
              {"&myip=+2001:db8::1+,+192.0.2.1+,", "192.0.2.1, 2001:db8::1"},
              {"&myip=192.0.2.1&ipv6=2001:db8::1", "192.0.2.1, 2001:db8::1"},
              {"&myip=192.0.2.1,192.0.2.1&ipv4=192.0.2.1", "192.0.2.1, missing"},
              {"&myip=::ffff:192.0.2.1", "192.0.2.1, missing"},
              {"&ip=::ffff:192.0.2.1,192.0.2.1", "192.0.2.1, missing"},
              {"&system=dyndns&wildcard=ON&mx=x&backmx=NO&offline=NO&url_check=1&myip=192.0.2.1",
               "192.0.2.1, missing"},
          },
          by4);
}

TEST(Family, CannotHaveTwoDifferentAddresses)
{
    check(
        nic,
        {
            {"&myip=192.0.2.1,192.0.2.2", "400 dnserr found two different IPv4 addresses, expected one"},
            {"&myip=192.0.2.1&ipv4=192.0.2.2", "400 dnserr found two different IPv4 addresses, expected one"},
            {"&myip=0.0.0.0,192.0.2.2", "400 dnserr found two different IPv4 addresses, expected one"},
            {"&myip=2001:db8::1&ip6=2001:db8::2",
             "400 dnserr found two different IPv6 addresses, expected one"},
        },
        by4);
}

TEST(Family, IsKeptByPreserve)
{
    check(nic,
          {
              {"&myip=preserve", "keep, keep"},
              {"&ipv4=preserve", "keep, missing"},
              {"&ipv6=preserve&ipv4=192.0.2.1", "192.0.2.1, keep"},
              {"&ip6lanprefix=preserve&ipv4=192.0.2.1", "192.0.2.1, missing, keep"},
          },
          by4);
}

// Clients send 0.0.0.0 and :: to say that there is no address.
TEST(Family, IsRemovedByAnEmptyValueAndByTheUnspecifiedAddress)
{
    check(nic,
          {
              {"&ipv4=", "remove, missing"},
              {"&myipv4=", "remove, missing"},
              {"&ipv6=", "missing, remove"},
              {"&myipv6=", "missing, remove"},
              {"&myip6=", "missing, remove"},
              {"&ip6=", "missing, remove"},
              {"&ipv4=0.0.0.0", "remove, missing"},
              {"&myip=0.0.0.0,::", "remove, remove"},
              {"&ipv6=::", "missing, remove"},
              {"&ipv6=::/128", "missing, remove"},
          },
          by4);
    check(duck, {{"&ip=192.0.2.1&ipv6=", "192.0.2.1, missing"}, {"&ipv6=", "198.51.100.7 (own), missing"}},
          by4);
    check(duck, {{"&clear=true", "remove, remove"}, {"&clear=true&ip=192.0.2.1", "remove, remove"}}, by4);
}

TEST(Family, IsTheClientsOwnAddressIfTheRequestSaysNothing)
{
    for (const std::string& start : {nic, duck}) {
        check(start, {{"", "198.51.100.7 (own), missing"}, {"&ip=", "198.51.100.7 (own), missing"}}, by4);
        check(start, {{"", "missing, 2001:db8:7::7 (own)"}, {"&ip=", "missing, 2001:db8:7::7 (own)"}}, by6);
    }
    check(nic,
          {
              {"&myip=", "198.51.100.7 (own), missing"},
              {"&myip=auto", "198.51.100.7 (own), missing"},
              {"&myip=&ipv6=2001:db8::1", "198.51.100.7 (own), 2001:db8::1"},
              {"&myip=auto,2001:db8::1", "198.51.100.7 (own), 2001:db8::1"},
              {"&ipv4=auto&ipv6=", "198.51.100.7 (own), remove"},
              {"&myip=&ipv4=192.0.2.1", "192.0.2.1, missing"},
              {"&myip=&ipv4=", "remove, missing"},
              {"&myip=&ipv4=preserve", "keep, missing"},
              {"&myip=&ipv4=0.0.0.0", "remove, missing"},
              {"&ipv6=2001:db8::1", "missing, 2001:db8::1"},
              {"&ip6lanprefix=2001:db8:1::/56", "missing, missing, 2001:db8:1::/56"},
          },
          by4);
    check(nic, {{"&myip=", "missing, 2001:db8:7::7 (own)"}}, by6);
    check(api_path, {{"", "missing, missing"}}, by4);
}

TEST(Family, IsKeptByAutoIfTheClientCameByTheOtherOne)
{
    check(api_path,
          {
              {"&ipv4=auto&ipv6=auto", "keep, 2001:db8:7::7 (own)"},
              {"&ipv4=auto&ipv6=2001:db8::1", "keep, 2001:db8::1"},
              {"&ipv4=auto&ipv6=", "keep, remove"},
              {"&ipv4=auto&ip6prefix=auto", "keep, missing, 2001:db8:7::/64 (own)"},
              {"&ipv4=auto",
               "400 found auto as IPv4 address, but the request came over IPv6: send the address"},
              {"&ipv4=auto&ipv6=preserve",
               "400 found auto as IPv4 address, but the request came over IPv6: send the address"},
          },
          by6);
    check(api_path,
          {
              {"&ipv4=auto&ipv6=auto", "198.51.100.7 (own), keep"},
              {"&ipv6=auto",
               "400 found auto as IPv6 address, but the request came over IPv4: send the address"},
          },
          by4);
}

TEST(Family, HasNoOwnAddressThatOthersCannotReachOrThatIsUnknown)
{
    const std::string unreachable =
        ", which other hosts cannot reach: send an address, or let the server trust "
        "your proxy (trusted_proxy=)";
    check(nic, {{"&myip=", "400 dnserr your own address is 127.0.0.1" + unreachable}},
          client_at("127.0.0.1"));
    check(nic, {{"", "400 dnserr your own address is ::1" + unreachable}}, client_at("::1"));
    check(nic, {{"", "400 dnserr your own address is fe80::1" + unreachable}}, client_at("fe80::1"));
    check(nic, {{"&myip=192.0.2.1", "192.0.2.1, missing"}}, client_at("127.0.0.1"));
    check(api_path, {{"&ip6prefix=auto", "400 your own address is ::1" + unreachable}}, client_at("::1"));
    const std::string unknown =
        "your own address is unknown, because the proxy does not send it: send an address";
    check(nic,
          {
              {"", "400 dnserr " + unknown},
              {"&myip=&ipv6=2001:db8::1", "400 dnserr " + unknown},
              {"&ip6prefix=auto", "400 dnserr " + unknown},
              {"&myip=&ipv4=192.0.2.1&ipv6=2001:db8::1", "192.0.2.1, 2001:db8::1"},
          },
          by_unknown);
}

TEST(Family, MayHaveAPrefixLengthIfItIsIPv6)
{
    check(
        api_path,
        {
            {"&ipv6=2001:db8:1:2::3/56", "missing, 2001:db8:1:2::3, 2001:db8:1::/56"},
            {"&ipv6=2001:db8:1:2::3/128", "missing, 2001:db8:1:2::3"},
            {"&ipv6=2001:db8:1:2::/64", "missing, missing, 2001:db8:1:2::/64"},
            {"&ipv6=2001:db8::1/16", "missing, 2001:db8::1, 2001::/16"},
            {"&ipv6=2001:db8::3/127", "missing, 2001:db8::3, 2001:db8::2/127"},
            {"&ipv6=2001:db8::/128", "missing, 2001:db8::"},
            {"&ipv6=2001:db8::1/15",
             "400 found 2001:db8::1/15, expected a prefix length from 16 to 127 bits"},
            {"&ipv6=2001:db8::1/129",
             "400 found 2001:db8::1/129, expected a prefix length from 16 to 127 bits"},
            {"&ipv6=2001:db8::1/0", "400 found 2001:db8::1/0, expected a prefix length from 16 to 127 bits"},
            {"&ipv6=2001:db8::1/", "400 bad ipv6 address"},
            {"&ipv6=2001:db8::1/-1", "400 bad ipv6 address"},
            {"&ipv4=192.0.2.1/24",
             "400 found 192.0.2.1/24, expected an IPv4 address without a prefix length"},
        },
        by4);
    check(nic,
          {
              {"&myip=2001:db8:1:2::3/56,192.0.2.1", "192.0.2.1, 2001:db8:1:2::3, 2001:db8:1::/56"},
              {"&myip=192.0.2.1/32",
               "400 dnserr found 192.0.2.1/32, expected an IPv4 address without a prefix length"},
          },
          by4);
}

TEST(Prefix, IsReadFromItsThreeParameters)
{
    check(api_path,
          {
              {"&ip6lanprefix=2001:db8:1::/56", "missing, missing, 2001:db8:1::/56"},
              {"&ipv6prefix=2001:db8:1::/56", "missing, missing, 2001:db8:1::/56"},
              {"&ip6prefix=2001:db8:1::/56", "missing, missing, 2001:db8:1::/56"},
              {"&ip6prefix=2001:db8:1:2::", "missing, missing, 2001:db8:1:2::/64"},
              {"&ip6prefix=2001:db8:1:2:3::4/60", "missing, missing, 2001:db8:1::/60"},
              {"&ip6prefix=2001:db8:1:2:3::4", "missing, missing, 2001:db8:1:2::/64"},
              {"&ip6prefix=", "missing, missing, remove"},
              {"&ip6prefix=::", "missing, missing, remove"},
              {"&ip6prefix=2001:db8:1::/48&ipv6prefix=2001:db8:1::/48", "missing, missing, 2001:db8:1::/48"},
              {"&ip6prefix=2001:db8:1::/48&ipv6=2001:db8:9::1", "missing, 2001:db8:9::1, 2001:db8:1::/48"},
              {"&ip6prefix=2001:db8:1::/48&ipv6prefix=2001:db8:1::/56",
               "400 found two different IPv6 prefixes, expected one"},
              {"&ip6prefix=2001:db8:1::/48&ipv6=2001:db8:9::1/64",
               "400 found two different IPv6 prefixes, expected one"},
              {"&ip6prefix=auto",
               "400 found auto as IPv6 prefix, but the request came over IPv4: send the prefix"},
              {"&ip6prefix=2001:db8::/15",
               "400 found 2001:db8::/15, expected a prefix length from 16 to 127 bits"},
              {"&ip6prefix=2001:db8::/128",
               "400 found 2001:db8::/128, expected a prefix length from 16 to 127 bits"},
              {"&ip6prefix=2001:db8::/129",
               "400 found 2001:db8::/129, expected a prefix length from 16 to 127 bits"},
              {"&ip6prefix=fe80::/64",
               "400 found fe80::/64, an address that no host can have: send another one"},
              {"&ip6prefix=ff02::/64",
               "400 found ff02::/64, an address that no host can have: send another one"},
              {"&ip6prefix=::/64", "400 found ::/64, an address that no host can have: send another one"},
              {"&ip6prefix=192.0.2.0/24",
               "400 found 192.0.2.0/24, expected an IPv6 prefix such as 2001:db8:1:2::/64"},
              {"&ip6prefix=x", "400 found (not shown), expected an IPv6 prefix such as 2001:db8:1:2::/64"},
          },
          by4);
    check(api_path,
          {
              {"&ip6prefix=auto", "missing, missing, 2001:db8:7::/64 (own)"},
              {"&ip6prefix=auto&ipv6=::5", "missing, 2001:db8:7::5 (own), 2001:db8:7::/64 (own)"},
          },
          by6);
}

// A router's owner writes the suffix behind the placeholder of the prefix.
TEST(Prefix, WithASuffixGluedToItSaysWhereTheSuffixBelongs)
{
    const std::string rest = ": leave the suffix out; give the host suffix= in the server's configuration";
    check(api_path,
          {
              {"&ip6lanprefix=2001:db8:1::/64::1:2", "400 found 2001:db8:1::/64::1:2" + rest},
              {"&ipv6=2001:db8:1::/641234:5", "400 found 2001:db8:1::/641234:5" + rest},
          },
          by4);
    check(nic, {{"&myip=2001:db8:1::/64::1", "400 dnserr found 2001:db8:1::/64::1" + rest}}, by4);
}

TEST(Identifier, GetsThePrefixOfTheRequest)
{
    check(api_path,
          {
              {"&ipv6=::1:2:3:4&ip6prefix=2001:db8:1:2::/64",
               "missing, 2001:db8:1:2:1:2:3:4, 2001:db8:1:2::/64"},
              {"&ipv6=::1&ip6prefix=2001:db8:1:2::/64", "missing, 2001:db8:1:2::1, 2001:db8:1:2::/64"},
              {"&ipv6=0:0:0:5::1&ip6prefix=2001:db8:1::/56", "missing, 2001:db8:1:5::1, 2001:db8:1::/56"},
              {"&ipv6=::&ip6prefix=2001:db8:1::/56", "missing, remove, 2001:db8:1::/56"},
              {"&ipv6=::1:2:3:4",
               "400 found ::1:2:3:4, an interface identifier without a prefix: send the prefix "
               "as well, or the whole address"},
          },
          by4);
}

// Routers send their link-local address there.
TEST(Address, ThatNoHostCanHaveIsMissingBesideAPrefix)
{
    for (const std::string six : {"fe80::1", "ff02::1", "0:0:0:5::1", "64:ff9b::1", "::ffff:192.0.2.1"}) {
        check(api_path, {{"&ip6prefix=2001:db8:1::/64&ipv6=" + six, "missing, missing, 2001:db8:1::/64"}},
              by4);
    }
    check(nic,
          {
              {"&ip6prefix=2001:db8:1::/56&myip=192.0.2.1,fe80::1", "192.0.2.1, missing, 2001:db8:1::/56"},
              {"&ip6prefix=&myip=fe80::1",
               "400 dnserr found fe80::1, an address that no host can have: send another one"},
          },
          by6);
}

TEST(Address, ThatNoHostCanHaveIsRefused)
{
    for (const std::string four : {"0.0.0.1", "0.255.255.255", "127.0.0.1", "169.254.1.1", "224.0.0.1",
                                   "239.255.255.255", "240.0.0.1", "255.255.255.255"}) {
        check(nic,
              {{"&myip=" + four, "400 dnserr found " + four +
                                     ", an address that no host can have: send "
                                     "another one"}},
              by4);
    }
    for (const std::string six : {"::1", "fe80::1", "febf::1", "ff02::1"}) {
        check(api_path,
              {{"&ipv6=" + six, "400 found " + six +
                                    ", an address that no host can have: send another "
                                    "one"}},
              by4);
    }
    check(
        api_path,
        {
            {"&ipv6=::ffff:192.0.2.1",
             "400 found ::ffff:192.0.2.1, an address that no host can have: send another one"},
            {"&ipv4=192.0.2.8%25eth0", "400 bad ipv4 address"},
            {"&ipv6=64:ff9b::1", "400 found 64:ff9b::1, an address that no host can have: send another one"},
            {"&ipv6=0:0:0:5::1", "400 found 0:0:0:5::1, an address that no host can have: send another one"},
            {"&ipv6=fe80::1%25eth0",
             "400 found a zone index, expected an address without one that other hosts can reach"},
        },
        by4);
    check(nic, {{"&myip=192.0.2.8%25x", "400 dnserr found (not shown), expected an IPv4 or IPv6 address"}},
          by4);
    // the keeper decides on private ones; those of documentation are like others
    check(nic,
          {{"&myip=10.0.0.1,fd00::1", "10.0.0.1, fd00::1"}, {"&myip=203.0.113.1", "203.0.113.1, missing"}},
          by4);
}

TEST(Address, ThatIsNoneIsRefused)
{
    check(nic,
          {
              {"&myip=x", "400 dnserr found (not shown), expected an IPv4 or IPv6 address"},
              {"&myip=192.0.2.1+2001:db8::1",
               "400 dnserr found 192.0.2.1 2001:db8::1, expected an IPv4 or IPv6 address"},
              {"&ipv4=2001:db8::1", "400 dnserr found 2001:db8::1, expected an IPv4 address"},
              {"&ipv6=192.0.2.1", "400 dnserr found 192.0.2.1, expected an IPv6 address"},
              {"&ipv4=x&ipv6=y", "400 dnserr found (not shown), expected an IPv4 address"},
          },
          by4);
    check(duck, {{"&ip=x", "400 KO\nfound (not shown), expected an IPv4 or IPv6 address"}}, by4);
}

const std::string challenge(43, 'A');

TEST(Challenge, TouchesNothingElseUnlessAnAddressOrAPrefixIsNamed)
{
    for (const std::string& start : {api_path, duck}) {
        for (const std::string rest : {"", "&ip=", "&ipv6=", "&ipv6=preserve"}) {
            if (start == duck || rest != "&ip=") { // another name of an address is refused by the api
                check(start, {{"&txt=" + challenge + rest, "keep, keep, keep"}}, by4);
            }
        }
        check(start, {{"&ipv6=2001:db8::1&txt=" + challenge, "missing, 2001:db8::1"}}, by4);
    }
    check(duck, {{"&ip=auto&txt=" + challenge, "198.51.100.7 (own), missing"}}, by4);
    check(api_path, {{"&ip6prefix=2001:db8::/56&txt=" + challenge, "missing, missing, 2001:db8::/56"}}, by4);
}

TEST(Challenge, IsSetRemovedOrCleared)
{
    for (const std::string& start : {api_path, duck}) {
        const ipc::Propose set = proposal(get(start + "&txt=" + challenge));
        EXPECT_EQ(set.txt, ipc::TxtChange::set);
        EXPECT_EQ(base::as_text(set.value), challenge);
        EXPECT_EQ(proposal(get(start + "&clear=false&txt=" + challenge)).txt, ipc::TxtChange::set);
        const ipc::Propose removed = proposal(get(start + "&clear=true&txt=" + challenge));
        EXPECT_EQ(removed.txt, ipc::TxtChange::remove);
        EXPECT_EQ(base::as_text(removed.value), challenge);
        EXPECT_EQ(proposal(get(start + "&txt=")).txt, ipc::TxtChange::clear);
        EXPECT_EQ(changes_of(get(start + "&txt=&clear=true")), "keep, keep, keep");
        EXPECT_EQ(proposal(get(start + "&txt=&clear=true")).txt, ipc::TxtChange::clear);
        EXPECT_EQ(proposal(get(start + "&ip6prefix=2001:db8::/56")).txt, ipc::TxtChange::none);
    }
}

TEST(Challenge, HasA43CharactersOfBase64Url)
{
    const std::string why = "txt is no value of an ACME challenge: send 43 characters of base64url";
    for (const std::string& bad : {challenge + "A", challenge.substr(1), challenge.substr(1) + "="}) {
        EXPECT_EQ(reply_of(get(api_path + "&txt=" + bad)), "400 " + why);
        EXPECT_EQ(reply_of(get(duck + "&txt=" + bad)), "400 KO\n" + why);
    }
    EXPECT_EQ(changes_of(get(duck + "&txt=-_" + challenge.substr(2))), "keep, keep, keep");
}

} // namespace
} // namespace http
