// The channel between the updater and the keeper: the only way for the internet to reach the keeper.
//
// The updater forwards what a client asks for, together with the client's secret. It does not check the
// secret: it cannot. It has no digest, no list of hosts, and does not know the zone.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "proto/base/network.h"
#include "proto/ipc/challenge_account.h"
#include "proto/ipc/codec.h"
#include "proto/ipc/dialect.h"

namespace ipc
{

/// The most hosts of one proposal.
inline constexpr std::size_t max_hosts_of_proposal = 20;
/// The length of a prefix of a proposal, in bits.
inline constexpr std::uint8_t min_prefix_length = 16;
inline constexpr std::uint8_t max_prefix_length = 127;

/// What becomes of the records of a host of one address family, or of its prefix.
enum class Change : std::uint8_t {
    missing =
        1, ///< the client says nothing of it: the host's `missing=` decides, else Propose::missing_removes
    keep = 2,
    remove = 3,
    set = 4,
};
constexpr bool valid(Change change)
{
    return change >= Change::missing && change <= Change::set;
}

/// A change and its value, which is used only if the change is `set`.
template <typename Value>
struct ChangeOf {
    Change change = Change::missing;
    Value value{};
    bool is_own = false; ///< the value is the client's own address: the client did not send one
    static void fields(auto& m, auto& code)
    {
        code(m.change);
        code(m.value);
        code(m.is_own);
    }
    friend bool operator==(const ChangeOf&, const ChangeOf&) = default;
};

/// What becomes of the TXT records at `_acme-challenge.HOST` (RFC 8555 section 8.4).
enum class TxtChange : std::uint8_t {
    none = 1,
    set = 2,    ///< adds the value; the two newest values are kept
    remove = 3, ///< removes the value
    clear = 4,  ///< removes all values
};
constexpr bool valid(TxtChange change)
{
    return change >= TxtChange::none && change <= TxtChange::clear;
}

/// The value of an ACME challenge: 43 characters of base64url (RFC 8555 section 8.4).
using ChallengeValue = std::array<std::uint8_t, 43>;

/// Changes records of hosts. If it changes addresses or prefixes, the hosts' lifetimes start again.
struct Propose {
    static constexpr std::uint8_t tag = 1;
    static constexpr std::size_t longest_record =
        5632; ///< 20 names of 255 bytes, a token of 255, and the rest
    RequestId id{};
    base::Token token;            // not `bool authenticated`: the keeper does not trust the updater
    base::Address client;         ///< for the log, `allow_from` and the brute-force limit
    bool client_is_known = true;  ///< false: `client` is a proxy that did not say for whom it asks
    std::vector<dns::Name> hosts; ///< 1 to max_hosts_of_proposal different names; none if there is an account
    std::optional<ChallengeAccount> account;
    bool names_may_be_relative = false; ///< a name that is not in the zone is completed by the zone's
    bool all_or_nothing = true;         ///< if not, only hosts that the secret does not open are left out
    bool missing_removes = true;        ///< what Change::missing means for hosts without `missing=`
    ChangeOf<base::Address4> ipv4;
    ChangeOf<base::Address6> ipv6;
    ChangeOf<base::Prefix6> prefix; ///< `missing` keeps it
    TxtChange txt = TxtChange::none;
    ChallengeValue value{};             ///< used only if `txt` is `set` or `remove`
    Dialect dialect = Dialect::dyndns2; ///< for the log and the state
    static void fields(auto& m, auto& code)
    {
        code(m.id);
        code(m.token);
        code(m.client);
        code(m.client_is_known);
        code(m.hosts, max_hosts_of_proposal);
        code(m.account);
        code(m.names_may_be_relative);
        code(m.all_or_nothing);
        code(m.missing_removes);
        code(m.ipv4);
        code(m.ipv6);
        code(m.prefix);
        code(m.txt);
        code(m.value);
        code(m.dialect);
    }
    /// A proposal with TXT touches nothing else, unless it names an address or a prefix, too. The updater
    /// then sends `keep` for all three.
    bool changes_addresses() const noexcept
    {
        return txt == TxtChange::none || ipv4.change != Change::keep || ipv6.change != Change::keep ||
               prefix.change != Change::keep;
    }
};

/// Asks what the keeper has of a host, for the page for people. It changes nothing. A wrong secret counts as
/// a guess, as one of Propose.
struct Look {
    static constexpr std::uint8_t tag = 2;
    RequestId id{};
    base::Token token;
    base::Address client; ///< here and below: as in Propose
    bool client_is_known = true;
    dns::Name host; ///< completed by the zone's name if it is not in the zone
    static void fields(auto& m, auto& code)
    {
        code(m.id);
        code(m.token);
        code(m.client);
        code(m.client_is_known);
        code(m.host);
    }
};

enum class Verdict : std::uint8_t {
    committed = 1, ///< stored, synced and in the zone
    unchanged = 2, ///< the records were the same; the new lifetime is stored and synced
    refused = 3,   ///< wrong secret, unknown host, static host, not allowed from there, no TXT for it: one
                   ///< verdict, so that none can be told apart
    outside_zone = 4,
    unsuitable = 5,  ///< the host cannot have this address or prefix; HostOutcome::reason says why
    unavailable = 6, ///< not stored or not examined: nothing changed, try again later
};
constexpr bool valid(Verdict verdict)
{
    return verdict >= Verdict::committed && verdict <= Verdict::unavailable;
}

/// Why an address or a prefix does not suit a host. Only said to a client whose secret is right.
enum class Reason : std::uint8_t {
    none = 1,
    private_address4 = 2, ///< `allow_private=no`, or `client` and the client's own address is not public
    private_address6 = 3,
    own_address = 4, ///< `require_address=yes`, and the client sent no address
};
constexpr bool valid(Reason reason)
{
    return reason >= Reason::none && reason <= Reason::own_address;
}

/// What became of one host. The addresses and the prefix are those that the proposal set.
struct HostOutcome {
    Verdict verdict = Verdict::refused;
    Reason reason = Reason::none;
    std::optional<base::Address4> address4{};
    std::optional<base::Address6> address6{}; ///< of a host with a suffix: the prefix and the suffix
    std::optional<base::Prefix6> prefix{};
    static void fields(auto& m, auto& code)
    {
        code(m.verdict);
        code(m.reason);
        code(m.address4);
        code(m.address6);
        code(m.prefix);
    }
    friend bool operator==(const HostOutcome&, const HostOutcome&) = default;
};

/// What became of the proposal `id`. Each proposal gets exactly one; their order may differ. Also the answer
/// to a Look whose secret does not open the host: then it is `refused` or `unavailable`.
struct Settled {
    static constexpr std::uint8_t tag = 1;
    static constexpr std::size_t longest_record = 1152; ///< 20 outcomes of 42 bytes, and a name
    RequestId id{};
    std::vector<HostOutcome> hosts{};       ///< in the order of the proposal; one for an account
    std::optional<dns::CompactName> zone{}; ///< if a host is outside of it, for the reply
    static void fields(auto& m, auto& code)
    {
        code(m.id);
        code(m.hosts, max_hosts_of_proposal);
        code(m.zone);
    }
};

/// The most TXT records at `_acme-challenge.HOST`.
inline constexpr std::size_t max_challenge_values = 2;

/// The answer to Look if the secret opens the host.
struct Seen {
    static constexpr std::uint8_t tag = 2;
    RequestId id{};
    dns::CompactName host;    ///< its whole name
    bool was_updated = false; ///< if not, it has the addresses of the config, which the keeper does not know
    std::optional<base::Address4> address4{};
    std::optional<base::Address6> address6{};
    std::optional<base::Prefix6> prefix{};
    std::vector<ChallengeValue> challenge{};
    base::Seconds lifetime{}; ///< that is left; base::never; 0 if there is nothing that expires
    std::optional<base::Seconds> since_change{}; ///< of its addresses; none: never, or not known
    static void fields(auto& m, auto& code)
    {
        code(m.id);
        code(m.host);
        code(m.was_updated);
        code(m.address4);
        code(m.address6);
        code(m.prefix);
        code(m.challenge, max_challenge_values);
        code(m.lifetime);
        code(m.since_change);
    }
};

using UpdaterToKeeper = std::variant<Propose, Look>;
using KeeperToUpdater = std::variant<Settled, Seen>;

} // namespace ipc
