// Octets that nobody can guess.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <sys/random.h>

#include "privsep/fail.h"

namespace supervisor
{

/// An array of octets, from the kernel. Ends the process where there are none.
template <typename Octets>
Octets random_octets()
{
    Octets octets{};
    privsep::require(::getrandom(octets.data(), octets.size(), 0) == static_cast<ssize_t>(octets.size()),
                     "getrandom");
    return octets;
}

/// The same, for who needs many: asks the kernel for some at a time.
class RandomOctets
{
public:
    template <typename Octets>
    Octets take()
    {
        Octets octets{};
        static_assert(sizeof(Supply) % sizeof octets == 0);
        if (used_ == supply_.size()) {
            supply_ = random_octets<Supply>();
            used_ = 0;
        }
        std::copy_n(supply_.begin() + used_, octets.size(), octets.begin());
        used_ += octets.size();
        return octets;
    }

private:
    using Supply = std::array<std::uint8_t, 256>; // what getrandom(2) gives whole, whatever signal comes

    Supply supply_{};
    std::size_t used_ = std::tuple_size_v<Supply>;
};

} // namespace supervisor
