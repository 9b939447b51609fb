// Runs other programs, without a shell.
#pragma once

#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace ctl
{

struct Program {
    std::vector<std::string> arguments;   ///< the first is the program: a path, or a name to look for in PATH
    std::vector<std::string> environment; ///< "NAME=VALUE", instead of or in addition to our own
    bool is_silent = false;               ///< its standard output goes nowhere
};

/// How a program ended.
struct Ended {
    int error = 0;  ///< it could not be started or waited for (errno)
    int signal = 0; ///< that ended it
    int status = 0; ///< with which it exited

    bool is_success() const noexcept { return error == 0 && signal == 0 && status == 0; }
    /// "exited with status 1", "was ended by signal 9 (Killed)" or "cannot be run: No such file or
    /// directory".
    std::string text() const;
};

/// Runs the program and waits for its end. It reads /dev/null, and has our standard error.
Ended run(const Program& program);

/// Waits for the end of a child.
Ended wait_for(pid_t child);

} // namespace ctl
