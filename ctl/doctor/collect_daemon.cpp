#include <algorithm>

#include "ctl/doctor/collect.h"
#include "proto/base/text.h"

namespace ctl::doctor
{

namespace
{

/// More lines are not printed, and a zone may have a million hosts.
constexpr std::size_t most_hosts = 10'000;

/// Whether a check may say something of the host. A wildcard may be the address of a name server; rows of
/// name servers are asked for.
bool is_of_interest(const admin::HostRow& row)
{
    const bool has_addresses = !row.a.empty() || !row.aaaa.empty();
    const bool is_ill = row.overdue_since || row.refused || !row.seen || !has_addresses ||
                        (row.lifetime && row.expect && *row.lifetime < *row.expect);
    return (row.kind == admin::HostKind::dynamic && is_ill) ||
           base::as_text(row.name.get().first_label()) == "*";
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
        if (is_of_interest(*row) && running.hosts.size() < most_hosts) {
            running.hosts.push_back(*row);
        }
    } else if (const auto* counter = std::get_if<admin::Counter>(&record)) {
        running.limited += counter->name == "dns_limited_total" ? counter->value : 0;
    }
}

void ask_name_servers(Connection& connection, Facts& facts)
{
    const auto zone = dns::Name::from_text(facts.names.zone());
    facts.running->name_servers.clear();
    for (const dns::Name& name : facts.name_servers()) {
        if (zone && name.is_at_or_below(*zone)) {
            ask(connection, admin::AskHost{dns::CompactName{name}}, [&](const auto& record) {
                if (const auto* row = std::get_if<admin::HostRow>(&record)) {
                    facts.running->name_servers.push_back(*row);
                }
            });
        }
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

void ask_daemon_again(const Context& context, Facts& facts)
{
    if (!facts.running) {
        return;
    }
    const auto ask_again = [&](Connection& connection) {
        ask_name_servers(connection, facts);
        return ask(connection, admin::AskStatus{}, [&](const admin::ConsoleToClient& record) {
            if (const auto* daemon = std::get_if<admin::StatusDaemon>(&record)) {
                facts.running->serial_after = daemon->serial;
            }
        });
    };
    again_after_reload([&] { return with_connection(context, ask_again); });
}

} // namespace ctl::doctor
