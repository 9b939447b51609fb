// The command line: what is asked for, or what is wrong with it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ctl/exit.h"

namespace ctl
{

struct Command;

struct Invocation {
    const Command* command = nullptr; ///< null: only if `help` or `version`
    std::vector<std::string> arguments;
    std::optional<std::string> socket; ///< -S
    std::optional<std::string> count;  ///< -n
    std::optional<std::string> since;  ///< --since
    std::vector<std::string> program;  ///< of --exec, with its arguments; empty: none
    bool json = false;
    bool wide = false;
    bool overdue = false;
    bool refused = false;
    bool follow = false;
    bool strict = false;
    bool help = false;
    bool version = false;
};

/// The arguments without the name of the program. Options may stand before and after the command; --exec
/// takes all that follow it, and after -- nothing is an option.
std::variant<Invocation, Failure> read_command_line(const std::vector<std::string>& arguments);

/// A word that is no command, with the nearest one.
Failure unknown_command(std::string_view word);

} // namespace ctl
