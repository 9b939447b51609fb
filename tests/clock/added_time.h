// What the clock tests and the processes that they run share.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace clock_test
{

/// The content of the file that processes with the test's clock have mapped.
struct AddedTime {
    std::int64_t uptime_ms = 0;
    std::int64_t wall_s = 0;
};

/// Stands in the executables where the path of that file is to be, with room for it.
inline constexpr std::size_t longest_path = 256;
constexpr std::array<char, longest_path> placeholder() noexcept
{
    constexpr std::string_view text = "the path of the clock, which the test writes over this";
    std::array<char, longest_path> room{};
    std::copy(text.begin(), text.end(), room.begin());
    return room;
}

} // namespace clock_test
