// Limits the replies that a client network gets, so that a UDP server cannot be used to flood a third party.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

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

/// One token bucket per client network (/24 of IPv4, /56 of IPv6), which holds the tokens of one second. The
/// table has a fixed size and is indexed by a keyed hash, so a client cannot choose which networks share its
/// set. Each entry belongs to one network. If a set is full, the network that has used the smallest part of
/// its limit loses its entry and starts again with a full bucket; a network over its limit keeps its entry.
class RateLimit
{
public:
    static constexpr std::size_t max_bytes = 65536; ///< of memory, all of it touched at the start

    /// `per_second`: replies per second; 0 means no limit.
    RateLimit(std::uint32_t per_second, const base::SipKey& secret);

    /// Takes one token. Without a token, replies are alternately dropped and truncated, dropped first, until
    /// the bucket is full again. `now` may go back by at most the clock's resolution.
    Verdict check(const base::Address& client, base::Uptime now) noexcept;

private:
    /// 16 bytes; a set of four fills a cache line.
    struct Entry {
        std::uint64_t tokens = 0; ///< in thousandths
        std::uint32_t last_ms = 0;
        std::uint32_t tag : 31 = 0; ///< of the network's hash; 0: the entry is free
        std::uint32_t truncate_next : 1 = 0;
    };
    static constexpr std::size_t ways = 4;
    static constexpr std::size_t sets = max_bytes / sizeof(Entry) / ways;
    using Set = std::array<Entry, ways>;

    static std::uint64_t eviction_rank(const Entry& entry) noexcept;
    Entry& entry_of(const base::Address& client, std::uint32_t now_ms) noexcept;
    void refill(Entry& entry, std::uint32_t now_ms) const noexcept;

    std::uint64_t per_second_;
    base::SipKey secret_;
    std::vector<Set> table_;
};

} // namespace common
