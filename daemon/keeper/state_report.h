// Reports a state for nanodnsd -n -s STATE. It only reads, so a daemon may be using the state.
#pragma once

#include <string>

namespace keeper
{

/// Prints a report of the files `path`.0 and `path`.1 to stdout. False, with a line on stderr, if a start
/// would refuse them; missing files are accepted. Ends the process if the files cannot be read.
bool report_state(const std::string& path);

} // namespace keeper
