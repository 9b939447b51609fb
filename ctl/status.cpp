// What the daemon serves, its processes, and what deserves attention.
#include "ctl/status.h"

#include <algorithm>
#include <utility>

#include "ctl/commands.h"
#include "ctl/manager_text.h"
#include "proto/base/text.h"

namespace ctl
{

namespace
{

/// Takes the rows of the answer.
void take(Status& status, const admin::ConsoleToClient& record)
{
    if (const auto* daemon = std::get_if<admin::StatusDaemon>(&record)) {
        status.daemon = *daemon;
    } else if (const auto* certificate = std::get_if<admin::StatusCertificate>(&record)) {
        status.certificate = *certificate;
    } else if (const auto* socket = std::get_if<admin::StatusSocket>(&record)) {
        status.sockets.push_back(*socket);
    } else if (const auto* process = std::get_if<admin::StatusProcess>(&record)) {
        status.processes.push_back(*process);
    }
}

/// A host may be both overdue and refused. Nothing is asked without need: the daemon looks at each host for
/// it.
Result ask_for_needy(Connection& connection, Status& status)
{
    const auto add = [&](const admin::ConsoleToClient& record, bool is_known_if_overdue) {
        const auto* const row = std::get_if<admin::HostRow>(&record);
        if (row != nullptr && !(is_known_if_overdue && row->overdue_since)) {
            status.needy.push_back(*row);
        }
    };
    Result failure;
    if (status.daemon.overdue != 0) {
        failure = ask(connection, admin::AskHosts{"", admin::Filter::overdue},
                      [&](const auto& record) { add(record, false); });
    }
    if (!failure && status.daemon.refused != 0) {
        failure = ask(connection, admin::AskHosts{"", admin::Filter::refused},
                      [&](const auto& record) { add(record, true); });
    }
    return failure;
}

std::optional<std::uint64_t> memory_of_all(const Status& status)
{
    std::uint64_t sum = 0;
    for (const admin::StatusProcess& process : status.processes) {
        if (process.pid == 0) { // it does not run
            continue;
        }
        const auto memory = private_memory(process.pid);
        if (!memory) {
            return std::nullopt;
        }
        sum += *memory;
    }
    return status.processes.empty() ? std::nullopt : std::optional{sum};
}

std::optional<std::uint32_t> supervisor_of(const Status& status)
{
    const auto found = std::find_if(status.processes.begin(), status.processes.end(),
                                    [](const auto& process) { return process.name == "supervisor"; });
    return found == status.processes.end() ? std::nullopt : std::optional{found->pid};
}

std::optional<Manager> ask_manager(const Context& context, std::optional<std::uint32_t> supervisor)
{
    Bus bus{context.bus, context.bus_patience};
    return ctl::ask_manager(bus, supervisor);
}

/// Shows what the service manager knows. While it tries to start the daemon, it holds the socket. A daemon
/// that has greeted us runs, and is another one than that of a service that does not run.
Failure without_daemon(const Context& context, Failure failure, bool has_greeted)
{
    auto manager = ask_manager(context, std::nullopt);
    const bool does_not_run = manager && manager->service && !manager->service->is_active();
    if (has_greeted && does_not_run) {
        manager.reset();
    }
    const bool is_silent = is_silence(failure) || failure.status == Exit::nobody_serves;
    if (context.invocation.json) {
        context.print(as_json(manager));
    } else if (manager) {
        context.print(as_text(*manager, is_silent, context.now(), context.terminal, context.columns()));
    }
    if (is_silence(failure) && does_not_run && !has_greeted) {
        failure.status = Exit::nobody_serves;
    }
    return failure;
}

Result with_daemon(const Context& context, Connection& connection)
{
    Status status;
    status.version = connection.daemon_version();
    status.names = connection.names();
    auto failure = ask(connection, admin::AskStatus{},
                       [&](const admin::ConsoleToClient& record) { take(status, record); });
    if (!failure) {
        failure = ask_for_needy(connection, status);
    }
    if (failure) {
        return failure;
    }
    std::stable_sort(status.sockets.begin(), status.sockets.end(),
                     [](const auto& one, const auto& other) { return one.socket < other.socket; });
    status.memory = memory_of_all(status);
    status.manager = ask_manager(context, supervisor_of(status));
    const base::UnixTime now = context.now();
    context.print(context.invocation.json ? as_json(status, now)
                                          : as_text(status, now, context.terminal, context.columns()));
    return std::nullopt;
}

} // namespace

std::string name_of(const admin::StatusProcess& process, const Status& status)
{
    const auto of_name = std::count_if(status.processes.begin(), status.processes.end(),
                                       [&](const auto& other) { return other.name == process.name; });
    const std::string number = of_name > 1 ? '-' + std::to_string(process.index + 1) : "";
    return base::escape(process.name) + number;
}

std::string sandbox_of(const admin::StatusProcess& process)
{
    return process.missing.empty() ? "complete" : "missing: " + base::escape(process.missing, 1000);
}

Result status(const Context& context)
{
    auto opened = context.connect();
    auto* const connection = std::get_if<Connection>(&opened);
    Result failure =
        connection != nullptr ? with_daemon(context, *connection) : std::get<Failure>(std::move(opened));
    if (!failure || failure->status == Exit::usage || is_closing(*failure)) {
        return failure;
    }
    return without_daemon(context, *std::move(failure), connection != nullptr);
}

} // namespace ctl
