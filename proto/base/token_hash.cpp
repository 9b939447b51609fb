#include "proto/base/token_hash.h"

#include <algorithm>

#include "proto/base/base64.h"
#include "proto/base/text.h"

namespace base
{

namespace
{

using Octets = std::array<std::uint8_t, 48>;

} // namespace

std::string to_text(const TokenHash& hash)
{
    Octets octets{};
    std::copy(hash.salt.begin(), hash.salt.end(),
              std::copy(hash.digest.begin(), hash.digest.end(), octets.begin()));
    return filled("{}{}", {TokenHash::scheme, to_base64(octets, Base64::standard)});
}

std::optional<TokenHash> parse_token_hash(std::string_view text) noexcept
{
    Octets octets{};
    if (!text.starts_with(TokenHash::scheme) || !read_base64(text.substr(TokenHash::scheme.size()), octets)) {
        return std::nullopt;
    }
    TokenHash hash;
    const auto* const salt = octets.begin() + hash.digest.size();
    std::copy(octets.cbegin(), salt, hash.digest.begin());
    std::copy(salt, octets.cend(), hash.salt.begin());
    return hash;
}

} // namespace base
