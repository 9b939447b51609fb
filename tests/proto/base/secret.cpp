#include "proto/base/secret.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <new>

namespace
{

using base::Token;

// Inspects the token's storage, which outlives it.
TEST(Token, WipesItsBytesWhenItIsDestroyed)
{
    alignas(Token) std::array<std::uint8_t, sizeof(Token)> storage{};
    auto* token = new (storage.data()) Token{*Token::from("hunter2")};
    ASSERT_NE(std::search(storage.begin(), storage.end(), token->bytes().begin(), token->bytes().end()),
              storage.end());
    token->~Token();
    const std::string_view secret = "unter";
    EXPECT_EQ(std::search(storage.begin(), storage.end(), secret.begin(), secret.end()), storage.end());
}

TEST(Token, HoldsOneTo255Bytes)
{
    EXPECT_FALSE(Token::from(""));
    EXPECT_TRUE(Token::from(std::string(255, 'x')));
    EXPECT_FALSE(Token::from(std::string(256, 'x')));
    EXPECT_EQ(base::as_text(Token::from({"a\0b", 3})->bytes()), std::string_view("a\0b", 3));
    EXPECT_TRUE(Token{}.empty());
}

TEST(Wipe, OverwritesTheWholeAllocationOfAString)
{
    std::string text(100, 's');
    const char* memory = text.data();
    text.resize(50);
    base::wipe(text);
    EXPECT_TRUE(text.empty());
    EXPECT_THAT(std::string_view(memory, 50), testing::Each('\0'));
}

TEST(Wipe, OverwritesBytes)
{
    std::array<std::uint8_t, 4> bytes{1, 2, 3, 4};
    base::wipe(base::MutableBytes{bytes}.first(3));
    EXPECT_THAT(bytes, testing::ElementsAre(0, 0, 0, 4));
}

// A connection that sent nothing has no memory to wipe. The sanitizer build would report the null pointer.
TEST(Wipe, AcceptsAnEmptySpan)
{
    base::wipe(base::MutableBytes{});
}

TEST(CompactToken, HasTheBytesOfItsTokenAndIsEmptyByDefault)
{
    const base::CompactToken token{*base::Token::from("geheim")};
    const base::CompactToken copy = token;
    EXPECT_EQ(base::as_text(copy.bytes()), "geheim");
    EXPECT_FALSE(copy.empty());
    EXPECT_TRUE(base::CompactToken{}.empty());
}

} // namespace
