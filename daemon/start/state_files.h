// Opens the files of the state, so that the keeper needs no right to open files.
#pragma once

#include <array>
#include <string>

#include "daemon/start/state_folder.h"
#include "privsep/unique_fd.h"

namespace supervisor
{

struct StateFiles {
    std::array<privsep::UniqueFd, 2> file; ///< STATE.0 and STATE.1; the first one is locked
    privsep::UniqueFd folder;              ///< their folder (O_PATH)
    privsep::UniqueFd predecessor;         ///< the C nanodnsd's state, if it exists and both files are empty
};

/// Opens or creates `path`.0 and `path`.1, mode 0600, owned by `owner`, and the last folder of `path` if it
/// is missing. Ends the process with a message that says what to do if that fails, if another nanodnsd uses
/// the state, or if a file is not the daemon's own: it must be a regular file with one name, which belongs to
/// `owner` or root and which nobody else may write. Such a file is not changed.
StateFiles open_state(const std::string& path, const StateOwner& owner);

/// Opens for reading what open_state() would open, with the same checks. Makes, locks and changes nothing.
/// Files that are missing are left out, if a start could make them. Ends the process with a message if a
/// start would fail.
StateFiles look_at_state(const std::string& path, const StateOwner& owner);

} // namespace supervisor
