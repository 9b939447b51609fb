#include "proto/base/address_kinds.h"

#include <gtest/gtest.h>

namespace
{

bool can_be(const char* text)
{
    const auto address = *base::parse_address(text);
    return address.is4() ? base::can_be_of_host(address.as4()) : base::can_be_of_host(address.as6());
}
bool is_private(const char* text)
{
    const auto address = *base::parse_address(text);
    return address.is4() ? base::is_private(address.as4()) : base::is_private(address.as6());
}

// the first and the last address of each range, and their neighbours
TEST(AddressKinds, TellWhichNoHostCanHave)
{
    for (const char* text :
         {"0.0.0.0", "0.255.255.255", "127.0.0.0", "127.255.255.255", "169.254.0.0", "169.254.255.255",
          "224.0.0.0", "239.255.255.255", "240.0.0.0", "255.255.255.255", "::", "::1", "::192.0.2.1",
          "ff:ffff::", "fe80::", "febf:ffff::1", "ff00::", "ffff::"}) {
        EXPECT_FALSE(can_be(text)) << text;
    }
    for (const char* text :
         {"1.0.0.0", "126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0", "223.255.255.255",
          "192.0.2.1", "10.0.0.1", "100::", "2001:db8::1", "fe7f:ffff::", "fec0::", "feff::", "fd00::1"}) {
        EXPECT_TRUE(can_be(text)) << text;
    }
    EXPECT_FALSE(base::can_be_of_host(*base::parse_address6("::ffff:192.0.2.1")));
}

TEST(AddressKinds, TellWhichArePrivate)
{
    for (const char* text : {"10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.0",
                             "192.168.255.255", "100.64.0.0", "100.127.255.255", "fc00::", "fdff::1"}) {
        EXPECT_TRUE(is_private(text)) << text;
    }
    for (const char* text : {"9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255",
                             "192.169.0.0", "100.63.255.255", "100.128.0.0", "fbff::", "fe00::"}) {
        EXPECT_FALSE(is_private(text)) << text;
    }
    EXPECT_TRUE(base::is_public(base::Address4{{203, 0, 113, 9}}));
    EXPECT_FALSE(base::is_public(base::Address4{{10, 0, 0, 1}}));
    EXPECT_FALSE(base::is_public(base::Address4{{127, 0, 0, 1}}));
}

TEST(AddressKinds, TellWhichAreUnspecified)
{
    EXPECT_TRUE(base::is_unspecified(base::Address4{}));
    EXPECT_TRUE(base::is_unspecified(base::Address6{}));
    EXPECT_FALSE(base::is_unspecified(base::Address4{{0, 0, 0, 1}}));
}

} // namespace
