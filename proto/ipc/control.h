// The edge between the supervisor and each of its children: is it there, whom may it talk to, when to go.
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

/// Who is at the other end of a channel.
enum class Role : std::uint8_t { keeper = 1, responder = 2, updater = 3 };
constexpr bool valid(Role peer)
{
    return peer >= Role::keeper && peer <= Role::updater;
}

/// Comes with one descriptor: a fresh channel to that peer, in place of the one before. `index` tells
/// responders apart and is 0 for the others.
struct Attach {
    static constexpr std::uint8_t tag = 2;
    Role peer = Role::keeper;
    std::uint16_t index = 0;
    static void fields(auto& m, auto& code)
    {
        code(m.peer);
        code(m.index);
    }
};

/// Take nothing new, finish what was begun, and exit with 0.
struct Quit {
    static constexpr std::uint8_t tag = 3;
    static void fields(auto& /*m*/, auto& /*code*/) {}
};

/// Log the counters now, and begin them again.
struct ReportStatistics {
    static constexpr std::uint8_t tag = 4;
    static void fields(auto& /*m*/, auto& /*code*/) {}
};

/// To the keeper alone: whether the names of the state files still lead to those that it has. While they do
/// not, what it stored in them would be lost with the next start.
struct StateInPlace {
    static constexpr std::uint8_t tag = 5;
    bool in_place = true;
    static void fields(auto& m, auto& code) { code(m.in_place); }
};

/// To the keeper alone, once: nobody else has the state any more. Until then it does not look at the state,
/// and is told nothing but Ping and Quit.
struct TakeState {
    static constexpr std::uint8_t tag = 6;
    bool is_synced = false; ///< who had it before has ended in order and said that all of it is on the disk
    bool in_place = true;   ///< StateInPlace
    base::FixedPoint start; ///< of the daemon: all its keepers are told the same
    static void fields(auto& m, auto& code)
    {
        code(m.is_synced);
        code(m.in_place);
        code(m.start.boot);
        code(m.start.time);
        code(m.start.uptime);
    }
};

/// Comes with one descriptor, the setup (setup.h), before all others and only to a child that was started
/// without: ahead of it, while the config is still being read.
struct TakeSetup {
    static constexpr std::uint8_t tag = 7;
    static void fields(auto& /*m*/, auto& /*code*/) {}
};

/// How a keeper ends that was told to, where what it leaves may not all be on the disk.
inline constexpr int exit_unsynced = 3;

/// The child is locked down and serves. `layers` has a bit for each privsep::SandboxLayer that stands.
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

/// Only the keeper may say this, which is trusted by the others and not they by it: that peer said what can
/// not be said. It is ended and started again.
struct PeerReport {
    static constexpr std::uint8_t tag = 3;
    Role peer = Role::updater;
    std::uint16_t index = 0;
    static void fields(auto& m, auto& code)
    {
        code(m.peer);
        code(m.index);
    }
};

using SupervisorToChild =
    std::variant<Ping, Attach, Quit, ReportStatistics, StateInPlace, TakeState, TakeSetup>;
using ChildToSupervisor = std::variant<Ready, Pong, PeerReport>;

} // namespace ipc
