// What may stand for a token where the token itself is not kept: SHA-256 of the token followed by a salt of
// its own. As text it is what OpenLDAP and Dovecot call {SSHA256}, with a salt of 16 bytes: the name in
// braces, then digest and salt in Base64.
//
// The digest takes no effort to compute. That is enough for a token that is long and random, which nobody
// finds by trying; a word that somebody thought of is found.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace base
{

struct TokenHash {
    static constexpr std::string_view scheme = "{SSHA256}";
    static constexpr std::size_t text_bytes = scheme.size() + 64;

    std::array<std::uint8_t, 32> digest{};
    std::array<std::uint8_t, 16> salt{};
    friend bool operator==(const TokenHash&, const TokenHash&) = default;
};

std::string to_text(const TokenHash& hash);

/// Nothing where `text` is anything but such a text of text_bytes.
std::optional<TokenHash> parse_token_hash(std::string_view text) noexcept;

} // namespace base
