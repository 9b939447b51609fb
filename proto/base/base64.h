// Base64 (RFC 4648), without padding.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "proto/base/bytes.h"

namespace base
{

enum class Base64 : std::uint8_t {
    standard = 1, ///< section 4: '+' and '/'
    url_safe = 2, ///< section 5: '-' and '_'
};

std::string to_base64(Bytes bytes, Base64 alphabet);

/// Decodes `text` (standard alphabet) into `bytes`. False if it does not decode to exactly that many bytes,
/// or if unused bits are not zero (section 3.5).
[[nodiscard]] bool read_base64(std::string_view text, MutableBytes bytes) noexcept;

} // namespace base
