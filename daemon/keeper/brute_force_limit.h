// Limits the wrong tokens that a client network may send for a host, against brute-force attacks.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "daemon/common/client_network.h"
#include "daemon/common/zeroed_table.h"
#include "proto/base/address.h"
#include "proto/base/siphash.h"
#include "proto/base/time.h"
#include "proto/dns/name.h"

namespace keeper
{

/// Counts failures by client network (/24 of IPv4, /56 of IPv6) and host. After five within a minute, the
/// network is blocked for that host: its updates get the verdict `unavailable`, and their tokens are not
/// checked. The block lasts a minute at first and twice as long each time, up to an hour. Other networks are
/// not affected. Hosts that do not exist are counted like those that do.
///
/// Clients on the loopback network are never blocked: they may be a proxy, which stands for all its clients.
///
/// The table has a fixed size and is indexed by a keyed hash, so a client cannot choose which networks share
/// its set. Each entry belongs to one network and one name. A network has at most eight entries. If it tries
/// another name, that name takes over its entry that is nearest to being blocked, with all failures, so
/// changing names gains nothing; a network that is blocked for eight hosts is blocked for all.
class BruteForceLimit
{
public:
    static constexpr unsigned max_failures = 5; ///< within `window`
    static constexpr base::Uptime window{60'000};
    static constexpr base::Uptime shortest_block{60'000};
    static constexpr base::Uptime longest_block{3'600'000};
    static constexpr std::size_t max_names = 8;     ///< of one network
    static constexpr std::size_t max_bytes = 65536; ///< of memory, used as failures occur

    explicit BruteForceLimit(const base::SipKey& secret);

    /// Whether the client is blocked for this host at `now`. Takes the same time for every host.
    bool blocks(const base::Address& client, const dns::Name& host, base::Uptime now) const noexcept;

    /// Counts a wrong token. If it blocks the client's network, returns for how long.
    std::optional<base::Uptime> record_failure(const base::Address& client, const dns::Name& host,
                                               base::Uptime now) noexcept;

private:
    using Failures = std::array<base::Uptime, max_failures - 1>;
    static constexpr base::Uptime never{-3'600'000}; ///< long enough ago to be ignored

    /// One cache line.
    struct alignas(64) Entry {
        common::ClientNetwork network{}; ///< family 0: the entry is free
        std::uint64_t host = 0;          ///< keyed hash of the name; collisions of 64 bits are ignored
        Failures failures{never, never, never, never}; ///< times of the last ones, oldest first
        base::Uptime blocked_until = never;
        base::Uptime block_time{}; ///< the length of the last block; 0: there was none

        /// Whether it must be kept. A block is remembered for longest_block after its end.
        bool is_in_use(base::Uptime now) const noexcept;
    };
    static constexpr std::size_t ways = 2 * max_names;
    static constexpr std::size_t sets = max_bytes / sizeof(Entry) / ways;
    using Set = std::array<Entry, ways>;

    std::uint64_t hash_of(const dns::Name& host) const noexcept;
    std::size_t set_of(const common::ClientNetwork& network) const noexcept;
    static Entry& entry_to_replace(Set& set, const common::ClientNetwork& network, base::Uptime now) noexcept;

    base::SipKey secret_;
    common::ZeroedTable<Set, sets> table_;
};

} // namespace keeper
