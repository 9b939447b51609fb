// Octets that nobody can guess.
#pragma once

#include <cerrno>
#include <sys/random.h>
#include <system_error>

namespace supervisor
{

/// An array of octets, from the kernel. Throws std::system_error.
template <typename Octets>
Octets random_octets()
{
    Octets octets{};
    if (::getrandom(octets.data(), octets.size(), 0) != static_cast<ssize_t>(octets.size())) {
        throw std::system_error{errno, std::generic_category(), "getrandom"};
    }
    return octets;
}

} // namespace supervisor
