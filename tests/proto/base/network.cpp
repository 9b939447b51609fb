#include "proto/base/network.h"

#include <gtest/gtest.h>

namespace
{

base::Network network(const char* text)
{
    return base::parse_network(text).value();
}

base::Address address(const char* text)
{
    return base::parse_address(text).value();
}

base::Address6 six(const char* text)
{
    return base::parse_address6(text).value();
}

TEST(Network, ReadsAnAddressWithOrWithoutALength)
{
    EXPECT_EQ(base::to_text(network("192.0.2.0/24")), "192.0.2.0/24");
    EXPECT_EQ(base::to_text(network("192.0.2.1")), "192.0.2.1");
    EXPECT_EQ(base::to_text(network("192.0.2.1/32")), "192.0.2.1");
    EXPECT_EQ(base::to_text(network("2001:db8::/33")), "2001:db8::/33");
    EXPECT_EQ(base::to_text(network("2001:db8::1")), "2001:db8::1");
    EXPECT_EQ(base::to_text(network("0.0.0.0/0")), "0.0.0.0/0");
    for (const char* text : {"", "/", "192.0.2.0/", "192.0.2.0/33", "192.0.2.1/24", "2001:db8::/129",
                             "192.0.2.0/-1", "2001:db8:0:0:8000::/64", "192.0.2.0/24/", "home/24"}) {
        EXPECT_FALSE(base::parse_network(text)) << text;
    }
}

TEST(Network, ContainsTheAddressesWithItsBits)
{
    EXPECT_TRUE(contains(network("192.0.2.128/25"), address("192.0.2.129")));
    EXPECT_FALSE(contains(network("192.0.2.128/25"), address("192.0.2.127")));
    EXPECT_TRUE(contains(network("2001:db8::/33"), address("2001:db8:7fff::1")));
    EXPECT_FALSE(contains(network("2001:db8::/33"), address("2001:db8:8000::1")));
    EXPECT_TRUE(contains(network("2001:db8::1"), address("2001:db8::1")));
    EXPECT_FALSE(contains(network("2001:db8::1"), address("2001:db8::2")));
    EXPECT_FALSE(contains(network("0.0.0.0/0"), address("2001:db8::1")));
    EXPECT_FALSE(contains(network("::/0"), address("192.0.2.1")));
}

TEST(Prefix6, ReplacesTheFirstBitsAndKeepsTheSuffix)
{
    const base::Prefix6 prefix = base::prefix_of(six("2001:db8:aa:ffff:1:2:3:4"), 56);
    EXPECT_EQ(base::to_text(prefix), "2001:db8:aa:ff00::/56");
    EXPECT_EQ(base::to_text(base::with_suffix(prefix, six("fe80::5:1:2:3:4"))), "2001:db8:aa:ff05:1:2:3:4");
    EXPECT_EQ(base::to_text(base::prefix_of(six("2001:db8::1"), 128)), "2001:db8::1/128");
    EXPECT_EQ(base::to_text(base::prefix_of(six("ffff::"), 3)), "e000::/3");
    EXPECT_EQ(base::to_text(base::with_suffix({six("ffff::"), 3}, six("1fff::1"))), "ffff::1");
}

} // namespace
