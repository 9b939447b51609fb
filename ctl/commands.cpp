#include "ctl/commands.h"

#include <algorithm>
#include <array>

#include "ctl/doctor/doctor.h"
#include "proto/base/text.h"

namespace ctl
{

namespace
{

Result help(const Context& context);

constexpr auto rows = std::to_array<Command>({
    {"status", "", "show what the daemon serves, its processes, and what deserves attention",
     "nanodnsctl status", 0, 0, false, status},
    {"hosts", "[PATTERN] [--overdue | --refused]", "show a table of the hosts; * in PATTERN matches any text",
     "nanodnsctl hosts --overdue", 0, 1, false, hosts},
    {"show", "HOST", "show all that is known about one host", "nanodnsctl show home", 1, 1, false, show},
    {"set", "HOST ADDRESS...", "set addresses of a host, and begin a new lifetime",
     "nanodnsctl set home 192.0.2.7 2001:db8::7", 2, 3, true, set},
    {"clear", "HOST [a] [aaaa] [txt]", "remove addresses and ACME challenges of a host: all, or only these",
     "nanodnsctl clear home aaaa", 1, 4, true, clear},
    {"watch", "[HOST] [--exec COMMAND [ARG...]]",
     "print a line for each change; --exec also runs a command for each",
     "nanodnsctl watch home --exec /usr/local/bin/home-has-moved", 0, 1, false, watch},
    {"log", "[HOST] [-f] [-n N] [--since TIME]",
     has_systemd ? "show changes and refusals from the journal; -n: the last N, -f: follow"
                 : "not available: this nanodnsctl was built without systemd",
     "nanodnsctl log home --since 7d", 0, 1, false, log},
    {"stats", "", "show the counters, and since when they count", "nanodnsctl stats", 0, 0, false, stats},
    {"reload", "", "read the configuration again, and print the result", "nanodnsctl reload", 0, 0, true,
     reload},
    {"verbosity", "N", "log as much as with N options -v (0 to 2), until the next restart",
     "nanodnsctl verbosity 1", 1, 1, true, verbosity},
    {"doctor", "[--strict]", "check the daemon and its system, and say how to correct what is wrong",
     "nanodnsctl doctor --strict", 0, 0, false, doctor::doctor},
    {"help", "[COMMAND]", "print this list, or the usage of one command", "nanodnsctl help set", 0, 1, false,
     help},
});

constexpr std::string_view options =
    "\n"
    "Options, before or after the command:\n"
    "  -S PATH        the control socket\n"
    "                 (default $NANODNSD_SOCKET, else /run/nanodnsd/control)\n"
    "  --json         for programs: one JSON object (watch, log: one a line),\n"
    "                 times in UTC\n"
    "  --wide         all columns, even if the terminal is narrower\n"
    "  -h, --help     print this, or the usage of the command\n"
    "  -V, --version  print the version\n"
    "\n"
    "HOST is a label below the domain, a whole name, or @ for the domain.\n"
    "Exit status: 0 done, 1 refused or failed, 2 usage, 3 no daemon listens on the\n"
    "socket, 4 no such host, 5 no permission.\n"
    "Manual: nanodnsctl(1)\n";

Result help(const Context& context)
{
    if (context.invocation.arguments.empty()) {
        context.print(help_for_all());
        return std::nullopt;
    }
    const std::string& name = context.invocation.arguments.front();
    const Command* const command = find_command(name);
    if (command == nullptr) {
        return unknown_command(name);
    }
    context.print(help_for(*command));
    return std::nullopt;
}

Result run(const Context& context)
{
    const Invocation& invocation = context.invocation;
    Result result;
    if (invocation.version) {
        context.print(has_systemd ? "nanodnsctl " NANODNSD_VERSION "\n"
                                  : "nanodnsctl " NANODNSD_VERSION " (built without systemd)\n");
    } else if (invocation.help) {
        context.print(invocation.command != nullptr ? help_for(*invocation.command) : help_for_all());
    } else if (invocation.command->changes) {
        result = invocation.command->run(context);
    } else {
        result = again_after_reload([&] { return invocation.command->run(context); });
    }
    return result ? result : check_output(context);
}

} // namespace

std::span<const Command> commands()
{
    return rows;
}

const Command* find_command(std::string_view name)
{
    const auto* const found =
        std::find_if(rows.begin(), rows.end(), [&](const Command& row) { return row.name == name; });
    return found == rows.end() ? nullptr : found;
}

std::string help_for_all()
{
    std::string text = "usage: nanodnsctl [-S PATH] [--json] [--wide] COMMAND [ARG...]\n"
                       "Shows what a running nanodnsd does, and controls it.\n\n";
    for (const Command& row : rows) {
        base::append(text, "  {}{}{}\n      {}\n",
                     {row.name, row.arguments.empty() ? "" : " ", row.arguments, row.help});
    }
    return text.append(options);
}

std::string help_for(const Command& command)
{
    return base::filled("usage: nanodnsctl {}{}{}\n{}{}\nExample: {}\n",
                        {command.name, command.arguments.empty() ? "" : " ", command.arguments, command.help,
                         command.changes ? "; changes the daemon" : "", command.example});
}

Exit main_with(Context& context, const std::vector<std::string>& arguments)
{
    auto read = read_command_line(arguments);
    if (const auto* failure = std::get_if<Failure>(&read)) {
        context.complain(failure->text);
        return failure->status;
    }
    context.invocation = std::get<Invocation>(std::move(read));
    const Result result = run(context);
    if (!result) {
        return Exit::done;
    }
    context.complain(result->text);
    return result->status;
}

} // namespace ctl
