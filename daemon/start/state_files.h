// Opens the two files of the state, so that the keeper needs no right to open files.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "privsep/privileges.h"
#include "privsep/unique_fd.h"

namespace supervisor
{

/// The folder of `path`; "." if it has none.
std::string folder_of(const std::string& path);

struct StateFiles {
    std::array<privsep::UniqueFd, 2> file; ///< STATE.0 and STATE.1; the first one is locked
    privsep::UniqueFd folder;              ///< their folder (O_PATH); none if it may not be searched
    privsep::UniqueFd predecessor;         ///< the C nanodnsd's state, if it exists and both files are empty
};

/// The command that gives the state to `owner`, in the syntax of chown(1).
std::string command_to_give(const std::string& path, std::string_view owner);

/// Opens or creates `path`.0 and `path`.1, mode 0600, owned by `owner` if there is one, and the last folder
/// of `path` if it is missing. Ends the process with a message that says what to do if that fails, or if
/// another nanodnsd uses the state.
StateFiles open_state(const std::string& path, const std::optional<privsep::Identity>& owner);

} // namespace supervisor
