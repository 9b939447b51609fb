#include <algorithm>

#include "ctl/doctor/collect.h"
#include "proto/base/text.h"

namespace ctl::doctor
{

namespace
{

/// More lines are not printed, and a zone may have a million hosts.
constexpr std::size_t most_hosts = 10'000;
/// So many are kept in any case: one may be a name server.
constexpr std::size_t few_hosts = 1000;

/// Whether a check may say something of the host. Static ones may be name servers.
bool is_of_interest(const admin::HostRow& row)
{
    const bool has_addresses = !row.a.empty() || !row.aaaa.empty();
    return row.kind != admin::HostKind::dynamic || row.overdue_since || row.refused || !row.seen ||
           !has_addresses || (row.lifetime && row.expect && *row.lifetime < *row.expect);
}

void take(Running& running, const admin::ConsoleToClient& record)
{
    if (const auto* daemon = std::get_if<admin::StatusDaemon>(&record)) {
        running.status = *daemon;
    } else if (const auto* certificate = std::get_if<admin::StatusCertificate>(&record)) {
        running.certificate = *certificate;
    } else if (const auto* socket = std::get_if<admin::StatusSocket>(&record)) {
        running.sockets.push_back(*socket);
    } else if (const auto* process = std::get_if<admin::StatusProcess>(&record)) {
        running.processes.push_back(*process);
    } else if (const auto* row = std::get_if<admin::HostRow>(&record)) {
        const std::size_t most = is_of_interest(*row) ? most_hosts : few_hosts;
        if (running.hosts.size() < most) {
            running.hosts.push_back(*row);
        }
    } else if (const auto* counter = std::get_if<admin::Counter>(&record)) {
        running.limited += counter->name == "dns_limited_total" ? counter->value : 0;
    }
}

} // namespace

void ask_daemon(const Context& context, Facts& facts)
{
    Running running;
    const auto ask_all = [&](Connection& connection) -> Result {
        running = {};
        facts.names = connection.names();
        const auto row = [&](const admin::ConsoleToClient& record) { take(running, record); };
        for (const admin::ClientToConsole& request : std::vector<admin::ClientToConsole>{
                 admin::AskStatus{}, admin::AskHosts{}, admin::AskCounters{}}) {
            if (auto failed = ask(connection, request, row)) {
                return failed;
            }
        }
        return std::nullopt;
    };
    const Result failure = again_after_reload([&] { return with_connection(context, ask_all); });
    if (failure) {
        facts.running = Known<Running>::unknown(failure->text);
        return;
    }
    running.serial_before = running.status.serial;
    running.serial_after = running.status.serial;
    facts.running = std::move(running);
}

void ask_serial_again(const Context& context, Facts& facts)
{
    if (!facts.running || facts.answers.empty()) {
        return;
    }
    const auto ask_serial = [&](Connection& connection) {
        return ask(connection, admin::AskStatus{}, [&](const admin::ConsoleToClient& record) {
            if (const auto* daemon = std::get_if<admin::StatusDaemon>(&record)) {
                facts.running->serial_after = daemon->serial;
            }
        });
    };
    again_after_reload([&] { return with_connection(context, ask_serial); });
}

} // namespace ctl::doctor
