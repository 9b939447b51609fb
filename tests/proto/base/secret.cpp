#include "proto/base/secret.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <new>

namespace
{

using base::Token;

// Looks at memory that a token lay in; the storage outlives it.
TEST(Token, WipesItselfWhenItGoes)
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

TEST(Wipe, OverwritesAllThatAStringEverHeld)
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

// A connection that never said anything has no memory to wipe; the sanitizers' build sees the null pointer.
TEST(Wipe, TakesWhatHasNoMemory)
{
    base::wipe(base::MutableBytes{});
}

TEST(KeptToken, HasTheBytesOfItsTokenAndIsEmptyWithoutOne)
{
    const base::KeptToken kept{*base::Token::from("geheim")};
    const base::KeptToken copy = kept;
    EXPECT_EQ(base::as_text(copy.bytes()), "geheim");
    EXPECT_FALSE(copy.empty());
    EXPECT_TRUE(base::KeptToken{}.empty());
}

} // namespace
