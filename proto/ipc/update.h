// The edge between the updater and the keeper: all that the internet can make the keeper do.
//
// The updater forwards what a client proposed together with the client's proof. It says nothing about
// whether the proof is good: it does not know.
#pragma once

#include <cstdint>
#include <variant>

#include "proto/ipc/codec.h"

namespace ipc
{

/// What is to become of a host's records of one address family.
enum class Change : std::uint8_t { keep = 1, remove = 2, set = 3 };
constexpr bool valid(Change change)
{
    return change >= Change::keep && change <= Change::set;
}

/// Replaces the A and AAAA records of one host and starts its lifetime again.
struct Propose {
    static constexpr std::uint8_t tag = 1;
    RequestId id{};
    base::Token token; // not: bool authenticated
    dns::Name host;
    Change change4 = Change::keep;
    base::Address4 address4; // means something where change4 is `set`
    Change change6 = Change::keep;
    base::Address6 address6; // means something where change6 is `set`
    base::Address client;    // for the log, and to slow down who guesses tokens
    static void fields(auto& m, auto& code)
    {
        code(m.id);
        code(m.token);
        code(m.host);
        code(m.change4);
        code(m.address4);
        code(m.change6);
        code(m.address6);
        code(m.client);
    }
};

enum class Verdict : std::uint8_t {
    committed = 1,   ///< stored and synced; the zone has it
    unchanged = 2,   ///< the addresses were these already; the new lifetime is stored and synced
    refused = 3,     ///< wrong token, unknown host or static host: deliberately one answer for all
    unavailable = 4, ///< could not be stored, or was not looked at: nothing changed, try again later
};
constexpr bool valid(Verdict verdict)
{
    return verdict >= Verdict::committed && verdict <= Verdict::unavailable;
}

/// The outcome of the proposal `id`: exactly one for each, in any order.
struct Settled {
    static constexpr std::uint8_t tag = 1;
    RequestId id{};
    Verdict verdict = Verdict::refused;
    static void fields(auto& m, auto& code)
    {
        code(m.id);
        code(m.verdict);
    }
};

using UpdaterToKeeper = std::variant<Propose>;
using KeeperToUpdater = std::variant<Settled>;

} // namespace ipc
