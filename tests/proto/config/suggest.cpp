#include "proto/config/suggest.h"

#include <array>

#include <gtest/gtest.h>

namespace
{

constexpr std::array<std::string_view, 5> words{"rate_limit", "ttl", "port", "a", "timeout"};

TEST(Nearest, FindsAWordWithAFewWrongLetters)
{
    EXPECT_EQ(config::nearest("ratelimit", words), "rate_limit");
    EXPECT_EQ(config::nearest("rate_limits", words), "rate_limit");
    EXPECT_EQ(config::nearest("time-out", words), "timeout");
    EXPECT_EQ(config::nearest("prot", words), "port");
    EXPECT_EQ(config::nearest("TTL", words), "ttl");
    EXPECT_EQ(config::nearest("A", words), "a");
    EXPECT_EQ(config::nearest("tl", words), "ttl");
}

TEST(Nearest, PrefersTheSmallestDistance)
{
    constexpr std::array<std::string_view, 3> similar{"portal", "ports", "port"};
    EXPECT_EQ(config::nearest("porta", similar), "portal");
    EXPECT_EQ(config::nearest("por", similar), "port");
}

TEST(Nearest, FindsNothingIfNoWordIsSimilar)
{
    EXPECT_EQ(config::nearest("b", words), "");
    EXPECT_EQ(config::nearest("", words), "");
    EXPECT_EQ(config::nearest("zone", words), "");
    EXPECT_EQ(config::nearest(std::string(100000, 't'), words), "");
}

} // namespace
