// CRC-32C (Castagnoli), RFC 3720 appendix B.4: detects every single flipped bit and every burst of up to 32
// bits.
#pragma once

#include <cstdint>

#include "proto/base/bytes.h"

namespace journal
{

std::uint32_t crc32c(base::Bytes bytes) noexcept;

} // namespace journal
