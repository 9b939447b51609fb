// The lines that the keeper logs about changes of hosts, and that nanodnsctl reads in the journal:
//
//   home.dyn.example.org. A 192.0.2.7 (was 192.0.2.1), AAAA removed, by dyndns2 from 192.0.2.7, serial 17
//
// A line begins with the host's whole name, which ends in a dot. Lines about overdue hosts do so, too, but
// have no cause ("by ..."), so they are not read as changes. All values are written from parsed ones, and a
// name has no space, so nothing that a client sends looks like another part of the line.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/base/address.h"
#include "proto/base/network.h"
#include "proto/dns/name.h"
#include "proto/ipc/origin.h"

namespace ipc
{

/// What became of the records of one kind.
template <typename Value>
struct RecordChange {
    std::optional<Value> now;
    std::optional<Value> before; ///< if there is one now
    bool is_removed = false;     ///< there is none now
    friend bool operator==(const RecordChange&, const RecordChange&) = default;
};

template <typename Value>
RecordChange<Value> change_of(const std::optional<Value>& before, const std::optional<Value>& now)
{
    if (before == now) {
        return {};
    }
    return now ? RecordChange<Value>{now, before, false} : RecordChange<Value>{{}, {}, true};
}

/// Why a host has changed.
enum class Cause : std::uint8_t {
    update = 1, ///< by ChangeLine::origin
    expiry = 2,
    several = 3, ///< changes that were not logged: the line says what the host has now
};

/// At most so many followers are named.
inline constexpr std::size_t most_followers_named = 8;
/// In bytes. Without followers, a line has less than 1700: 1004 of the name, four to a byte that is escaped.
inline constexpr std::size_t longest_change_line = 2000;

struct ChangeLine {
    using Challenge = std::array<std::uint8_t, 43>;

    dns::Name host;
    Cause cause = Cause::update;
    Origin origin{};           ///< of an update
    bool is_unchanged = false; ///< by an update: then there is nothing more
    RecordChange<base::Address4> a{};
    RecordChange<base::Address6> aaaa{};
    RecordChange<base::Prefix6> prefix{};
    std::vector<Challenge> added{}; ///< values of TXT at _acme-challenge.HOST
    std::vector<Challenge> removed{};
    std::vector<dns::Name> followers{}; ///< that have changed, too: the first of them
    std::uint32_t all_followers = 0;    ///< their number
    std::uint32_t serial = 0;           ///< of the zone
    std::uint32_t left_out = 0;         ///< changes of the host before this line that were not logged
    friend bool operator==(const ChangeLine&, const ChangeLine&) = default;
};

std::string to_text(const ChangeLine& line);
/// The same, but for the last followers if the line would be longer than longest_change_line.
std::string to_short_text(ChangeLine line);
/// Empty if to_text() does not write this line.
std::optional<ChangeLine> read_change_line(std::string_view text);

} // namespace ipc
