// What proc(5) says of processes, above all of the daemon's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/doctor/facts.h"

namespace ctl::doctor
{

/// The content of a file. None, with errno, if it cannot be read, or has more than `most` bytes.
std::optional<std::string> read_file(const std::string& path, std::size_t most);
/// The target of a symbolic link; empty if it cannot be read.
std::string read_link(const std::string& path);
/// The names in a folder, without those that begin with a dot.
std::vector<std::string> names_in(const std::string& folder);
std::vector<std::uint32_t> all_pids();
/// The text in parts, without the empty ones.
std::vector<std::string> split(std::string_view text, char separator);

/// Of a process; none if it has exited.
std::string program_of(std::uint32_t pid);
std::optional<Rights> rights_of(std::uint32_t pid);

/// The daemon's main process, as far as this user may see it.
struct MainProcess {
    std::uint32_t pid = 0;         ///< 0: none is found
    std::string config{};          ///< -c; empty: the default
    std::string state{};           ///< -s; empty: the default
    std::string state_directory{}; ///< $STATE_DIRECTORY

    /// A path of the daemon as this program can open it.
    std::string reach(const std::string& path) const;
};
/// `pid`: what the daemon says of itself, in its own PID namespace.
MainProcess find_main_process(std::optional<std::uint32_t> pid);

} // namespace ctl::doctor
