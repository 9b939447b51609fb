#include <algorithm>
#include <array>

#include "proto/config/config.h"

namespace config
{

Secret Secret::of(const base::TokenHash& hash, Position at)
{
    std::array<std::uint8_t, sizeof hash.digest + sizeof hash.salt> both{};
    std::ranges::copy(hash.salt, std::ranges::copy(hash.digest, both.begin()).out);
    return {base::CompactToken{both}, true, at};
}

base::TokenHash Secret::hash() const noexcept
{
    base::TokenHash hash;
    const base::Bytes both = bytes.bytes();
    std::copy_n(both.begin(), hash.digest.size(), hash.digest.begin());
    std::copy_n(both.begin() + hash.digest.size(), hash.salt.size(), hash.salt.begin());
    return hash;
}

} // namespace config
