#include "proto/base/text.h"

#include <gtest/gtest.h>
#include <limits>

#include "proto/base/time.h"

namespace
{

TEST(Text, FoldsAsciiLettersAndNothingElse)
{
    for (unsigned byte = 0; byte < 256; ++byte) {
        const bool upper = byte >= 'A' && byte <= 'Z'; // RFC 4343 section 3
        EXPECT_EQ(base::lower(static_cast<std::uint8_t>(byte)), upper ? byte + 32 : byte);
    }
    EXPECT_EQ(base::to_lower("AbZ@[\xC4"), "abz@[\xC4");
}

TEST(Text, ComparesWithoutCase)
{
    EXPECT_TRUE(base::equal_ignoring_case("Host", "hOST"));
    EXPECT_FALSE(base::equal_ignoring_case("Host", "Hosts"));
    EXPECT_FALSE(base::equal_ignoring_case("a@", "a`"));
}

TEST(Text, ReadsDecimalNumbersUpToTheMaximum)
{
    EXPECT_EQ(base::parse_decimal("0", 255), 0U);
    EXPECT_EQ(base::parse_decimal("255", 255), 255U);
    EXPECT_EQ(base::parse_decimal("0255", 255), 255U);
    EXPECT_EQ(base::parse_decimal("256", 255), std::nullopt);
    EXPECT_EQ(base::parse_decimal("18446744073709551615", UINT64_MAX), UINT64_MAX);
    EXPECT_EQ(base::parse_decimal("18446744073709551616", UINT64_MAX), std::nullopt);
    EXPECT_EQ(base::parse_decimal("99999999999999999999999", UINT64_MAX), std::nullopt);
}

TEST(Text, RefusesInvalidDecimalNumbers)
{
    for (const char* text : {"", "-1", "+1", " 1", "1 ", "1a", "0x1", "1.0"}) {
        EXPECT_EQ(base::parse_decimal(text, 1000), std::nullopt) << text;
    }
}

TEST(Text, ReadsAndWritesHexadecimalDigits)
{
    EXPECT_EQ(base::hex_digit('0'), 0);
    EXPECT_EQ(base::hex_digit('9'), 9);
    EXPECT_EQ(base::hex_digit('a'), 10);
    EXPECT_EQ(base::hex_digit('F'), 15);
    for (const char c : {'g', 'G', '/', ':', '@', '`', ' ', '\0'}) {
        EXPECT_EQ(base::hex_digit(c), -1);
    }
    const std::array<std::uint8_t, 3> bytes{0x00, 0xAF, 0x10};
    EXPECT_EQ(base::to_hex(bytes), "00af10");
}

// Untrusted data must not break a line of the log or send control sequences to a terminal.
TEST(Text, EscapesUnprintableBytes)
{
    EXPECT_EQ(base::escape("a\n\x1B[31m\\\xFF~ "), "a\\x0a\\x1b[31m\\x5c\\xff~ ");
    EXPECT_EQ(base::escape({"\0", 1}), "\\x00");
    EXPECT_EQ(base::escape("\x7F"), "\\x7f");
}

TEST(Text, CutsEscapedTextAtItsLimit)
{
    EXPECT_EQ(base::escape("abcdef", 6), "abcdef");
    EXPECT_EQ(base::escape("abcdefg", 6), "abcdef...");
    EXPECT_EQ(base::escape(std::string(10000, '\n')).size(), 203U);
}

TEST(Text, FillsAPatternWithTextsAndNumbers)
{
    EXPECT_EQ(base::filled("", {}), "");
    EXPECT_EQ(base::filled("{} {}{} {}/{}.",
                           {"a", std::string{"b"}, std::string_view{"c"}, 0, std::uint16_t{65535}}),
              "a bc 0/65535.");
    EXPECT_EQ(base::filled("{}", {std::numeric_limits<std::uint64_t>::max()}), "18446744073709551615");
}

// An empty view may have a null pointer; it must not be taken for a number.
TEST(Text, FillsAPatternWithEmptyPieces)
{
    EXPECT_EQ(base::filled("{}-{}-{}", {std::string_view{}, "", std::string{}}), "--");
}

// Untrusted text is always a piece, and a piece is copied unchanged.
TEST(Text, CopiesBracesInAPieceUnchanged)
{
    EXPECT_EQ(base::filled("{}, {}", {"{}", "{"}), "{}, {");
}

TEST(Text, AppendsPiecesThatHaveNoPlaceInThePattern)
{
    EXPECT_EQ(base::filled("a {}b", {1, 2, 3}), "a 1b23");
    EXPECT_EQ(base::filled("{} {}", {1}), "1 {}");
}

TEST(Text, AppendsAPattern)
{
    std::string text = "a";
    base::append(text, ", {}", {7});
    EXPECT_EQ(text, "a, 7");
}

// RFC 1982 section 3.2
TEST(Time, ComparesSerialsAcrossTheWrap)
{
    EXPECT_TRUE(base::serial_less(1, 2));
    EXPECT_FALSE(base::serial_less(2, 1));
    EXPECT_FALSE(base::serial_less(1, 1));
    EXPECT_TRUE(base::serial_less(0xFFFFFFFF, 0));
    EXPECT_TRUE(base::serial_less(0, 0x7FFFFFFF));
    EXPECT_FALSE(base::serial_less(0, 0x80000000));
    EXPECT_FALSE(base::serial_less(0x80000000, 0)); // 2^31 apart: neither
}

} // namespace
