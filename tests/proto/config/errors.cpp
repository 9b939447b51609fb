#include "proto/config/errors.h"

#include <gtest/gtest.h>

#include "tests/proto/config/texts.h"

namespace
{

using config::Errors;

TEST(Errors, AreInTheOrderOfTheFile)
{
    Errors errors;
    errors.add({2, 5}, {"c"});
    errors.add({3, 1}, {"e"});
    errors.add({2, 1}, {"b"});
    errors.add({2, 5}, {"d"});
    errors.add({1, 9}, {"a"});
    EXPECT_EQ(config_test::list(std::move(errors).take()), "1:9 a\n2:1 b\n2:5 c\n2:5 d\n3:1 e\n");
}

TEST(Errors, AreListedUpToALimit)
{
    Errors errors;
    for (unsigned line = 1; line <= Errors::max_listed; ++line) {
        errors.add({line, 1}, {"x"});
    }
    EXPECT_FALSE(errors.full());
    errors.add({500, 2}, {"first that is not listed"});
    EXPECT_TRUE(errors.full());
    errors.add({600, 3}, {"second"});
    const auto listed = std::move(errors).take();
    ASSERT_EQ(listed.size(), Errors::max_listed + 1);
    EXPECT_EQ(listed.back().at.line, 500U);
    EXPECT_EQ(listed.back().at.column, 2U);
}

TEST(Errors, EndWithALineThatThereAreMore)
{
    Errors errors;
    for (unsigned line = 1; line <= Errors::max_listed; ++line) {
        errors.add({line + 10, 1}, {"x"});
    }
    errors.add({1, 1}, {"found last, but first in the file"});
    const auto listed = std::move(errors).take();
    EXPECT_EQ(listed.back().at.line, Errors::max_listed + 10);
}

TEST(Shown, IsQuotedAndEscapedUnlessItIsOneSimpleWord)
{
    EXPECT_EQ(config::shown(""), "nothing");
    EXPECT_EQ(config::shown("2001:db8::1"), "2001:db8::1");
    EXPECT_EQ(config::shown("a b"), "\"a b\"");
    EXPECT_EQ(config::shown("\x1B[2J"), "\"\\x1b[2J\"");
    EXPECT_EQ(config::shown(std::string(60, 'x')), std::string(60, 'x'));
    EXPECT_EQ(config::shown(std::string(65536, 'x')), std::string(60, 'x') + "...");
}

} // namespace
