// Shared by the clock tests and the processes that they run.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace clock_test
{

/// The content of the file that processes with the test's clock map.
struct AddedTime {
    std::int64_t uptime_ms = 0;
    std::int64_t wall_s = 0;
};

/// A placeholder in the executables for the path of that file.
inline constexpr std::size_t longest_path = 256;
constexpr std::array<char, longest_path> placeholder() noexcept
{
    constexpr std::string_view text = "the path of the clock, which the test writes over this";
    std::array<char, longest_path> room{};
    std::copy(text.begin(), text.end(), room.begin());
    return room;
}

} // namespace clock_test
