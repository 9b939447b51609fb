// Bytes that nobody can guess.
#pragma once

#include <array>
#include <cstdint>
#include <sys/random.h>

#include "privsep/fail.h"

namespace privsep
{

/// An array of bytes, from the kernel. Ends the process where there are none.
template <typename ByteVector>
ByteVector random_bytes()
{
    ByteVector bytes{};
    require(::getrandom(bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()), "getrandom");
    return bytes;
}

} // namespace privsep
