#include "proto/config/faults.h"

#include <gtest/gtest.h>

#include "tests/proto/config/texts.h"

namespace
{

using config::Faults;

TEST(Faults, AreInTheOrderOfTheFile)
{
    Faults faults;
    faults.add({2, 5}, {"c"});
    faults.add({3, 1}, {"e"});
    faults.add({2, 1}, {"b"});
    faults.add({2, 5}, {"d"});
    faults.add({1, 9}, {"a"});
    EXPECT_EQ(config_test::list(std::move(faults).take()), "1:9 a\n2:1 b\n2:5 c\n2:5 d\n3:1 e\n");
}

TEST(Faults, AreListedUpToABound)
{
    Faults faults;
    for (unsigned line = 1; line <= Faults::max_listed; ++line) {
        faults.add({line, 1}, {"x"});
    }
    EXPECT_FALSE(faults.full());
    faults.add({500, 2}, {"first that is not listed"});
    EXPECT_TRUE(faults.full());
    faults.add({600, 3}, {"second"});
    const auto listed = std::move(faults).take();
    ASSERT_EQ(listed.size(), Faults::max_listed + 1);
    EXPECT_EQ(listed.back().at.line, 500U);
    EXPECT_EQ(listed.back().at.column, 2U);
}

TEST(Faults, EndWithTheOneThatThereAreMore)
{
    Faults faults;
    for (unsigned line = 1; line <= Faults::max_listed; ++line) {
        faults.add({line + 10, 1}, {"x"});
    }
    faults.add({1, 1}, {"found late, stands early"});
    const auto listed = std::move(faults).take();
    EXPECT_EQ(listed.back().at.line, Faults::max_listed + 10);
}

TEST(Shown, IsPlainWhereItIsOneHarmlessWord)
{
    EXPECT_EQ(config::shown(""), "nothing");
    EXPECT_EQ(config::shown("2001:db8::1"), "2001:db8::1");
    EXPECT_EQ(config::shown("a b"), "\"a b\"");
    EXPECT_EQ(config::shown("\x1B[2J"), "\"\\x1b[2J\"");
    EXPECT_EQ(config::shown(std::string(60, 'x')), std::string(60, 'x'));
    EXPECT_EQ(config::shown(std::string(65536, 'x')), std::string(60, 'x') + "...");
}

} // namespace
