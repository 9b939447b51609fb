#include "ctl/context.h"

#include <cerrno>
#include <cstring>
#include <vector>

#include "proto/base/text.h"
#include "proto/config/suggest.h"

namespace ctl
{

namespace
{

std::vector<std::string> labels_of_all(Connection& connection)
{
    std::vector<std::string> labels;
    connection.ask(admin::AskHosts{}, [&](const admin::ConsoleToClient& record) {
        if (const auto* row = std::get_if<admin::HostRow>(&record)) {
            labels.push_back(connection.names().label(row->name));
        }
    });
    return labels;
}

} // namespace

void Context::complain(std::string_view text) const
{
    std::fflush(out); // both may be one terminal
    const std::string line = base::filled("nanodnsctl: {}\n", {text});
    std::fwrite(line.data(), 1, line.size(), err);
}

std::string Context::socket() const
{
    if (invocation.socket) {
        return *invocation.socket;
    }
    const char* const named = environment("NANODNSD_SOCKET");
    return named != nullptr && *named != '\0' ? named : usual_socket;
}

Result with_connection(const Context& context, const std::function<Result(Connection&)>& act)
{
    auto opened = context.connect();
    if (auto* failure = std::get_if<Failure>(&opened)) {
        return std::move(*failure);
    }
    return act(std::get<Connection>(opened));
}

Result again_after_reload(const std::function<Result()>& act)
{
    Result result = act();
    return result && is_closing(*result) ? act() : result;
}

Result ask(Connection& connection, const admin::ClientToConsole& request, const Connection::Row& row)
{
    auto answer = connection.ask(request, row);
    if (const auto* refusal = std::get_if<admin::Refusal>(&answer)) {
        return failure_of(*refusal);
    }
    auto* const failure = std::get_if<Failure>(&answer);
    return failure != nullptr ? Result{std::move(*failure)} : std::nullopt;
}

Result ask_about(Connection& connection, const std::string& host, const admin::ClientToConsole& request,
                 const Connection::Row& row)
{
    auto failure = ask(connection, request, row);
    const bool is_missing = failure && failure->status == Exit::no_such_host;
    return is_missing ? Result{no_such_host(connection, host)} : failure;
}

Failure no_such_host(Connection& connection, const std::string& host)
{
    std::vector<std::string> labels = labels_of_all(connection);
    std::string_view below = host; // "hom.dyn.example.org": its label is what may be wrong
    const std::string zone = '.' + connection.names().zone();
    if (base::to_lower(host).ends_with(base::to_lower(zone))) {
        below.remove_suffix(zone.size());
    }
    const std::vector<std::string_view> candidates(labels.begin(), labels.end());
    const std::string_view near = config::nearest(below, candidates);
    return {Exit::no_such_host,
            base::filled("there is no host {}{}",
                         {base::escape(host), near.empty() ? "; nanodnsctl hosts lists all"
                                                           : base::filled("; did you mean {}?", {near})})};
}

Result check_output(const Context& context)
{
    if (std::fflush(context.out) == 0 && std::ferror(context.out) == 0) {
        return std::nullopt;
    }
    return Failure{Exit::failed, base::filled("cannot write the output: {}", {std::strerror(errno)})};
}

} // namespace ctl
