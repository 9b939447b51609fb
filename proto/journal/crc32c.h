// CRC-32C (Castagnoli), RFC 3720 appendix B.4: finds every single flipped bit and every burst of up to 32.
#pragma once

#include <cstdint>

#include "proto/base/bytes.h"

namespace journal
{

std::uint32_t crc32c(base::Bytes bytes) noexcept;

} // namespace journal
