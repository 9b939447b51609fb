// The history of changes and refusals, from the journal of systemd. It is there without a daemon, too.
#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "ctl/commands.h"
#include "ctl/log_event.h"
#include "ctl/since.h"
#include "ctl/times.h"
#include "proto/base/text.h"

namespace ctl
{

namespace
{

/// What of the history is asked for.
struct Bounds {
    std::optional<base::UnixTime> since;
    std::optional<std::uint64_t> count; ///< the last ones
};

std::variant<Bounds, Failure> read_bounds(const Context& context)
{
    constexpr std::uint64_t usual_count = 10; // before the lines that are followed, as tail(1) has it
    const Invocation& invocation = context.invocation;
    Bounds bounds;
    if (invocation.count) {
        bounds.count = base::parse_decimal(*invocation.count, 1'000'000'000);
        if (!bounds.count) {
            return Failure{Exit::usage,
                           base::filled("found -n {}, expected a number", {base::escape(*invocation.count)})};
        }
    }
    if (invocation.since) {
        bounds.since = read_since(*invocation.since, context.now());
        if (!bounds.since) {
            return Failure{Exit::usage,
                           base::filled("found --since {}, expected a length of time such as 36h or "
                                        "7d, or a time in UTC such as 2026-11-28 or "
                                        "2026-11-28T04:05:06Z",
                                        {base::escape(*invocation.since)})};
        }
    }
    if (invocation.follow && !bounds.count && !bounds.since) {
        bounds.count = usual_count;
    }
    return bounds;
}

/// What the daemon knows of the host that is asked for, and of the domain. All of it may be missing.
struct FromDaemon {
    std::optional<Names> names;
    std::optional<dns::CompactName> host;
    std::optional<Failure> missing; ///< there is no such host now
    std::optional<base::UnixTime> changed;
    Failure failure{}; ///< why there is nothing
};

Result ask_about_host(Connection& connection, const std::string& host, FromDaemon& known)
{
    known.host = connection.names().read(host);
    if (!known.host) {
        known.missing = no_such_host(connection, host);
        return std::nullopt;
    }
    auto failure =
        ask_about(connection, host, admin::AskHost{*known.host}, [&](const admin::ConsoleToClient& record) {
            if (const auto* const row = std::get_if<admin::HostRow>(&record)) {
                known.changed = row->changed;
            }
        });
    if (failure && failure->status == Exit::no_such_host) {
        known.missing = failure;
    }
    return failure;
}

FromDaemon ask_daemon(const Context& context)
{
    constexpr std::chrono::milliseconds patience{2000}; // it is not needed
    const auto& arguments = context.invocation.arguments;
    FromDaemon known;
    const Result failure = again_after_reload([&]() -> Result {
        known = {};
        auto opened = Connection::open(context.socket(), std::min(patience, context.patience));
        if (auto* const failed = std::get_if<Failure>(&opened)) {
            return std::move(*failed);
        }
        auto& connection = std::get<Connection>(opened);
        known.names = connection.names();
        return arguments.empty() ? std::nullopt : ask_about_host(connection, arguments.front(), known);
    });
    known.failure = failure.value_or(Failure{});
    return known;
}

std::variant<LogFilter, Failure> filter_for(const Context& context, const FromDaemon& known)
{
    if (context.invocation.arguments.empty()) {
        return LogFilter{};
    }
    const std::string& host = context.invocation.arguments.front();
    if (known.host) {
        return LogFilter{Names::whole(*known.host), true};
    }
    if (host == "@" && !known.names) {
        return known.failure; // only the daemon knows the domain
    }
    const auto name = dns::Name::from_text(host);
    if (known.names || !name) {
        return known.missing.value_or(
            Failure{Exit::no_such_host, base::filled("there is no host {}", {base::escape(host)})});
    }
    return LogFilter{Names::whole(dns::CompactName{*name}), host.ends_with('.')};
}

class History
{
public:
    History(const Context& context, Journal& journal, LogFilter filter, FromDaemon known)
        : context_(context), journal_(journal), filter_(std::move(filter)), known_(std::move(known))
    {
    }

    Result show(const Bounds& bounds)
    {
        say_what_is_gone(bounds);
        seek(bounds);
        auto failure = print_to_the_end();
        if (failure) {
            return failure;
        }
        if (!has_printed_ && known_.missing) {
            return known_.missing;
        }
        const bool is_asked = bounds.count != 0; // -n 0 asks for no line
        if (!has_printed_ && is_asked && !context_.invocation.json && !context_.invocation.follow) {
            context_.print(nothing(bounds));
        }
        return context_.invocation.follow ? follow() : std::nullopt;
    }

private:
    std::optional<LogEvent> event_of(const JournalEntry& entry) const
    {
        auto event = read_event(entry.at, entry.message, entry.program);
        return event && filter_.matches(*event) ? std::move(event) : std::nullopt;
    }

    void seek(const Bounds& bounds)
    {
        if (bounds.count) {
            seek_back(*bounds.count, bounds.since);
        } else if (bounds.since) {
            journal_.seek(*bounds.since);
        } else {
            journal_.seek_first();
        }
    }
    /// To the first of the last events.
    void seek_back(std::uint64_t count, std::optional<base::UnixTime> since)
    {
        std::string place;
        journal_.seek_end();
        while (count != 0) {
            const auto entry = journal_.previous();
            if (!entry || (since && entry->at < *since)) {
                break;
            }
            if (event_of(*entry)) {
                place = journal_.place();
                --count;
            }
        }
        if (place.empty()) {
            journal_.seek_end();
        } else {
            journal_.seek_to(place);
        }
    }

    Result print_to_the_end()
    {
        while (const auto entry = journal_.next()) {
            const auto event = event_of(*entry);
            if (!event) {
                continue;
            }
            has_printed_ = true;
            context_.print(context_.invocation.json ? as_json(*event, known_.names)
                                                    : as_text(*event, known_.names));
        }
        auto failure = check_output(context_);
        return failure ? failure : journal_.failure();
    }
    Result follow()
    {
        while (journal_.wait()) {
            if (auto failure = print_to_the_end()) {
                return failure;
            }
        }
        return journal_.failure();
    }

    /// Which settings decide how far the journal goes back.
    std::string limits() const
    {
        return journal_.is_volatile()
                   ? "it is kept until the next shutdown only: see Storage= in journald.conf(5)"
                   : "see SystemMaxUse= and MaxRetentionSec= in journald.conf(5)";
    }
    void say_what_is_gone(const Bounds& bounds) const
    {
        const auto begins = journal_.begins();
        const bool is_later = begins && bounds.since && *begins > *bounds.since;
        if (is_later) {
            context_.complain(
                base::filled("the journal begins at {}, after --since; {}", {rfc3339(*begins), limits()}));
        } else if (begins && !bounds.since && known_.changed && *known_.changed < *begins) {
            context_.complain(
                base::filled("the last change of {} was at {}, but the journal begins at {}; {}",
                             {context_.invocation.arguments.front(), rfc3339(*known_.changed),
                              rfc3339(*begins), limits()}));
        }
    }
    std::string nothing(const Bounds& bounds) const
    {
        const auto& arguments = context_.invocation.arguments;
        const auto begins = journal_.begins();
        const auto from = bounds.since && begins ? std::max(*bounds.since, *begins) : begins;
        return base::filled("There are no changes or refusals{} in the journal{}.\n",
                            {arguments.empty() ? "" : " of " + base::escape(arguments.front()),
                             from ? " since " + rfc3339(*from) : ""});
    }

    const Context& context_;
    Journal& journal_;
    LogFilter filter_;
    FromDaemon known_;
    bool has_printed_ = false;
};

} // namespace

Result log(const Context& context)
{
    const auto bounds = read_bounds(context);
    if (const auto* const failure = std::get_if<Failure>(&bounds)) {
        return *failure;
    }
    auto opened = context.open_journal();
    if (auto* const failure = std::get_if<Failure>(&opened)) {
        return std::move(*failure);
    }
    FromDaemon known = ask_daemon(context);
    const auto filter = filter_for(context, known);
    if (const auto* const failure = std::get_if<Failure>(&filter)) {
        return *failure;
    }
    Journal& journal = *std::get<std::unique_ptr<Journal>>(opened);
    return History{context, journal, std::get<LogFilter>(filter), std::move(known)}.show(
        std::get<Bounds>(bounds));
}

} // namespace ctl
