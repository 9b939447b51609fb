// The channel between the console and the keeper: what an administrator sees of the hosts, and may change.
//
// The console sends requests. The keeper handles one after the other, and answers each with its rows and one
// last message, all with the request's id. The keeper waits for nobody: while the console does not read, its
// channel is full, and the keeper reads no more requests. No message has a secret.
//
// The keeper knows neither TTLs nor records of the config. So the console's setup has those, and the names of
// static hosts, aliases and delegated hosts, of which the keeper sends no rows.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "proto/base/network.h"
#include "proto/ipc/codec.h"
#include "proto/ipc/origin.h"

namespace ipc
{

/// The most rows of one answer.
inline constexpr std::uint8_t max_rows = 64;

/// A place in the keeper's list of changes.
struct ChangePlace {
    std::uint64_t list = 0;   ///< a random number: each keeper has its own list
    std::uint64_t number = 0; ///< of the last change before this place; 0: the list's beginning
    static void fields(auto& m, auto& code)
    {
        code(m.list);
        code(m.number);
    }
    friend bool operator==(const ChangePlace&, const ChangePlace&) = default;
};

/// Answered with at most `count` HostRow messages, in the order of their indices from `first` on, and
/// RowsEnd. Each HostRow is followed by the RowFollower messages of its host.
struct AskHosts {
    static constexpr std::uint8_t tag = 1;
    RequestId id{};
    HostIndex first{};
    std::uint8_t count = max_rows; ///< more than max_rows counts as max_rows
    static void fields(auto& m, auto& code)
    {
        code(m.id);
        code(m.first);
        code(m.count);
    }
};

/// The same for one host. Without a HostRow, the keeper does not know the name: see above.
struct AskHost {
    static constexpr std::uint8_t tag = 2;
    RequestId id{};
    dns::CompactName name;
    static void fields(auto& m, auto& code)
    {
        code(m.id);
        code(m.name);
    }
};

/// Sets what is given and keeps the rest, but no addresses of the config. The lifetime starts again. Answered
/// with HostChanged.
struct SetHost {
    static constexpr std::uint8_t tag = 3;
    RequestId id{};
    Administrator by;
    dns::CompactName name;
    std::optional<base::Address4> address4;
    std::optional<base::Address6> address6;
    static void fields(auto& m, auto& code)
    {
        code(m.id);
        code(m.by);
        code(m.name);
        code(m.address4);
        code(m.address6);
    }
};

/// Removes what is chosen and keeps the rest, but no addresses of the config if an address is chosen. The
/// lifetime of an address that is kept starts again. Answered with HostChanged.
struct ClearHost {
    static constexpr std::uint8_t tag = 4;
    RequestId id{};
    Administrator by;
    dns::CompactName name;
    bool a = false;
    bool aaaa = false; ///< and the prefix
    bool txt = false;  ///< the values of the challenge
    static void fields(auto& m, auto& code)
    {
        code(m.id);
        code(m.by);
        code(m.name);
        code(m.a);
        code(m.aaaa);
        code(m.txt);
    }
};

/// Answered with at most max_rows Changed messages, the oldest first, and ChangesEnd; or with ChangesLost.
/// From then on, NewChanges is sent once, when there is a change after the end of the answer.
struct AskChanges {
    static constexpr std::uint8_t tag = 5;
    RequestId id{};
    ChangePlace after;
    static void fields(auto& m, auto& code)
    {
        code(m.id);
        code(m.after);
    }
};

/// Answered with Summary.
struct AskSummary {
    static constexpr std::uint8_t tag = 6;
    RequestId id{};
    static void fields(auto& m, auto& code) { code(m.id); }
};

enum class HostKind : std::uint8_t {
    dynamic = 1, ///< has a token, or is in a group
    fixed = 2,   ///< "static", but has a key for its challenge
    follower = 3,
};
constexpr bool valid(HostKind kind)
{
    return kind >= HostKind::dynamic && kind <= HostKind::follower;
}

struct HostRow {
    static constexpr std::uint8_t tag = 1;
    RequestId id{};
    HostIndex index{};
    dns::CompactName name;
    HostKind kind = HostKind::dynamic;
    bool has_configured_a = false;    ///< its A records are those of the config, not `address4`
    bool has_configured_aaaa = false; ///< the same of AAAA
    std::optional<base::Address4> address4;
    std::optional<base::Address6> address6;
    std::optional<base::Prefix6> prefix;
    std::vector<std::array<std::uint8_t, 43>> challenge; ///< at most two values
    std::optional<base::UnixTime> changed;               ///< when addresses or prefix did; none: not known
    std::optional<base::UnixTime> seen;                  ///< the last success of a client's update
    std::optional<base::UnixTime> expires;               ///< none: never, or there is no address
    std::optional<base::Seconds> lifetime;               ///< `expire`; none: never
    std::optional<base::Seconds> expect;
    std::optional<base::UnixTime> overdue_since; ///< if it is
    Origin origin;                               ///< of the last success
    std::optional<dns::CompactName> follows;
    std::optional<RefusedAttempts> refused;
    static void fields(auto& m, auto& code)
    {
        code(m.id);
        code(m.index);
        code(m.name);
        code(m.kind);
        code(m.has_configured_a);
        code(m.has_configured_aaaa);
        code(m.address4);
        code(m.address6);
        code(m.prefix);
        code(m.challenge, 2);
        code(m.changed);
        code(m.seen);
        code(m.expires);
        code(m.lifetime);
        code(m.expect);
        code(m.overdue_since);
        code(m.origin);
        code(m.follows);
        code(m.refused);
    }
};

/// A follower of the host of the HostRow before it.
struct RowFollower {
    static constexpr std::uint8_t tag = 2;
    RequestId id{};
    dns::CompactName name;
    static void fields(auto& m, auto& code)
    {
        code(m.id);
        code(m.name);
    }
};

struct RowsEnd {
    static constexpr std::uint8_t tag = 3;
    RequestId id{};
    std::optional<HostIndex> next; ///< the `first` of the next page; none: there are no more hosts
    ChangePlace place;             ///< where the list of changes ended when the answer began
    std::uint32_t serial = 0;      ///< of the zone
    static void fields(auto& m, auto& code)
    {
        code(m.id);
        code(m.next);
        code(m.place);
        code(m.serial);
    }
};

enum class Administered : std::uint8_t {
    changed = 1,
    unchanged = 2, ///< the records were the same
    no_such_host = 3,
    static_host = 4,
    follower = 5,
    no_challenge = 6,    ///< the host can have none
    private_address = 7, ///< `allow_private=no`, or `client`: an administrator has no address
    invalid_address = 8, ///< no host can have it
    unavailable = 9,     ///< it could not be stored; nothing changed
};
constexpr bool valid(Administered result)
{
    return result >= Administered::changed && result <= Administered::unavailable;
}

/// What became of a SetHost or a ClearHost.
struct HostChanged {
    static constexpr std::uint8_t tag = 4;
    RequestId id{};
    Administered result = Administered::no_such_host;
    std::uint32_t serial = 0;               ///< of the zone
    std::optional<base::Address4> address4; ///< that the host has now, if `changed` or `unchanged`
    std::optional<base::Address6> address6;
    static void fields(auto& m, auto& code)
    {
        code(m.id);
        code(m.result);
        code(m.serial);
        code(m.address4);
        code(m.address6);
    }
};

/// Addresses that an update has set.
struct HostAddresses {
    std::optional<base::Address4> a;
    std::optional<base::Address6> aaaa;
    static void fields(auto& m, auto& code)
    {
        code(m.a);
        code(m.aaaa);
    }
    friend bool operator==(const HostAddresses&, const HostAddresses&) = default;
};

/// A change of the addresses of a host or a follower.
struct Changed {
    static constexpr std::uint8_t tag = 5;
    RequestId id{};
    ChangePlace place; ///< after it
    base::UnixTime at{};
    std::uint32_t serial = 0; ///< of the zone with this change
    dns::CompactName name;
    HostAddresses before;
    HostAddresses now;
    Origin origin;                 ///< nobody: its lifetime has expired
    bool has_configured_a = false; ///< its A records are those of the config, not those of `now`
    static void fields(auto& m, auto& code)
    {
        code(m.id);
        code(m.place);
        code(m.at);
        code(m.serial);
        code(m.name);
        code(m.before);
        code(m.now);
        code(m.origin);
        code(m.has_configured_a);
    }
};

struct ChangesEnd {
    static constexpr std::uint8_t tag = 6;
    RequestId id{};
    ChangePlace place; ///< after the last one of the answer
    bool has_more = false;
    static void fields(auto& m, auto& code)
    {
        code(m.id);
        code(m.place);
        code(m.has_more);
    }
};

/// The list does not have that place any more, or is another one: ask for the hosts again.
struct ChangesLost {
    static constexpr std::uint8_t tag = 7;
    RequestId id{};
    ChangePlace place; ///< where the list ends now
    static void fields(auto& m, auto& code)
    {
        code(m.id);
        code(m.place);
    }
};

struct NewChanges {
    static constexpr std::uint8_t tag = 8;
    static void fields(auto& /*m*/, auto& /*code*/) {}
};

/// Hosts are those that can have addresses by an update: dynamic ones and followers.
struct Summary {
    static constexpr std::uint8_t tag = 9;
    RequestId id{};
    std::uint32_t serial = 0;
    ChangePlace place;
    std::uint32_t hosts = 0;
    std::uint32_t with_address = 0;
    std::uint32_t overdue = 0;
    std::optional<dns::CompactName> last_host; ///< of the last update that was not refused
    std::optional<base::UnixTime> last_at;
    static void fields(auto& m, auto& code)
    {
        code(m.id);
        code(m.serial);
        code(m.place);
        code(m.hosts);
        code(m.with_address);
        code(m.overdue);
        code(m.last_host);
        code(m.last_at);
    }
};

using ConsoleToKeeper = std::variant<AskHosts, AskHost, SetHost, ClearHost, AskChanges, AskSummary>;
using KeeperToConsole = std::variant<HostRow, RowFollower, RowsEnd, HostChanged, Changed, ChangesEnd,
                                     ChangesLost, NewChanges, Summary>;

} // namespace ipc
