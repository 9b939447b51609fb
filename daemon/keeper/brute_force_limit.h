// Limits the wrong tokens that clients may send for a host, against brute-force attacks.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "daemon/keeper/hosts.h"
#include "daemon/keeper/leaky_buckets.h"
#include "proto/base/address.h"
#include "proto/base/siphash.h"
#include "proto/base/time.h"
#include "proto/dns/name.h"

namespace keeper
{

/// Counts wrong tokens in leaky buckets. While one of these is full, an update gets the verdict
/// `unavailable`, and its token is not checked:
///
/// - one for each client (an IPv4 address, or a /64 of IPv6) and host;
/// - a larger one for each client network (/24 of IPv4, /56 of IPv6) and host. A /56 and not a /48: a
/// provider
///   that gives each household a /56 would put 256 of them into one bucket;
/// - one for each host whose token is short, over all clients. A long token cannot be guessed anyway, and an
///   owner who has a new address must not be locked out by strangers. So a host with a long token has none.
///
/// No bucket is for more than one host, so guesses at one name block no other. An address with an IPv4
/// address in it (NAT64, 6to4) counts as that one.
///
/// A known client is at an address of the host, or has the address of its last accepted update (kept in
/// memory only, so not over a restart). It has a bucket of its own, which strangers cannot fill, and no other
/// counts.
///
/// Clients on the loopback network may be a proxy, which stands for many clients. So they are never known,
/// and only the bucket of the host counts.
///
/// An account has its own buckets for each client and network; those of known clients are the host's.
///
/// Names of no host are treated like those of hosts: a keyed hash decides which have a bucket over all
/// clients, in the proportion of short tokens. An attacker who makes the table forget buckets gains guesses
/// at a long token only: the buckets of a host, over all clients and of its known clients, are not in it.
class BruteForceLimit
{
public:
    static constexpr Leak of_client{5, 10};
    static constexpr Leak of_network{40, 1}; ///< ten clients that guess all the time fill it
    /// 526,000 guesses a year: a random token of six letters and digits is found in 4,000 years.
    static constexpr Leak of_host{100, 60};
    static constexpr Leak of_line{1, 60};             ///< a line about each bucket that is full
    static constexpr std::size_t table_bytes = 53248; ///< of memory, used as failures occur
    static constexpr std::size_t unknown_bytes = 8192;
    static constexpr std::size_t line_bytes = 4096;

    /// The bucket that is full.
    enum class Block : std::uint8_t { none, client, network, host };

    /// A client that wants to update a host.
    struct Guess {
        std::uint64_t client = 0; ///< keys of the buckets
        std::uint64_t network = 0;
        std::uint64_t name = 0;
        HostNumber host = 0;
        std::uint32_t mark = 0; ///< of the client, for `last_client`; 0 on loopback
        std::uint8_t known = not_known;
        bool is_loopback = false;
        bool is_limited = false; ///< over all clients
    };

    /// `hosts` must outlive it and be finished.
    BruteForceLimit(const base::SipKey& secret, const Hosts& hosts);

    Guess guess(const base::Address& client, const dns::Name& host) const noexcept;
    /// At the key of an account. It is long, so it has no bucket over all clients.
    Guess guess(const base::Address& client, const ipc::ChallengeAccount& account) const noexcept;
    Block blocks(const Guess& guess, base::Uptime now) const noexcept;
    /// Counts a wrong token.
    void record_failure(const Guess& guess, base::Uptime now) noexcept;
    /// Remembers the client as the last one whose token was right. Not for a challenge: the client that
    /// updates the addresses stays the known one.
    void record_success(const Guess& guess) noexcept;
    /// Whether a line about this block is due: one a minute for each bucket that is full.
    bool is_line_due(const Guess& guess, Block block, base::Uptime now) const noexcept;
    void record_line(const Guess& guess, Block block, base::Uptime now) noexcept;
    /// Forgets all wrong tokens. It does not forget the clients of the last accepted updates.
    void clear() noexcept;

private:
    /// Reasons why a client is known; each has a bucket of its own.
    static constexpr std::size_t reasons = 3;
    static constexpr std::uint8_t not_known = reasons;

    struct OfHost {
        Bucket all_clients;
        std::array<Bucket, reasons> known;
    };

    Guess guess(const base::Address& client, const Hosts::Found& found) const noexcept;
    static std::uint64_t key_of(const Guess& guess, Block block) noexcept;
    std::uint64_t key_of(std::uint8_t kind, base::Bytes client, std::uint64_t name) const noexcept;
    bool is_unknown(const Guess& guess) const noexcept { return guess.host == hosts_.count(); }

    base::SipKey secret_;
    const Hosts& hosts_;
    // of each host; the last one stands for no host
    std::vector<std::uint32_t> last_clients_; ///< keyed hashes; 0: none
    std::vector<OfHost> of_hosts_;            ///< empty until the first failure
    LeakyBuckets<table_bytes> table_;
    LeakyBuckets<unknown_bytes> unknown_; ///< over all clients
    LeakyBuckets<line_bytes> lines_;
};

} // namespace keeper
