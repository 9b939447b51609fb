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
    bool check = false;        ///< -n
    bool names_state = false;  ///< -s
    std::string config_name{}; ///< for the messages of -n
};

/// Exit statuses as the LSB defines them for init scripts.
enum class Exit : int { success = 0, failure = 1, bad_option = 2, bad_config = ipc::exit_config_errors };

/// The options to run with, or the command for another executable, or the exit status: then the text for the
/// user is already printed.
struct CommandLine {
    std::optional<Options> options;
    char** command = nullptr;      ///< all arguments, with --new-token, --hash-token, --acme-json or --init
    const char* program = nullptr; ///< the executable for them
    Exit exit = Exit::success;
};

CommandLine parse_command_line(int argc, char** argv);

} // namespace supervisor
