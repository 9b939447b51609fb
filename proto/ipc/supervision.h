// What a console and the supervisor say to each other, beside the messages of every child (control.h). An
// administrator's requests come by the console, so a console that was broken into can send all of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "proto/ipc/codec.h"
#include "proto/ipc/control.h"
#include "proto/ipc/service.h"

namespace ipc
{

/// Answered with a SocketState for each listening socket, a ProcessState for each process, and StateEnd.
struct AskState {
    static constexpr std::uint8_t tag = 5;
    static void fields(auto& /*m*/, auto& /*code*/) {}
};

/// Answered with ReloadOutcome, of a reload that begins after this was received. It may be the answer to
/// several requests.
struct AskReload {
    static constexpr std::uint8_t tag = 6;
    std::uint32_t number = 0; ///< the console counts its requests
    static void fields(auto& m, auto& code) { code(m.number); }
};

struct SocketState {
    static constexpr std::uint8_t tag = 8;
    Service service = Service::dns_udp;
    base::Address address;  ///< without a meaning for a Unix socket
    std::uint16_t port = 0; ///< 0: a Unix socket
    static void fields(auto& m, auto& code)
    {
        code(m.service);
        code(m.address);
        code(m.port);
    }
};

struct ProcessState {
    static constexpr std::uint8_t tag = 9;
    static constexpr std::size_t longest_missing = 800; ///< bytes; a record is not much larger
    std::string name;                                   ///< "supervisor", or that of its role
    std::uint16_t index = 0;                            ///< counts the processes of a role from 0
    std::uint32_t pid = 0;                              ///< 0: it does not run
    base::UnixTime started{};                           ///< without a meaning if it does not run
    std::optional<std::uint32_t> restarts; ///< after deaths, also before reloads; none: the supervisor
    std::string missing;                   ///< names of sandbox layers, with reasons; empty: all are there
    static void fields(auto& m, auto& code)
    {
        code(m.name);
        code(m.index);
        code(m.pid);
        code(m.started);
        code(m.restarts);
        code(m.missing);
    }
};

struct StateEnd {
    static constexpr std::uint8_t tag = 10;
    static void fields(auto& /*m*/, auto& /*code*/) {}
};

enum class ReloadResult : std::uint8_t {
    taken = 1,   ///< new children replace the old ones, this console too, which is the last one to start
    refused = 2, ///< the old configuration stays in force
    too_soon =
        3, ///< there were too many requests: nothing was tried. Earlier requests may have no answer yet
};
constexpr bool valid(ReloadResult result)
{
    return result >= ReloadResult::taken && result <= ReloadResult::too_soon;
}

struct ReloadOutcome {
    static constexpr std::uint8_t tag = 11;
    static constexpr std::size_t longest_why = 800; ///< bytes; a record is not much larger
    std::uint32_t number = 0; ///< of the request; earlier ones that have no answer yet have the same
    ReloadResult result = ReloadResult::taken;
    std::string why; ///< if it was refused, as it is in the log
    static void fields(auto& m, auto& code)
    {
        code(m.number);
        code(m.result);
        code(m.why);
    }
};

/// As SupervisorToChild, and the answers.
using SupervisorToConsole = std::variant<Ping, Attach, Quit, ReportStatistics, StateInPlace, CookieSecrets,
                                         SetVerbosity, SocketState, ProcessState, StateEnd, ReloadOutcome>;
/// As ChildToSupervisor, and the requests, which only a role with Role::administers may send.
using ConsoleToSupervisor =
    std::variant<Ready, Pong, PeerReport, Unusable, AskState, AskReload, SetVerbosity>;

} // namespace ipc
