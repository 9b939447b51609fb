#include "proto/config/predecessor_state.h"

#include <gtest/gtest.h>

#include "tests/proto/config/texts.h"

namespace
{

config::SavedState parse(std::string_view text)
{
    return config::parse_predecessor_state(text, *dns::Name::from_text("Dyn.Example.org"));
}

std::string errors_of(std::string_view text)
{
    return config_test::list(parse(text).errors);
}

TEST(PredecessorState, IsRead)
{
    const auto [hosts, errors] =
        parse("[@.home]\nexpire=1700000000\na=192.0.2.1\na=192.0.2.2\naaaa=2001:db8::1\n"
              "aaaa=2001:db8::2\n[@.Office]\nexpire=1800000000\naaaa=::1\n[@.bare]\nexpire=0\n");
    ASSERT_EQ(config_test::list(errors), "");
    ASSERT_EQ(hosts.size(), 3U);
    EXPECT_EQ(hosts[0].name.to_text(), "home.dyn.example.org.");
    EXPECT_EQ(hosts[0].expires.time_since_epoch().count(), 1700000000);
    ASSERT_TRUE(hosts[0].a && hosts[0].aaaa);
    EXPECT_EQ(to_text(*hosts[0].a), "192.0.2.1");
    EXPECT_EQ(to_text(*hosts[0].aaaa), "2001:db8::1");
    EXPECT_EQ(hosts[1].name.to_text(), "office.dyn.example.org.");
    EXPECT_FALSE(hosts[1].a);
    EXPECT_TRUE(hosts[1].aaaa);
    EXPECT_FALSE(hosts[2].a || hosts[2].aaaa);
}

TEST(PredecessorState, MayBeEmpty)
{
    EXPECT_EQ(parse("").hosts.size() + parse("").errors.size(), 0U);
    EXPECT_EQ(errors_of("# nothing\n\n"), "");
}

// Duplicate sections in the predecessor's config made duplicate sections in its state.
TEST(PredecessorState, UsesTheLastOfTwoSectionsOfAHost)
{
    const auto [hosts, errors] = parse("[@.h]\nexpire=1\na=192.0.2.1\n[@.H]\nexpire=2\n");
    ASSERT_EQ(config_test::list(errors), "");
    ASSERT_EQ(hosts.size(), 1U);
    EXPECT_EQ(hosts[0].expires.time_since_epoch().count(), 2);
    EXPECT_FALSE(hosts[0].a);
}

TEST(PredecessorState, RefusesFilesThatThePredecessorCouldNotWrite)
{
    EXPECT_EQ(errors_of("expire=1\n"), "1:1 found a key before the first section, expected [@.host]\n");
    EXPECT_EQ(errors_of("[@h]\nexpire=1\n"), "1:1 found @h, expected a section [@.host]\n");
    EXPECT_EQ(errors_of("[server]\nexpire=1\n"), "1:1 found server, expected a section [@.host]\n");
    EXPECT_EQ(errors_of("[@.]\nexpire=1\n"), "1:1 found @., expected the name of a host after \"@.\"\n");
    EXPECT_EQ(errors_of("[@.a*]\nexpire=1\n"),
              "1:1 found \"@.a*\", expected the name of a host after \"@.\"\n");
    EXPECT_EQ(errors_of("[@.h]\nexpire=1\ntoken=x\n"),
              "3:1 found unknown key token, expected expire, a or aaaa\n");
    EXPECT_EQ(
        errors_of("[@.h]\nexpire=1\na=::1\naaaa=1.2.3.4\n"),
        "3:3 a: found ::1, expected an IPv4 address\n4:6 aaaa: found 1.2.3.4, expected an IPv6 address\n");
    EXPECT_EQ(errors_of("[@.h]\nexpire=1h\n"),
              "2:8 expire: found 1h, expected a Unix time from 0 to 253402300799\n");
    EXPECT_EQ(errors_of("[@.h]\nexpire=253402300800\n"),
              "2:8 expire: found 253402300800, expected a Unix time from 0 to 253402300799\n");
    EXPECT_EQ(errors_of("[@.h]\nexpire=253402300799\n"), "");
    EXPECT_EQ(errors_of("[@.g]\nexpire=1\n[@.h]\n[@.i]\nexpire=1\n[@.j]\na=192.0.2.1\n"),
              "3:1 found a section without expire=, expected expire= and a Unix time\n"
              "6:1 found a section without expire=, expected expire= and a Unix time\n");
    EXPECT_EQ(errors_of("[@.h\n"), "1:1 found a section without \"]\", expected [section]\n");
}

// The predecessor overwrote the file in place: a file that ends in the middle of a line is incomplete, and
// the address in its last line may be too.
TEST(PredecessorState, RefusesAnIncompleteFile)
{
    EXPECT_EQ(errors_of("[@.h]\nexpire=1\na=192.0.2.1"),
              "3:12 found an incomplete last line, expected a newline at its end\n");
}

TEST(PredecessorState, LimitsTheNumberOfErrors)
{
    std::string text = "[@.h]\nexpire=1\n";
    for (int i = 0; i < 1000; ++i) {
        text += "x=1\n";
    }
    EXPECT_EQ(parse(text).errors.size(), 101U);
}

} // namespace
