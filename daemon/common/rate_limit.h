// How many replies a client network gets: what keeps a server of UDP from being somebody's flood.
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
    truncate = 2, ///< send it without records, so that a real client comes back over TCP
    drop = 3,
};

/// A token bucket of one second's worth for each network: /24 of IPv4, /56 of IPv6. The table has a fixed
/// size and is found by a keyed hash, so nobody can choose whom he shares a place with. An entry belongs to
/// one network alone: where places run out, the network that has used least of its share loses its entry
/// and begins again with a full bucket, and one that is being held back keeps its own.
class RateLimit
{
public:
    static constexpr std::size_t max_bytes = 65536; ///< of memory, all touched at the start

    /// `per_second`: 0 allows everything.
    RateLimit(std::uint32_t per_second, const base::SipKey& secret);

    /// Takes one token. Without one, the first reply is dropped, the second truncated, and so on by turns
    /// until the bucket was full again. `now` may step back by no more than the clock's resolution.
    Verdict ask(const base::Address& client, base::Uptime now) noexcept;

private:
    /// 16 bytes; a set of four fills a cache line.
    struct Entry {
        std::uint64_t tokens = 0; ///< in thousandths
        std::uint32_t last_ms = 0;
        std::uint32_t tag : 31 = 0; ///< 0: nobody's
        std::uint32_t truncate_next : 1 = 0;
    };
    static constexpr std::size_t ways = 4;
    static constexpr std::size_t sets = max_bytes / sizeof(Entry) / ways;
    using Set = std::array<Entry, ways>;

    static std::uint64_t worth(const Entry& entry) noexcept;
    Entry& entry_of(const base::Address& client, std::uint32_t now_ms) noexcept;
    void refill(Entry& entry, std::uint32_t now_ms) const noexcept;

    std::uint64_t per_second_;
    base::SipKey secret_;
    std::vector<Set> table_;
};

} // namespace common
