// The command line: nanodnsd(8).
#pragma once

#include <optional>
#include <string>

#include "proto/ipc/config.h"

namespace supervisor
{

struct Options {
    std::string config;
    std::string state;
    unsigned verbosity = 0;
    bool check = false;       ///< -n
    bool names_state = false; ///< -s
};

/// LSB's words for how an init script ends, as far as we use them.
enum class Exit : int { success = 0, failure = 1, bad_option = 2, bad_config = ipc::exit_config_errors };

/// What to run with, or what to ask the reader's executable for; or how to exit, with what was to be said
/// already printed.
struct CommandLine {
    std::optional<Options> options;
    const char* token_command = nullptr; ///< "--new-token" or "--hash-token"
    Exit exit = Exit::success;
};

CommandLine parse_command_line(int argc, char** argv);

} // namespace supervisor
