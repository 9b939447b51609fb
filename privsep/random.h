// Octets that nobody can guess.
#pragma once

#include <array>
#include <cstdint>
#include <sys/random.h>

#include "privsep/fail.h"

namespace privsep
{

/// An array of octets, from the kernel. Ends the process where there are none.
template <typename Octets>
Octets random_octets()
{
    Octets octets{};
    require(::getrandom(octets.data(), octets.size(), 0) == static_cast<ssize_t>(octets.size()), "getrandom");
    return octets;
}

} // namespace privsep
