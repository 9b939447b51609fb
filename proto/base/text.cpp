#include "proto/base/text.h"

#include <algorithm>

namespace base
{

bool equal_ignoring_case(std::string_view left, std::string_view right) noexcept
{
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](char a, char b) { return lower(a) == lower(b); });
}

std::string to_lower(std::string_view text)
{
    std::string result{text};
    std::transform(result.begin(), result.end(), result.begin(), [](char c) { return lower(c); });
    return result;
}

std::optional<std::uint64_t> parse_decimal(std::string_view digits, std::uint64_t max) noexcept
{
    if (digits.empty()) {
        return std::nullopt;
    }
    std::uint64_t value = 0;
    for (const char c : digits) {
        const auto digit = static_cast<std::uint64_t>(c - '0');
        if (!is_digit(c) || value > (max - std::min(digit, max)) / 10) {
            return std::nullopt;
        }
        value = value * 10 + digit;
    }
    return value <= max ? std::optional{value} : std::nullopt;
}

std::string to_hex(Bytes bytes)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string result;
    result.reserve(bytes.size() * 2);
    for (const std::uint8_t byte : bytes) {
        result += digits[byte >> 4];
        result += digits[byte & 0xF];
    }
    return result;
}

std::string escape(std::string_view text, std::size_t limit)
{
    std::string result;
    for (const char c : text) {
        if (result.size() >= limit) {
            return result + "...";
        }
        if (c >= ' ' && c <= '~' && c != '\\') {
            result += c;
        } else {
            const auto byte = static_cast<std::uint8_t>(c);
            result += "\\x" + to_hex({&byte, 1});
        }
    }
    return result;
}

std::string_view Piece::view(Digits& room) const noexcept
{
    if (text_ != &is_number) {
        return {text_, static_cast<std::size_t>(number_)};
    }
    std::size_t at = room.size();
    std::uint64_t rest = number_; // std::to_chars() adds a table and is many times larger
    do {
        room[--at] = static_cast<char>('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    return {room.data() + at, room.size() - at};
}

std::string filled(Pattern pattern, std::initializer_list<Piece> pieces)
{
    std::string text;
    append(text, pattern, pieces);
    return text;
}

void append(std::string& text, Pattern pattern, std::initializer_list<Piece> pieces)
{
    const char* rest = pattern.text();
    Piece::Digits room{};
    for (const Piece& piece : pieces) {
        std::size_t size = 0;
        while (rest[size] != '{' && rest[size] != '\0') {
            ++size;
        }
        text.append(rest, size);
        text += piece.view(room);
        rest += rest[size] == '{' ? size + 2 : size;
    }
    text += rest;
}

} // namespace base
