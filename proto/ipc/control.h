// The edge between the supervisor and each of its children: liveness, new channels to peers, when to stop.
#pragma once

#include <cstdint>
#include <variant>

#include "proto/ipc/codec.h"

namespace ipc
{

/// Asks for a Pong with the same number.
struct Ping {
    static constexpr std::uint8_t tag = 1;
    std::uint32_t number = 0;
    static void fields(auto& m, auto& code) { code(m.number); }
};

/// The number of a role, which is one row of daemon/supervisor/roles.h. Any number but 0 can be sent: the
/// receiver knows which ones it has a channel to.
enum class Role : std::uint8_t { keeper = 1, responder = 2, updater = 3 };
constexpr bool valid(Role role)
{
    return role != Role{};
}

/// Comes with one descriptor: a new channel to that peer, in place of the one before. `index` counts the
/// children of one role from 0.
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

/// Accept nothing new, finish what was started, and exit with 0.
struct Quit {
    static constexpr std::uint8_t tag = 3;
    static void fields(auto& /*m*/, auto& /*code*/) {}
};

/// Log the counters now and set them to 0.
struct ReportStatistics {
    static constexpr std::uint8_t tag = 4;
    static void fields(auto& /*m*/, auto& /*code*/) {}
};

/// To the keeper alone: whether the names of the state files still lead to the files that it has open. While
/// they do not, what it stored would be lost with the next start.
struct StateInPlace {
    static constexpr std::uint8_t tag = 5;
    bool in_place = true;
    static void fields(auto& m, auto& code) { code(m.in_place); }
};

/// The child is locked down and serves. `layers` has a bit for each privsep::SandboxLayer that it has.
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

/// A peer broke the rules of its channel: the supervisor kills it and starts it again. Only a role that its
/// peers trust may say this (Role::reports_peers in daemon/supervisor/roles.h).
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

using SupervisorToChild = std::variant<Ping, Attach, Quit, ReportStatistics, StateInPlace>;
using ChildToSupervisor = std::variant<Ready, Pong, PeerReport>;

} // namespace ipc
