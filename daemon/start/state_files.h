// The two files of the state, opened by path once, so that the keeper needs no path at all.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "privsep/privileges.h"
#include "privsep/unique_fd.h"

namespace supervisor
{

/// Of a path; "." where it names none.
std::string folder_of(const std::string& path);

struct StateFiles {
    std::array<privsep::UniqueFd, 2> file; ///< STATE.0 and STATE.1; the first one is locked
    privsep::UniqueFd folder;      ///< where they are, for names alone; none where it may not be searched
    privsep::UniqueFd predecessor; ///< its file, where it is there and ours hold nothing yet
};

/// The command that gives the state to this owner, as chown(1) wants it.
std::string command_to_give(const std::string& path, std::string_view owner);

/// Opens or makes `path`.0 and `path`.1, mode 0600, owned by `owner` if there is one, and the last folder
/// of `path` where it is missing. Ends the process with one sentence that says what to do: the
/// folder cannot be written, or another nanodnsd has the state.
StateFiles open_state(const std::string& path, const std::optional<privsep::Identity>& owner);

} // namespace supervisor
