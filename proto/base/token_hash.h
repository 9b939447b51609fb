// A salted hash that the config may hold instead of a token: SHA-256 of the token followed by the salt. As
// text it is the format that OpenLDAP and Dovecot call {SSHA256}, with a salt of 16 bytes: the scheme in
// braces, then digest and salt in Base64.
//
// The hash is fast to compute. That is enough for long random tokens, which cannot be found by trying; it
// does not protect a password that a person made up.
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

/// Empty if `text` is not a hash in this format, of exactly text_bytes.
std::optional<TokenHash> parse_token_hash(std::string_view text) noexcept;

} // namespace base
