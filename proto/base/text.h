// Text from outside: bounded numbers, letters without a locale, hexadecimal, and escaping for the log. And
// text of ours: sentences put together from pieces.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "proto/base/bytes.h"

namespace base
{

constexpr bool is_digit(char c) noexcept
{
    return c >= '0' && c <= '9';
}
constexpr bool is_letter(char c) noexcept
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// ASCII only: the bytes of a name that RFC 4343 section 3 folds, and no other.
constexpr std::uint8_t lower(std::uint8_t byte) noexcept
{
    return byte >= 'A' && byte <= 'Z' ? static_cast<std::uint8_t>(byte + ('a' - 'A')) : byte;
}
constexpr char lower(char c) noexcept
{
    return static_cast<char>(lower(static_cast<std::uint8_t>(c)));
}

/// 0 to 15, or -1 for anything that is no hexadecimal digit.
constexpr int hex_digit(char c) noexcept
{
    if (is_digit(c)) {
        return c - '0';
    }
    const char small = lower(c);
    return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

bool equal_ignoring_case(std::string_view left, std::string_view right) noexcept;
std::string to_lower(std::string_view text);

/// One or more decimal digits and nothing else, at most `max`; leading zeroes are taken.
std::optional<std::uint64_t> parse_decimal(std::string_view digits, std::uint64_t max) noexcept;

/// Two digits a byte, lower case.
std::string to_hex(Bytes bytes);

/// Data from outside as one harmless word of at most `limit` characters (and "..." where it was cut):
/// what is not printable ASCII, and '\', becomes \xNN.
std::string escape(std::string_view text, std::size_t limit = 200);

/// No character and no truth value.
template <typename Number>
concept Countable = std::integral<Number> && sizeof(Number) > 1;

/// A piece of a sentence: text that outlives it, or a number that is not negative, as decimal digits.
class Piece
{
public:
    using Digits = std::array<char, 20>; // as many as 2^64-1 has

    constexpr Piece(const char* text) noexcept : Piece(std::string_view{text}) {} // NOLINT: implicit
    constexpr Piece(std::string_view text) noexcept                               // NOLINT: implicit
        : text_(text.data()), number_(text.size())
    {
    }
    /// A call, here and of the constructor below, is less code than copies of the two members.
    [[gnu::noinline]] Piece(const std::string& text) noexcept // NOLINT: implicit
        : Piece(std::string_view{text})
    {
    }
    template <Countable Number>
    Piece(Number number) noexcept // NOLINT: implicit
        : Piece(&is_number, static_cast<std::uint64_t>(number))
    {
    }

    /// `room` is where digits go.
    std::string_view view(Digits& room) const noexcept;

private:
    static constexpr char is_number = 0;

    [[gnu::noinline]] Piece(const char* text, std::uint64_t number) noexcept : text_(text), number_(number) {}

    const char* text_;     ///< or &is_number
    std::uint64_t number_; ///< or the size of the text
};

/// A sentence in which each {} stands for a piece. It is one of our own: only a literal can be one.
class Pattern
{
public:
    consteval Pattern(const char* text) noexcept : text_(text) // NOLINT: implicit
    {
        for (; *text != '\0'; ++text) {
            if (*text == '{' && *++text != '}') {
                is_no_pattern(); // which does not compile
            }
        }
    }
    constexpr const char* text() const noexcept { return text_; }

private:
    static void is_no_pattern();

    const char* text_;
};

/// The pattern with its pieces, as many as it has {}. As one call it is a fraction of the code of a chain of
/// operator+, each of which makes a string that must be destroyed.
std::string filled(Pattern pattern, std::initializer_list<Piece> pieces);
void append(std::string& text, Pattern pattern, std::initializer_list<Piece> pieces);

} // namespace base
