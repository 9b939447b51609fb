// What nanodnsd -n -s STATE says of a state. It only reads, so a daemon may be at work on the state.
#pragma once

#include <string>

namespace supervisor
{

struct StateReport {
    bool is_sound = false;
    std::string text; ///< lines, each ended
};

/// Of the files `path`.0 and `path`.1. Sound are those that a start would take, and those that are not there.
StateReport report_state(const std::string& path);

} // namespace supervisor
