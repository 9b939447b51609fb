#include "proto/base/pattern.h"

#include <gtest/gtest.h>
#include <string>

namespace
{

TEST(Pattern, MatchesAnyTextInPlaceOfAStar)
{
    EXPECT_TRUE(base::matches("home", "home"));
    EXPECT_TRUE(base::matches("HOME", "home"));
    EXPECT_TRUE(base::matches("h*e", "home"));
    EXPECT_TRUE(base::matches("h*e", "he"));
    EXPECT_TRUE(base::matches("*o*", "home"));
    EXPECT_TRUE(base::matches("*.lan.*", "a.lan.b.lan.c"));
    EXPECT_TRUE(base::matches("*ab", "aab"));
    EXPECT_TRUE(base::matches("**", ""));
    EXPECT_TRUE(base::matches("", ""));
}

TEST(Pattern, MatchesTheWholeText)
{
    EXPECT_FALSE(base::matches("home", "homes"));
    EXPECT_FALSE(base::matches("home", "hom"));
    EXPECT_FALSE(base::matches("h*m", "home"));
    EXPECT_FALSE(base::matches("", "home"));
    EXPECT_FALSE(base::matches("*x*", "home"));
}

// A pattern for which a matcher that goes back to each star would need exponential time.
TEST(Pattern, TakesNoLongForManyStars)
{
    std::string pattern;
    for (int i = 0; i < 500; ++i) {
        pattern += "a*";
    }
    EXPECT_FALSE(base::matches(pattern + "b", std::string(1000, 'a')));
}

} // namespace
