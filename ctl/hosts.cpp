// The table of hosts.
#include <algorithm>
#include <utility>

#include "ctl/commands.h"
#include "ctl/host_text.h"
#include "ctl/table.h"
#include "ctl/times.h"
#include "proto/base/text.h"

namespace ctl
{

namespace
{

std::string when(const std::optional<base::UnixTime>& time, base::UnixTime now)
{
    return time ? relative(*time, now) : "";
}

std::vector<std::string> cells(const admin::HostRow& row, const Names& names, base::UnixTime now)
{
    return {names.label(row.name),
            first_of(row.a, row.a_left_out),
            first_of(row.aaaa, row.aaaa_left_out),
            when(row.changed, now),
            when(row.seen, now),
            row.from ? to_text(*row.from) : "",
            word(row.dialect),
            when(row.expires, now),
            note(row, names, now)};
}

admin::AskHosts request(const Context& context, const Names& names)
{
    const Invocation& invocation = context.invocation;
    const std::string pattern = invocation.arguments.empty() ? "" : invocation.arguments.front();
    const auto filter = invocation.overdue   ? admin::Filter::overdue
                        : invocation.refused ? admin::Filter::refused
                                             : admin::Filter::all;
    return {names.read_pattern(pattern), filter};
}

/// Longer than any name without escapes.
constexpr std::size_t most_of_pattern = dns::Name::max_wire_bytes;

/// Writes each host when all its followers are known, and prints nothing before the end: if the connection
/// ends before, all of it may be asked again.
class JsonHosts
{
public:
    explicit JsonHosts(const Names& names) : names_(names)
    {
        json_.open_object().member("version", 1).member("zone", names.zone()).key("hosts").open_list();
    }
    void add(const admin::ConsoleToClient& record)
    {
        if (const auto* row = std::get_if<admin::HostRow>(&record)) {
            flush();
            row_ = *row;
        } else if (const auto* follower = std::get_if<admin::HostFollower>(&record)) {
            followers_.push_back(follower->name);
        }
    }
    std::string text()
    {
        flush();
        return json_.close_list().close_object().take() + '\n';
    }

private:
    void flush()
    {
        if (row_) {
            write(json_, *row_, followers_, names_);
        }
        followers_.clear();
        row_.reset();
    }

    const Names& names_;
    Json json_;
    std::optional<admin::HostRow> row_;
    std::vector<dns::CompactName> followers_;
};

bool is_pattern(const std::string& text)
{
    return text.find('*') != std::string::npos;
}

Failure no_match(Connection& connection, const std::string& pattern)
{
    if (!is_pattern(pattern)) {
        return no_such_host(connection, pattern);
    }
    return {Exit::no_such_host,
            base::filled("no host matches {}; nanodnsctl hosts lists all", {base::escape(pattern)})};
}

/// Whether the host is there, which the filter may have left out.
Result look_for(Connection& connection, const std::string& host)
{
    const auto name = connection.names().read(host);
    return name ? ask_about(connection, host, admin::AskHost{*name}, [](const auto& /*row*/) {})
                : no_such_host(connection, host);
}

/// About the hosts that the filter has left out.
std::string left_out_by_filter(const Invocation& invocation, const std::string& pattern)
{
    const bool is_host = !pattern.empty() && !is_pattern(pattern);
    const std::string hosts = is_host           ? base::escape(pattern)
                              : pattern.empty() ? "No host"
                                                : "No host that matches " + base::escape(pattern);
    return base::filled(
        "{} {}{}{}.\n",
        {hosts, invocation.overdue ? "is " : "was ", is_host ? "not " : "",
         invocation.overdue ? "overdue" : "refused since its last success, as far as the keeper remembers"});
}

/// What to say instead of a table without rows.
Result nothing(const Context& context, Connection& connection)
{
    const Invocation& invocation = context.invocation;
    const std::string pattern = invocation.arguments.empty() ? "" : invocation.arguments.front();
    const bool is_filtered = invocation.overdue || invocation.refused;
    if (!is_filtered && !pattern.empty()) {
        return no_match(connection, pattern);
    }
    Result failure = pattern.empty() || is_pattern(pattern) ? std::nullopt : look_for(connection, pattern);
    if (!failure && !invocation.json) {
        context.print(is_filtered ? left_out_by_filter(invocation, pattern) : "There are no hosts.\n");
    }
    return failure;
}

Result as_json(const Context& context, Connection& connection)
{
    JsonHosts out{connection.names()};
    bool has_rows = false;
    auto failure = ask(connection, request(context, connection.names()), [&](const auto& record) {
        has_rows = true;
        out.add(record);
    });
    if (!failure && !has_rows) {
        failure = nothing(context, connection);
    }
    if (!failure || failure->status == Exit::no_such_host) {
        context.print(out.text());
    }
    return failure;
}

Result as_table(const Context& context, Connection& connection)
{
    Table table{{{"NAME"}, {"A"}, {"AAAA"}, {"CHANGED"}, {"SEEN"}, {"FROM"}, {"BY"}, {"EXPIRES"}, {"NOTE"}}};
    const base::UnixTime now = context.now();
    auto failure = ask(connection, request(context, connection.names()), [&](const auto& record) {
        if (const auto* row = std::get_if<admin::HostRow>(&record)) {
            table.add(cells(*row, connection.names(), now));
        }
    });
    if (failure) {
        return failure;
    }
    if (table.is_empty()) {
        return nothing(context, connection);
    }
    context.print(table.text(context.columns()));
    return std::nullopt;
}

} // namespace

Result hosts(const Context& context)
{
    const Invocation& invocation = context.invocation;
    if (invocation.overdue && invocation.refused) {
        return Failure{Exit::usage, "found --overdue and --refused, expected one of them"};
    }
    if (!invocation.arguments.empty()) {
        const std::size_t size = invocation.arguments.front().size();
        if (size > most_of_pattern) {
            return Failure{Exit::usage, base::filled("found a pattern of {} bytes, expected at most {}",
                                                     {size, most_of_pattern})};
        }
    }
    return with_connection(context, [&](Connection& connection) {
        return invocation.json ? as_json(context, connection) : as_table(context, connection);
    });
}

} // namespace ctl
