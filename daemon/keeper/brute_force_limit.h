// How many wrong tokens a client network may send for a host: what keeps anybody from trying them all.
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

/// Failures by client network (/24 of IPv4, /56 of IPv6) and host. After five within a minute that network is
/// put off for that host: whatever it sends is not looked at, for a minute at first, then twice as long each
/// time, up to an hour. Other networks notice nothing. A host that is not there counts as one that is.
///
/// Clients on the loopback network are never put off: they may be a proxy, which stands for everybody.
///
/// The table has a fixed size and is found by a keyed hash, so nobody can choose whom he shares a place with,
/// and an entry belongs to one network and one name alone. A network has eight entries at most. With another
/// name, the entry is taken over that is to be put off next, with all that counts against it, so that going
/// from name to name gains nothing; and a network that is put off for eight hosts is put off for all.
class BruteForceLimit
{
public:
    static constexpr unsigned max_failures = 5;
    static constexpr base::Uptime within{60'000};
    static constexpr base::Uptime shortest_wait{60'000};
    static constexpr base::Uptime longest_wait{3'600'000};
    static constexpr std::size_t max_names = 8;     ///< of one network
    static constexpr std::size_t max_bytes = 65536; ///< of memory, which come as networks fail

    explicit BruteForceLimit(const base::SipKey& secret);

    /// Whether the client is put off for this host at `now`.
    bool puts_off(const base::Address& client, const dns::Name& host, base::Uptime now) const noexcept;

    /// Counts a wrong token. Where that puts the client off from now on: for how long.
    std::optional<base::Uptime> failed(const base::Address& client, const dns::Name& host,
                                       base::Uptime now) noexcept;

private:
    using Failures = std::array<base::Uptime, max_failures - 1>;
    static constexpr base::Uptime never{-3'600'000}; ///< so long ago that it does not count

    /// A cache line.
    struct alignas(64) Entry {
        common::ClientNetwork network{}; ///< a family of 0: nobody's, and nothing else of it counts
        std::uint64_t host = 0;          ///< a keyed hash of the name: of 64 bits, so no two are the same
        Failures failures{never, never, never, never}; ///< the last ones, the oldest first
        base::Uptime until = never;                    ///< put off up to here
        base::Uptime wait{};                           ///< how long the last time; 0: never was

        /// Whether it still says anything. That somebody was put off is remembered for longest_wait.
        bool counts(base::Uptime now) const noexcept;
    };
    static constexpr std::size_t ways = 2 * max_names;
    static constexpr std::size_t sets = max_bytes / sizeof(Entry) / ways;
    using Set = std::array<Entry, ways>;

    std::uint64_t hash_of(const dns::Name& host) const noexcept;
    std::size_t set_of(const common::ClientNetwork& network) const noexcept;
    static Entry& place_for(Set& set, const common::ClientNetwork& network, base::Uptime now) noexcept;

    base::SipKey secret_;
    common::ZeroedTable<Set, sets> table_;
};

} // namespace keeper
