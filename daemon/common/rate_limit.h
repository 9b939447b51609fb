// Limits the replies that are sent over UDP, so that a server cannot be used to flood a third party.
//
// With rate_limit=N, in tokens of 256 bytes:
//
//   who                                      tokens a second
//   a client network: /24, /56               N, as a token bucket that holds N
//   a client network with a valid cookie     10 N, likewise
//   IPv6 /48                                 at most 1.625 N in any second, without truncated replies
//   IPv4 /16, IPv6 /32                       at most 1.75 N in any second, and N / 4 of truncated replies
//   all clients together                     at most 14 N in any second, and 18 N of truncated replies
//
// A bucket is charged a token for each 256 bytes begun of a whole reply: N is a number of small replies. The
// last three rows count bytes, with the IP and UDP headers, rounded up to 16. So a /16 is sent at most 512 kB
// in any second with N = 1000. The last three rows have at least what they have with N = 37, or 64 for
// truncated replies. One network that floods for long does not use up what its /16 has: the windows of these
// rows count one and a half seconds (sent_window.h), in which a network gets 1.5 N.
//
// Truncated replies have limits of their own. Otherwise a flood over the limit, which gets only them, would
// use up what other networks need for whole replies. All rows but the second are for clients that have not
// proved their address.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "daemon/common/sent_window.h"
#include "daemon/common/zeroed_table.h"
#include "proto/base/address.h"
#include "proto/base/siphash.h"
#include "proto/base/time.h"

namespace common
{

/// What may be done with a reply.
enum class Verdict : std::uint8_t {
    send = 1,
    truncate = 2, ///< send it without records: a real client then retries over TCP
    drop = 3,
};

/// Whether a client has proved its address by a DNS cookie.
enum class Proof : std::uint8_t { none = 1, cookie = 2 };

/// The responders that serve the same addresses. Each has its part of the limit for all clients together. If
/// they read the same sockets, each also has its part of the limits above a client network. If each has
/// sockets of its own, one responder gets all packets of a /16 or /32 (daemon/start/steering.h).
struct Responders {
    std::uint32_t count = 1;
    bool share_sockets = false;
};

/// A table of fixed size holds a bucket for each network of each level. It is indexed by a keyed hash, so a
/// client cannot choose which networks share its set. If a set is full, the network that has used the
/// smallest part of its own limit loses its entry and starts again with nothing used: a network over its
/// limit keeps its entry.
class RateLimit
{
public:
    static constexpr std::size_t max_bytes = 65536; ///< of memory; a page takes some once it is written to
    static constexpr std::uint32_t bytes_a_token = 256;

    /// `per_second`: the N of the table above; 0 means no limit.
    RateLimit(std::uint32_t per_second, const base::SipKey& secret, Responders responders = {});

    /// Decides on a reply, and takes the first token of its network if it is to be sent whole. Over a
    /// network's limit, replies are alternately dropped and truncated, dropped first, until the bucket is
    /// full again. Over a limit above it they are truncated. They are dropped if no truncated reply may be
    /// sent either. A client with a cookie gets truncated replies without a limit: they are about as long as
    /// the query. `now` may go back by at most the clock's resolution.
    Verdict check(const base::Address& client, Proof proof, base::Uptime now) noexcept;

    /// Takes what the reply costs that the last check() allowed; call it before the next check(). `bytes`: of
    /// the DNS message. A bucket may get into debt for one reply.
    void charge(std::size_t bytes) noexcept;

private:
    /// What an entry of the table counts; 0: the entry is free.
    enum class Level : std::uint8_t { free = 0, network = 1, proved = 2, site = 3, wide = 4, truncated = 5 };
    static constexpr std::size_t levels = 6;
    static constexpr bool has_tokens(Level level) noexcept { return level <= Level::proved; }

    /// 16 bytes; a set of four fills a cache line.
    struct Entry {
        std::uint64_t value; ///< tokens in thousandths, signed; or the counts of a SentWindow
        std::uint32_t time;  ///< of `value`, in milliseconds or spans
        std::uint32_t id;    ///< 28 bits of the network's hash, 3 of the level; the last: truncate_next

        std::int64_t tokens() const noexcept { return static_cast<std::int64_t>(value); }
        Level level() const noexcept { return static_cast<Level>(id >> 1 & 7U); }
    };
    static constexpr std::uint32_t truncate_next = 1;
    static constexpr std::size_t ways = 4;
    static constexpr std::size_t sets = max_bytes / sizeof(Entry) / ways;
    using Set = std::array<Entry, ways>;

    struct Prefixes;
    static Prefixes prefixes_of(const base::Address& client, const base::SipKey& secret) noexcept;
    static bool take_token(Entry& entry) noexcept;

    std::int64_t rate_of(Level level) const noexcept;
    void refill(Entry& entry, Level level) const noexcept;
    std::uint64_t unused_part(const Entry& entry) const noexcept;
    Entry& entry_of(Level level, std::uint64_t hash) noexcept;
    Entry& new_entry(Set& set, std::uint32_t id) noexcept;
    bool is_held(const Entry& entry) const noexcept;
    bool hold_if_room(Level level, std::uint64_t hash, std::uint32_t parts) noexcept;
    Verdict check_proved(const Prefixes& prefixes) noexcept;
    Verdict check_unproved(const Prefixes& prefixes) noexcept;
    bool may_send(const Prefixes& prefixes) noexcept;
    bool may_truncate(const Prefixes& prefixes) noexcept;

    /// What all clients together were sent.
    struct Total {
        SendLimit limit;
        SentWindow window;
        Spans time = 0; ///< of `window`
    };
    bool hold_if_room(Total& total, std::uint32_t parts) noexcept;

    /// What the reply to the last check() is charged to.
    struct Account {
        Entry* bucket = nullptr;
        std::array<Entry*, 2> windows{};
        Total* total = nullptr;
        std::uint32_t header_bytes = 0;
    };

    std::int64_t per_second_;
    base::SipKey secret_;
    std::array<SendLimit, levels> limits_; ///< of the levels that count what was sent
    Total whole_;
    Total truncated_;
    std::uint32_t now_ms_ = 0;
    Spans now_spans_ = 0;
    Account account_;
    ZeroedTable<Set, sets> table_;
};

} // namespace common
