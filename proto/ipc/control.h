// The messages between the supervisor and each of its children.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include "proto/base/secret.h"
#include "proto/base/siphash.h"
#include "proto/ipc/codec.h"
#include "proto/ipc/verbosity.h"

namespace ipc
{

/// Asks for a Pong with the same number.
struct Ping {
    static constexpr std::uint8_t tag = 1;
    std::uint32_t number = 0;
    static void fields(auto& m, auto& code) { code(m.number); }
};

/// The number of a role (daemon/supervisor/roles.h). Any number but 0 is valid in a message: the receiver
/// knows the roles of its peers.
enum class Role : std::uint8_t {
    keeper = 1,
    responder = 2,
    updater = 3,
    updater_tls = 4,
    keyholder = 5,
    console = 6
};
constexpr bool valid(Role role)
{
    return role != Role{};
}

/// Has one descriptor: a new channel to that peer, which replaces the previous one. `index` counts the
/// children of a role from 0.
struct Attach {
    static constexpr std::uint8_t tag = 2;
    Role role = Role::keeper;
    std::uint16_t index = 0;
    static void fields(auto& m, auto& code)
    {
        code(m.role);
        code(m.index);
    }
};

/// Accept no new work, finish the rest, and exit with 0.
struct Quit {
    static constexpr std::uint8_t tag = 3;
    static void fields(auto& /*m*/, auto& /*code*/) {}
};

/// Log the counters now and set them to 0.
struct ReportStatistics {
    static constexpr std::uint8_t tag = 4;
    static void fields(auto& /*m*/, auto& /*code*/) {}
};

/// To the keeper: whether the paths of the state files still lead to the files that it has open. If not, what
/// it stores would be lost at the next start.
struct StateInPlace {
    static constexpr std::uint8_t tag = 5;
    bool in_place = true;
    static void fields(auto& m, auto& code) { code(m.in_place); }
};

/// To a child that makes DNS cookies: the secrets to use from now on, unless its setup has some. The
/// destructor wipes them.
struct CookieSecrets {
    static constexpr std::uint8_t tag = 6;
    base::SipKey current{};    ///< makes cookies
    base::SipKey previous{};   ///< its cookies are accepted
    bool has_previous = false; ///< if not, `previous` has no meaning

    CookieSecrets() = default;
    CookieSecrets(const CookieSecrets&) = default;
    CookieSecrets& operator=(const CookieSecrets&) = default;
    CookieSecrets(CookieSecrets&&) = default; // copies the bytes; the source's destructor wipes its own
    CookieSecrets& operator=(CookieSecrets&&) = default;
    ~CookieSecrets()
    {
        base::wipe(current);
        base::wipe(previous);
    }
    static void fields(auto& m, auto& code)
    {
        code(m.current);
        code(m.previous);
        code(m.has_previous);
    }
};

/// From now on, until the next one.
struct SetVerbosity {
    static constexpr std::uint8_t tag = 7;
    Verbosity level = Verbosity::normal;
    static void fields(auto& m, auto& code) { code(m.level); }
};

/// The child is locked down and serves. `layers`: the bits of its privsep::SandboxLayer values.
struct Ready {
    static constexpr std::uint8_t tag = 1;
    std::uint32_t layers = 0;
    static void fields(auto& m, auto& code) { code(m.layers); }
};

struct Pong {
    static constexpr std::uint8_t tag = 2;
    std::uint32_t number = 0;
    static void fields(auto& m, auto& code) { code(m.number); }
};

/// A peer sent an invalid message: the supervisor kills and restarts it. Only a role with Role::reports_peers
/// (daemon/supervisor/roles.h) may send this.
struct PeerReport {
    static constexpr std::uint8_t tag = 3;
    Role role = Role::updater;
    std::uint16_t index = 0;
    static void fields(auto& m, auto& code)
    {
        code(m.role);
        code(m.index);
    }
};

/// Instead of Ready: the child exits, because a file that the config names cannot be used. The supervisor
/// refuses the config and logs the reason, which is one line.
struct Unusable {
    static constexpr std::uint8_t tag = 4;
    static constexpr std::size_t longest_reason = 800; ///< bytes; a record is not much larger
    std::string reason;
    static void fields(auto& m, auto& code) { code(m.reason); }
};

/// A console may be sent more, and may send more (proto/ipc/supervision.h).
using SupervisorToChild =
    std::variant<Ping, Attach, Quit, ReportStatistics, StateInPlace, CookieSecrets, SetVerbosity>;
using ChildToSupervisor = std::variant<Ready, Pong, PeerReport, Unusable>;

} // namespace ipc
