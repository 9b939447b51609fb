// What changes the daemon itself: reload and verbosity.
#include <algorithm>
#include <string>
#include <unistd.h>

#include "ctl/commands.h"
#include "ctl/json.h"
#include "ctl/program.h"
#include "proto/base/text.h"

namespace ctl
{

namespace
{

constexpr int exit_bad_config = 6; // of nanodnsd -n

/// The path of the config that the daemon uses; empty if it does not say.
std::string config_of(Connection& connection)
{
    std::string path;
    ask(connection, admin::AskStatus{}, [&](const admin::ConsoleToClient& record) {
        if (const auto* daemon = std::get_if<admin::StatusDaemon>(&record)) {
            path = daemon->config;
        }
    });
    return path;
}

/// Prints all errors of the config to stderr, if we may read it; the daemon's answer has only the first.
bool print_all_errors(const Context& context, const std::string& config)
{
    const bool is_the_same_file_here = config.starts_with('/');
    if (!is_the_same_file_here || context.daemon_program.empty() || ::access(config.c_str(), R_OK) != 0) {
        return false;
    }
    std::fflush(context.out);
    std::fflush(context.err);
    return run({{context.daemon_program, "-n", "-c", config}, {}, true}).status == exit_bad_config;
}

/// The refusal as a failure. The daemon's words end with the reason, which may be a line of the config.
Failure refused(const Context& context, Connection& connection, const admin::Refusal& refusal)
{
    Failure failure = failure_of(refusal);
    if (refusal.reason != admin::Refused::bad_config) {
        return failure;
    }
    const bool has_printed = print_all_errors(context, config_of(connection));
    failure.text = has_printed
                       ? "the reload was refused: the configuration has errors; the old one stays in use"
                       : base::filled("the reload was refused: {}", {failure.text});
    return failure;
}

/// Waits until the console that has answered is replaced: the next one serves when the reload is done.
Result wait_for_next_console(const Context& context, Connection& old, std::chrono::milliseconds patience)
{
    Received end = old.receive();
    if (!is_closing(end.failure)) {
        return std::move(end.failure);
    }
    return again_after_reload([&]() -> Result {
        auto next = Connection::open(context.socket(), patience);
        auto* const failure = std::get_if<Failure>(&next);
        if (failure != nullptr && failure->status == Exit::nobody_serves) {
            return Failure{Exit::failed,
                           base::filled("nanodnsd has taken the new configuration, but no longer listens on "
                                        "{}: it has no [control] now, or has stopped, and the log says why",
                                        {context.socket()})};
        }
        return failure != nullptr ? Result{std::move(*failure)} : std::nullopt;
    });
}

Result reload_once(const Context& context)
{
    return with_connection(context, [&](Connection& connection) -> Result {
        const auto patience = std::max(context.patience, patience_for_reload);
        connection.set_patience(patience);
        auto answer = connection.ask(admin::Reload{}, [](const admin::ConsoleToClient&) {});
        if (const auto* refusal = std::get_if<admin::Refusal>(&answer)) {
            return refused(context, connection, *refusal);
        }
        if (auto* failure = std::get_if<Failure>(&answer)) {
            return std::move(*failure);
        }
        if (auto failure = wait_for_next_console(context, connection, patience)) {
            return failure;
        }
        context.print(context.invocation.json ? "{\"version\":1,\"outcome\":\"reloaded\"}\n" : "reloaded\n");
        return std::nullopt;
    });
}

} // namespace

/// Another reload may end at the same time. Then the console was replaced, and the new one is asked.
Result reload(const Context& context)
{
    return again_after_reload([&] { return reload_once(context); });
}

Result verbosity(const Context& context)
{
    const std::string& level = context.invocation.arguments.front();
    const auto number = base::parse_decimal(level, static_cast<unsigned>(ipc::Verbosity::details));
    if (!number) {
        return Failure{Exit::usage, base::filled("found {}, expected 0, 1 or 2", {base::escape(level)})};
    }
    return with_connection(context, [&](Connection& connection) -> Result {
        const admin::SetVerbosity request{static_cast<ipc::Verbosity>(*number)};
        auto failure = ask(connection, request, [](const admin::ConsoleToClient&) {});
        if (failure) {
            return failure;
        }
        context.print(context.invocation.json
                          ? Json{}.open_object()
                                    .member("version", 1)
                                    .member("verbosity", *number)
                                    .close_object()
                                    .text() +
                                '\n'
                          : base::filled("verbosity {} until the next restart\n", {*number}));
        return std::nullopt;
    });
}

} // namespace ctl
