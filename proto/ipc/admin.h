// The messages between nanodnsctl and the console, over the control socket (SOCK_SEQPACKET). Each record is
// one message.
//
// The client begins with Hello, which is answered with Welcome, or with Refusal if the protocol's versions
// differ. Then it sends one request at a time. A request is answered with its rows, a record each, and last
// with Done or with a Refusal; but Watch goes on until the client closes the connection or is refused. A
// record that is malformed, too long or not expected now ends the connection. No message holds a secret.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "proto/ipc/admin_rows.h"
#include "proto/ipc/codec.h"
#include "proto/ipc/verbosity.h"

namespace ipc::admin
{

/// Grows with each change of a message in this file, except Hello and Refusal, whose form never changes.
inline constexpr std::uint16_t protocol_version = 1;
/// The longest record of a request, in bytes.
inline constexpr std::size_t max_request = 4096;
/// The longest record of an answer, in bytes.
inline constexpr std::size_t max_answer = 16384;

/// The client's first record.
struct Hello {
    static constexpr std::uint8_t tag = 1;
    std::uint16_t version = protocol_version;
    std::uint32_t uid = 0; ///< what the client claims. It is used only if the kernel does not know it
    static void fields(auto& m, auto& code)
    {
        code(m.version);
        code(m.uid);
    }
};

/// The version in a client's first record, also of a Hello of another version of this file. None if the
/// record is not a Hello of any version.
inline std::optional<std::uint16_t> version_of(Bytes record) noexcept
{
    base::Reader in{record};
    const bool is_hello = in.u8() == Hello::tag;
    const std::uint16_t version = in.u16();
    return in.ok() && is_hello ? std::optional{version} : std::nullopt;
}

/// Answered with a StatusDaemon, StatusCertificate if there is HTTPS, StatusSocket and StatusProcess rows.
struct AskStatus {
    static constexpr std::uint8_t tag = 2;
    static void fields(auto& /*m*/, auto& /*code*/) {}
};

/// Which hosts a request is about.
enum class Filter : std::uint8_t {
    all = 1,
    overdue = 2, ///< not heard from for longer than `expect`
    refused = 3, ///< an attempt was refused since the last success
};
constexpr bool valid(Filter filter)
{
    return filter >= Filter::all && filter <= Filter::refused;
}

/// Answered with a HostRow for each host in the order of the config, and after each the HostFollower rows of
/// its followers.
struct AskHosts {
    static constexpr std::uint8_t tag = 3;
    static constexpr std::size_t max_pattern = 1024; ///< bytes
    std::string pattern; ///< of base::matches() for the whole name without the last dot; empty: all
    Filter filter = Filter::all;
    static void fields(auto& m, auto& code)
    {
        code(m.pattern);
        code(m.filter);
    }
    static constexpr std::size_t longest_record = 1 + 2 + max_pattern + 1;
};

/// Answered with one HostRow and its HostFollower rows; refused with `no_such_host`.
struct AskHost {
    static constexpr std::uint8_t tag = 4;
    dns::CompactName name;
    static void fields(auto& m, auto& code) { code(m.name); }
};

/// Sets what is given and keeps the rest, but no addresses of the config: the first update of a host removes
/// them. Answered with an Outcome.
struct Set {
    static constexpr std::uint8_t tag = 5;
    dns::CompactName name;
    std::optional<base::Address4> address4;
    std::optional<base::Address6> address6;
    static void fields(auto& m, auto& code)
    {
        code(m.name);
        code(m.address4);
        code(m.address6);
    }
};

/// Removes what is chosen, at least one of them, and all addresses of the config if an address is chosen.
/// Answered with an Outcome.
struct Clear {
    static constexpr std::uint8_t tag = 6;
    dns::CompactName name;
    bool a = false;
    bool aaaa = false; ///< and the prefix
    bool txt = false;  ///< the values of ACME challenges
    static void fields(auto& m, auto& code)
    {
        code(m.name);
        code(m.a);
        code(m.aaaa);
        code(m.txt);
    }
};

/// Answered with Watching, then a Changed for each change after `after` and for those to come. Refused with
/// `place_is_gone` if the list no longer has that place, also later: the client then asks for the hosts
/// again.
struct Watch {
    static constexpr std::uint8_t tag = 7;
    std::optional<dns::CompactName> host; ///< none: all
    Place after;                          ///< of the Done of AskHosts or AskHost, or of the last Changed
    static void fields(auto& m, auto& code)
    {
        code(m.host);
        code(m.after);
    }
};

/// Answered with CountersSince and Counter rows.
struct AskCounters {
    static constexpr std::uint8_t tag = 8;
    static void fields(auto& /*m*/, auto& /*code*/) {}
};

/// Answered when the new configuration is taken. The console then ends the connection. The next console says
/// Welcome when the reload is done: nobody is answered from the old zone any more. Refused with `bad_config`
/// and the error as it is in the log.
struct Reload {
    static constexpr std::uint8_t tag = 9;
    static void fields(auto& /*m*/, auto& /*code*/) {}
};

/// Until the next restart.
struct SetVerbosity {
    static constexpr std::uint8_t tag = 10;
    Verbosity level = Verbosity::normal;
    static void fields(auto& m, auto& code) { code(m.level); }
};

using ClientToConsole =
    std::variant<Hello, AskStatus, AskHosts, AskHost, Set, Clear, Watch, AskCounters, Reload, SetVerbosity>;
using ConsoleToClient =
    std::variant<Welcome, Refusal, Done, HostRow, HostFollower, Outcome, Watching, Changed, StatusDaemon,
                 StatusCertificate, StatusSocket, StatusProcess, CountersSince, Counter>;

static_assert(longest_record<ClientToConsole> <= max_request);
static_assert(longest_record<ConsoleToClient> <= max_answer);

} // namespace ipc::admin
