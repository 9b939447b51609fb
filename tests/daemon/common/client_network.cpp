#include "daemon/common/client_network.h"

#include <gtest/gtest.h>
#include <string_view>

namespace
{

base::Address address_of(std::string_view text)
{
    return *base::parse_address(text);
}

bool is_same_client(std::string_view left, std::string_view right)
{
    return common::exact_client(address_of(left)) == common::exact_client(address_of(right));
}

TEST(ClientNetwork, IsA24OfIPv4OrA56OfIPv6)
{
    EXPECT_EQ(common::to_text(common::network_of(address_of("192.0.2.77"))), "192.0.2.0/24");
    EXPECT_EQ(common::to_text(common::network_of(address_of("2001:db8:1:2345:6::7"))),
              "2001:db8:1:2300::/56");
}

TEST(Loopback, HasTheAddressesOfThisMachine)
{
    for (const char* address : {"127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1"}) {
        EXPECT_TRUE(common::is_loopback(address_of(address))) << address;
    }
    for (const char* address :
         {"128.0.0.1", "126.0.0.1", "::2", "1::1", "0:0:1::1", "::", "64:ff9b::7f00:1", "2002:7f00:1::1"}) {
        EXPECT_FALSE(common::is_loopback(address_of(address))) << address;
    }
}

// RFC 6052 section 2.1, RFC 3056 section 2
TEST(WithoutTranslation, IsTheIPv4AddressWithin)
{
    for (const char* address :
         {"64:ff9b::192.0.2.7", "2002:c000:207::1", "2002:c000:207:ffff::9", "::ffff:192.0.2.7"}) {
        EXPECT_EQ(common::without_translation(address_of(address)), address_of("192.0.2.7")) << address;
    }
    for (const char* address : {"64:ff9b:1::192.0.2.7", "64:ff9a::192.0.2.7", "2003:c000:207::1", "192.0.2.7",
                                "32.2.0.1", "0.100.255.155"}) {
        EXPECT_EQ(common::without_translation(address_of(address)), address_of(address)) << address;
    }
}

TEST(ExactClient, IsAnIPv4AddressOrA64OfIPv6)
{
    EXPECT_TRUE(is_same_client("192.0.2.7", "192.0.2.7"));
    EXPECT_FALSE(is_same_client("192.0.2.7", "192.0.2.8"));
    EXPECT_TRUE(is_same_client("2001:db8:0:1::1", "2001:db8:0:1:ffff::2"));
    EXPECT_FALSE(is_same_client("2001:db8:0:1::1", "2001:db8:0:2::1"));
    EXPECT_FALSE(is_same_client("4.0.2.7", "400:207::"));
}

TEST(ExactClient, CountsByTheIPv4AddressWithin)
{
    EXPECT_FALSE(is_same_client("64:ff9b::192.0.2.7", "64:ff9b::192.0.2.8"));
    EXPECT_TRUE(is_same_client("64:ff9b::192.0.2.7", "192.0.2.7"));
    EXPECT_TRUE(is_same_client("2002:c000:207:1::1", "2002:c000:207:2::1"));
    EXPECT_FALSE(is_same_client("2002:c000:207::1", "2002:c000:208::1"));
}

} // namespace
