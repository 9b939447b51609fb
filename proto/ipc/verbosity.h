// How much processes log.
#pragma once

#include <cstdint>

namespace ipc
{

/// Like so many options -v.
enum class Verbosity : std::uint8_t { normal = 0, requests = 1, details = 2 };
constexpr bool valid(Verbosity verbosity)
{
    return verbosity <= Verbosity::details;
}

} // namespace ipc
