// Random bytes for secrets.
#pragma once

#include <array>
#include <cstdint>
#include <sys/random.h>

#include "privsep/fail.h"

namespace privsep
{

/// An array of random bytes from getrandom(2). Exits with an error if that fails.
template <typename ByteVector>
ByteVector random_bytes()
{
    ByteVector bytes{};
    require(::getrandom(bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()), "getrandom");
    return bytes;
}

} // namespace privsep
