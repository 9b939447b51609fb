// The table of commands: command line, help, the manual's check and completions are made from it.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/context.h"

namespace ctl
{

struct Command {
    std::string_view name;
    std::string_view arguments; ///< as in the manual; empty: none
    std::string_view help;      ///< one line
    std::string_view example;   ///< a whole command line, which the manual shows, too
    std::size_t least = 0;      ///< arguments
    std::size_t most = 0;
    bool changes = false; ///< something in the daemon
    Result (*run)(const Context&) = nullptr;
};

std::span<const Command> commands();
/// Null if there is no such command.
const Command* find_command(std::string_view name);

/// The text of `nanodnsctl help`.
std::string help_for_all();
std::string help_for(const Command& command);

/// All of the program: reads the arguments, runs the command, and says on stderr what failed.
Exit main_with(Context& context, const std::vector<std::string>& arguments);

// The commands, each in a file of its name.
Result status(const Context& context);
Result hosts(const Context& context);
Result show(const Context& context);
Result set(const Context& context);
Result clear(const Context& context);
Result watch(const Context& context);
Result log(const Context& context);
Result stats(const Context& context);
Result reload(const Context& context);
Result verbosity(const Context& context);

} // namespace ctl
