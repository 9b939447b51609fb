// Work as instructions, counted by callgrind: not time, which a busy machine changes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace support
{

/// User instructions of `command`: of all of it, or of calls to the functions that `within` matches. The test
/// fails where it does not end with status 0, or says nothing of `said`.
std::uint64_t instructions(const std::vector<std::string>& command, const std::string& said,
                           const std::string& within = "");

} // namespace support
