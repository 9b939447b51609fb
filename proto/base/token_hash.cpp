#include "proto/base/token_hash.h"

#include <algorithm>

#include "proto/base/base64.h"
#include "proto/base/text.h"

namespace base
{

namespace
{

using DigestAndSalt = std::array<std::uint8_t, 48>;

} // namespace

std::string to_text(const TokenHash& hash)
{
    DigestAndSalt bytes{};
    std::copy(hash.salt.begin(), hash.salt.end(),
              std::copy(hash.digest.begin(), hash.digest.end(), bytes.begin()));
    return filled("{}{}", {TokenHash::scheme, to_base64(bytes, Base64::standard)});
}

std::optional<TokenHash> parse_token_hash(std::string_view text) noexcept
{
    DigestAndSalt bytes{};
    if (!text.starts_with(TokenHash::scheme) || !read_base64(text.substr(TokenHash::scheme.size()), bytes)) {
        return std::nullopt;
    }
    TokenHash hash;
    const auto* const salt = bytes.begin() + hash.digest.size();
    std::copy(bytes.cbegin(), salt, hash.digest.begin());
    std::copy(salt, bytes.cend(), hash.salt.begin());
    return hash;
}

} // namespace base
