#include "proto/base/address.h"

#include <gtest/gtest.h>

namespace
{

using base::Address;
using base::Address4;
using base::Address6;

TEST(Address, ReadsDottedDecimalAndNothingElse)
{
    EXPECT_EQ(base::parse_address4("192.0.2.255"), (Address4{{192, 0, 2, 255}}));
    for (const char* text : {"", "1.2.3", "1.2.3.4.5", "256.0.0.1", "1.2.3.4 ", " 1.2.3.4", "0x1.2.3.4",
                             "1.2.3.-4", "1..2.3", "1.2.3.4/24", "::1"}) {
        EXPECT_FALSE(base::parse_address4(text)) << text;
    }
    EXPECT_FALSE(base::parse_address4(std::string_view{"1.2.3.4\0", 8}));
}

// RFC 4291 section 2.2
TEST(Address, ReadsIPv6WithoutScopeBracketsOrLength)
{
    const Address6 expected{{0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
    EXPECT_EQ(base::parse_address6("2001:db8::1"), expected);
    EXPECT_EQ(base::parse_address6("2001:0DB8:0:0:0:0:0:1"), expected);
    for (const char* text : {"", ":", "2001:db8::1%eth0", "[2001:db8::1]", "2001:db8::1/64", "1::2::3",
                             "192.0.2.1", "2001:db8:0:0:0:0:0:0:1", "12345::"}) {
        EXPECT_FALSE(base::parse_address6(text)) << text;
    }
    EXPECT_FALSE(base::parse_address6(std::string(100, '1')));
    EXPECT_FALSE(base::parse_address6(std::string_view{"::1\0", 4}));
}

// RFC 5952 section 4
TEST(Address, WritesIPv6InItsShortForm)
{
    EXPECT_EQ(base::to_text(*base::parse_address6("2001:0DB8:0:0:0:0:0:1")), "2001:db8::1");
    EXPECT_EQ(base::to_text(*base::parse_address6("2001:db8:0:0:1:0:0:0")), "2001:db8:0:0:1::");
    EXPECT_EQ(base::to_text(*base::parse_address4("192.0.2.1")), "192.0.2.1");
}

// RFC 4291 section 2.5.5.2
TEST(Address, AnIPv4MappedAddressIsTheIPv4Address)
{
    const Address mapped{*base::parse_address6("::ffff:192.0.2.1")};
    EXPECT_TRUE(mapped.is4());
    EXPECT_EQ(mapped, Address{*base::parse_address4("192.0.2.1")});
    EXPECT_EQ(base::to_text(mapped), "192.0.2.1");
    EXPECT_EQ(mapped.as6(), *base::parse_address6("::ffff:192.0.2.1"));
    EXPECT_EQ(mapped.as4(), (Address4{{192, 0, 2, 1}}));
}

TEST(Address, FamiliesDifferEvenWithTheSameBytes)
{
    EXPECT_NE(*base::parse_address("1.0.0.0"), *base::parse_address("100::"));
    EXPECT_NE(*base::parse_address("192.0.2.1"),
              *base::parse_address("::192.0.2.1")); // "compatible" is not mapped
    EXPECT_FALSE(base::parse_address("host"));
    EXPECT_EQ(Address{}, *base::parse_address("0.0.0.0"));
}

TEST(Address, KeepsIPv6AsItIs)
{
    const auto six = *base::parse_address6("2001:db8::1");
    EXPECT_FALSE(Address{six}.is4());
    EXPECT_EQ(Address{six}.as6(), six);
    EXPECT_EQ(Address{six}.as4(), (Address4{{0x20, 1, 0x0D, 0xB8}}));
}

} // namespace
