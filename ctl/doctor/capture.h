// Runs a program and keeps what it says.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "ctl/program.h"

namespace ctl::doctor
{

struct Captured {
    Ended ended{};
    bool is_late = false; ///< it did not end in time, and was killed
    std::string out{};
    std::string err{};
};

/// `arguments`: the first is the path of the program. At most 1 MiB of each output is kept.
Captured capture(const std::vector<std::string>& arguments, std::chrono::milliseconds patience);

} // namespace ctl::doctor
