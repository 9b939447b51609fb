// The channel between the updater and the keeper: the only way for the internet to reach the keeper.
//
// The updater forwards a client's proposal together with the client's token. It does not check the token: it
// cannot.
#pragma once

#include <cstdint>
#include <variant>

#include "proto/ipc/codec.h"

namespace ipc
{

/// The change of a host's records of one address family.
enum class Change : std::uint8_t { keep = 1, remove = 2, set = 3 };
constexpr bool valid(Change change)
{
    return change >= Change::keep && change <= Change::set;
}

/// Replaces the A and AAAA records of one host and starts its lifetime again.
struct Propose {
    static constexpr std::uint8_t tag = 1;
    RequestId id{};
    base::Token token; // not `bool authenticated`: the keeper does not trust the updater
    dns::Name host;
    Change change4 = Change::keep;
    base::Address4 address4; // used only if change4 is `set`
    Change change6 = Change::keep;
    base::Address6 address6; // used only if change6 is `set`
    base::Address client;    // for the log and the brute-force limit
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
    committed = 1, ///< stored, synced and in the zone
    unchanged = 2, ///< the addresses were the same; the new lifetime is stored and synced
    refused = 3,   ///< wrong token, unknown host or static host: one verdict, so that none can be told apart
    unavailable = 4, ///< not stored or not examined: nothing changed, try again later
};
constexpr bool valid(Verdict verdict)
{
    return verdict >= Verdict::committed && verdict <= Verdict::unavailable;
}

/// The verdict on the proposal `id`. Each proposal gets exactly one; their order may differ.
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
