// The command line of nanodnsd --init: nanodnsd(8).
#pragma once

#include <optional>
#include <string>

#include "daemon/init/answers.h"

namespace init
{

struct Arguments {
    Answers answers; ///< a host is not checked if the domain or the name server is not given
    std::string config;
    bool names_config = false; ///< -c
};

/// `exit_status`: for --help and for wrong arguments, after the text for the user is printed.
struct CommandLine {
    std::optional<Arguments> arguments;
    int exit_status = 0;
};

CommandLine parse_command_line(int argc, char** argv);

} // namespace init
