#include "proto/base/base64.h"

#include <cstddef>

namespace base
{

namespace
{

constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::size_t text_size(std::size_t bytes) noexcept
{
    return (bytes * 8 + 5) / 6;
}

constexpr char digit(unsigned value, Base64 alphabet) noexcept
{
    constexpr unsigned first_special = 62;
    if (alphabet == Base64::url_safe && value >= first_special) {
        return value == first_special ? '-' : '_';
    }
    return digits[value];
}

} // namespace

std::string to_base64(Bytes bytes, Base64 alphabet)
{
    std::string text;
    text.reserve(text_size(bytes.size())); // it may be a secret: reallocation would leave a copy in memory
    unsigned bits = 0;
    unsigned held = 0;
    for (const std::uint8_t byte : bytes) {
        held = (held << 8 | byte) & 0xFFFF;
        for (bits += 8; bits >= 6; bits -= 6) {
            text += digit(held >> (bits - 6) & 0x3F, alphabet);
        }
    }
    if (bits != 0) {
        text += digit(held << (6 - bits) & 0x3F, alphabet);
    }
    return text;
}

bool read_base64(std::string_view text, MutableBytes bytes) noexcept
{
    if (text.size() != text_size(bytes.size())) {
        return false;
    }
    unsigned bits = 0;
    unsigned held = 0;
    std::size_t filled = 0;
    for (const char c : text) {
        const std::size_t value = digits.find(c);
        if (value == std::string_view::npos) {
            return false;
        }
        held = (held << 6 | static_cast<unsigned>(value)) & 0xFFFF;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes[filled++] = static_cast<std::uint8_t>(held >> bits);
        }
    }
    return (held & ((1U << bits) - 1)) == 0;
}

} // namespace base
