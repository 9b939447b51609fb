// What a command works with. Streams, clock and terminal are passed in, so that a test sees whole texts.
#pragma once

#include <chrono>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "ctl/bus.h"
#include "ctl/command_line.h"
#include "ctl/connection.h"
#include "ctl/exit.h"
#include "ctl/journal.h"
#include "ctl/terminal.h"
#include "proto/base/time.h"

namespace ctl
{

using Result = std::optional<Failure>; ///< none: done

inline constexpr const char* usual_socket = "/run/nanodnsd/control";

struct Context {
    Invocation invocation{};
    std::FILE* out = stdout;
    std::FILE* err = stderr;
    Terminal terminal{};
    Environment environment{};
    std::function<base::UnixTime()> now{};
    std::chrono::milliseconds patience = usual_patience;
    std::chrono::milliseconds retry{1000}; ///< the time between two attempts of `watch` to connect again
    std::string daemon_program{};          ///< the path of nanodnsd; empty: not known
    std::string bus{};                     ///< the address of the system bus; empty: there is none
    std::chrono::milliseconds bus_patience = Bus::usual_patience;
    std::function<OpenedJournal()> open_journal = [] { return ctl::open_journal(service_unit); };

    void print(std::string_view text) const { std::fwrite(text.data(), 1, text.size(), out); }
    /// One sentence for stderr.
    void complain(std::string_view text) const;
    /// -S, $NANODNSD_SOCKET, or the usual place.
    std::string socket() const;
    std::variant<Connection, Failure> connect() const { return Connection::open(socket(), patience); }
    /// The columns that a table may have.
    unsigned columns() const noexcept { return invocation.wide ? Terminal::any_width : terminal.columns; }
};

/// Connects, and calls `act` with the connection.
Result with_connection(const Context& context, const std::function<Result(Connection&)>& act);
/// Calls `act`, and once more if a reload has replaced the console before its answer. It must not have
/// printed anything then.
Result again_after_reload(const std::function<Result()>& act);
/// Asks for something that has no rows or whose rows go to `row`.
Result ask(Connection& connection, const admin::ClientToConsole& request, const Connection::Row& row);
/// The same for a request about HOST, as it was written: a host that is not there gets a suggestion.
Result ask_about(Connection& connection, const std::string& host, const admin::ClientToConsole& request,
                 const Connection::Row& row);

/// Why there is no such host, with the nearest one.
Failure no_such_host(Connection& connection, const std::string& host);

/// The first line of output that was not written, for a full disk.
Result check_output(const Context& context);

} // namespace ctl
