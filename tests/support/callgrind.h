// Measures work in instructions, counted by callgrind. Time would depend on the machine's load.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace support
{

/// User instructions of `command`: all of them, or those of calls to the functions that `within` matches. The
/// test fails if the command exits with another status than 0, or does not print `said`. What ran before the
/// function `since` was called is not counted, if one is given.
std::uint64_t instructions(const std::vector<std::string>& command, const std::string& said,
                           const std::string& within = "", const std::string& since = "");

} // namespace support
