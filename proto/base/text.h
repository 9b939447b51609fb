// Text from untrusted sources: bounded numbers, letters without a locale, hexadecimal, and escaping for the
// log. And our own text: messages built from a pattern and values.
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

/// ASCII only: exactly the bytes of a name that RFC 4343 section 3 folds.
constexpr std::uint8_t lower(std::uint8_t byte) noexcept
{
    return byte >= 'A' && byte <= 'Z' ? static_cast<std::uint8_t>(byte + ('a' - 'A')) : byte;
}
constexpr char lower(char c) noexcept
{
    return static_cast<char>(lower(static_cast<std::uint8_t>(c)));
}

/// 0 to 15, or -1 if `c` is not a hexadecimal digit.
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

/// One or more decimal digits and nothing else, with a value of at most `max`. Leading zeros are allowed.
std::optional<std::uint64_t> parse_decimal(std::string_view digits, std::uint64_t max) noexcept;

/// Two lower-case digits per byte.
std::string to_hex(Bytes bytes);

/// Untrusted data made safe to print, at most `limit` characters (followed by "..." if it was cut). '\' and
/// bytes that are not printable ASCII become \xNN.
std::string escape(std::string_view text, std::size_t limit = 200);

/// An integer that is neither a character nor a bool.
template <typename Number>
concept Countable = std::integral<Number> && sizeof(Number) > 1;

/// A value in a message: text, which must outlive the Piece, or an unsigned number, written in decimal.
class Piece
{
public:
    using Digits = std::array<char, 20>; // 2^64-1 has 20 digits

    constexpr Piece(const char* text) noexcept : Piece(std::string_view{text}) {} // NOLINT: implicit
    constexpr Piece(std::string_view text) noexcept                               // NOLINT: implicit
        : text_(text.data()), number_(text.size())
    {
    }
    /// Not inlined, like the constructor below: a call is less code than copies of the two members.
    [[gnu::noinline]] Piece(const std::string& text) noexcept // NOLINT: implicit
        : Piece(std::string_view{text})
    {
    }
    template <Countable Number>
    Piece(Number number) noexcept // NOLINT: implicit
        : Piece(&is_number, static_cast<std::uint64_t>(number))
    {
    }

    /// The text. A number's digits are written to `room`.
    std::string_view view(Digits& room) const noexcept;

private:
    static constexpr char is_number = 0;

    [[gnu::noinline]] Piece(const char* text, std::uint64_t number) noexcept : text_(text), number_(number) {}

    const char* text_;     ///< or &is_number
    std::uint64_t number_; ///< or the size of the text
};

/// A message in which each {} stands for a value. Only a literal converts to one, so untrusted text cannot
/// be a pattern.
class Pattern
{
public:
    consteval Pattern(const char* text) noexcept : text_(text) // NOLINT: implicit
    {
        for (; *text != '\0'; ++text) {
            if (*text == '{' && *++text != '}') {
                is_not_a_pattern(); // not constexpr: the literal does not compile
            }
        }
    }
    constexpr const char* text() const noexcept { return text_; }

private:
    static void is_not_a_pattern();

    const char* text_;
};

/// The pattern with its {} replaced by the pieces in order. A chain of operator+ would be several times more
/// code: each makes a string that must be destroyed.
std::string filled(Pattern pattern, std::initializer_list<Piece> pieces);
/// The same, appended to `text`.
void append(std::string& text, Pattern pattern, std::initializer_list<Piece> pieces);

} // namespace base
