// What nanodnsd -n -s STATE says of a state. It only reads, so a daemon may be at work on the state.
#pragma once

#include <string>

namespace keeper
{

/// Of the files `path`.0 and `path`.1, in lines on stdout. False, with a line on stderr, where a start would
/// refuse them; those that are not there are sound. Ends the process where they cannot be read.
bool report_state(const std::string& path);

} // namespace keeper
