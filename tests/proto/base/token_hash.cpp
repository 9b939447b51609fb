#include "proto/base/token_hash.h"

#include <gtest/gtest.h>

#include "proto/base/base64.h"

namespace
{

using namespace base;

std::string url(std::string_view bytes)
{
    return to_base64(as_bytes(bytes), Base64::url_safe);
}

// RFC 4648 section 10
TEST(Base64, MatchesTheVectorsOfTheRfcWithoutPadding)
{
    const std::array<std::pair<std::string_view, std::string_view>, 7> vectors{{{"", ""},
                                                                                {"f", "Zg"},
                                                                                {"fo", "Zm8"},
                                                                                {"foo", "Zm9v"},
                                                                                {"foob", "Zm9vYg"},
                                                                                {"fooba", "Zm9vYmE"},
                                                                                {"foobar", "Zm9vYmFy"}}};
    for (const auto& [bytes, text] : vectors) {
        EXPECT_EQ(to_base64(as_bytes(bytes), Base64::standard), text);
        EXPECT_EQ(url(bytes), text);
        std::string room(bytes.size(), '?');
        EXPECT_TRUE(read_base64(text, {reinterpret_cast<std::uint8_t*>(room.data()), room.size()}));
        EXPECT_EQ(room, bytes);
    }
}

// RFC 4648 sections 4 and 5
TEST(Base64, HasTwoAlphabetsThatDifferInTwoDigits)
{
    EXPECT_EQ(to_base64(as_bytes("\xFB\xFF\xFE"), Base64::standard), "+//+");
    EXPECT_EQ(url("\xFB\xFF\xFE"), "-__-");
}

TEST(Base64, RefusesAnotherLengthADigitOfAnotherAlphabetAndUnusedBits)
{
    std::array<std::uint8_t, 2> room{};
    EXPECT_TRUE(read_base64("AAA", room));
    for (const std::string_view text : {"AA", "AAAA", "AAA=", "AA-", "AA_", "AA ", "AAB", "AAC", ""}) {
        EXPECT_FALSE(read_base64(text, room)) << text;
    }
}

constexpr std::string_view counting =
    "{SSHA256}AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v";

TEST(TokenHash, IsTheDigestFollowedByTheSalt)
{
    TokenHash hash;
    for (std::size_t i = 0; i < 48; ++i) {
        (i < 32 ? hash.digest[i] : hash.salt[i - 32]) = static_cast<std::uint8_t>(i);
    }
    EXPECT_EQ(to_text(hash), counting);
    EXPECT_EQ(counting.size(), TokenHash::text_bytes);
    EXPECT_EQ(parse_token_hash(counting), hash);
}

TEST(TokenHash, RefusesAnotherSchemeOrLength)
{
    const std::string good{counting};
    EXPECT_FALSE(parse_token_hash(""));
    EXPECT_FALSE(parse_token_hash("{SSHA256}"));
    EXPECT_FALSE(parse_token_hash(good + "="));
    EXPECT_FALSE(parse_token_hash(good.substr(0, good.size() - 1)));
    EXPECT_FALSE(parse_token_hash("{ssha256}" + good.substr(9)));
    EXPECT_FALSE(parse_token_hash("{SSHA512}" + good.substr(9)));
    EXPECT_FALSE(parse_token_hash(good.substr(0, 40) + '*' + good.substr(41)));
}

} // namespace
