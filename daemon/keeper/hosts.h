// All hosts that have a token: the token's digest, and the addresses. A table by name, about 150 bytes per
// host. Of static hosts, which have none, only a hash of the name.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/keeper/credentials.h"
#include "proto/base/address.h"
#include "proto/base/secret.h"
#include "proto/base/siphash.h"
#include "proto/base/time.h"
#include "proto/base/token_hash.h"
#include "proto/dns/name.h"
#include "proto/ipc/challenge_account.h"
#include "proto/ipc/setup.h"

namespace keeper
{

/// The dynamic state of a host.
struct HostState {
    std::optional<base::Address4> a;
    std::optional<base::Address6> aaaa;
    bool updated = false;     ///< at least once: the configured addresses are not used any more
    base::UnixTime expires{}; ///< valid if there is an address

    bool has_address() const noexcept { return a.has_value() || aaaa.has_value(); }
    /// Whether both give the same records in the zone.
    bool same_records(const HostState& other) const noexcept
    {
        return updated == other.updated && a == other.a && aaaa == other.aaaa;
    }
};

class Hosts
{
public:
    /// `secret`: the key of the hash of names.
    explicit Hosts(const base::SipKey& secret) noexcept : secret_(secret) {}

    /// Reserves memory for `hosts` hosts at once, so that nothing is copied. Memory that is not used is not
    /// touched and costs nothing.
    void reserve(std::size_t hosts);
    /// Accounts come in the order of their indices. False if this one has more secrets than it may.
    bool add(const ipc::Account& account);
    /// False if a host has no account, or more secrets than it may.
    bool add(const ipc::Group& group);
    void add(const ipc::StaticHost& host) { static_hosts_.push_back(host.name_hash); }
    /// Builds the index. Call this after the last add(). False if two hosts have the same name.
    bool finish();

    std::size_t count() const noexcept { return keys_.size(); }
    std::optional<HostNumber> find(const dns::Name& name) const noexcept;

    struct Found {
        HostNumber host = 0;    ///< count() if no host has the name
        std::uint64_t hash = 0; ///< of the name, in any case, with the secret
    };
    /// Runs the same number of instructions for every name of one length. All functions below that take a
    /// host's number also take count(), which stands for a host without a name, token and addresses.
    Found look_up(const dns::Name& name) const noexcept;
    /// The host whose challenge this account sets. The same work for every account.
    Found look_up(const ipc::ChallengeAccount& account) const noexcept;
    /// Whether it is a static host's name. Another name is taken for one with a probability of one in 2^32
    /// for each static host: use it for messages only.
    bool is_static(const dns::Name& name) const noexcept;

    /// The host with this name if the token opens it for this purpose and client: see Credentials::open().
    /// Runs the same number of instructions for every token of one length and every name of one length,
    /// whether the host exists or not.
    std::optional<HostNumber> authorise(const dns::Name& name, const base::Token& token, const Client& client,
                                        Purpose purpose) const noexcept;
    /// The host of this account if the token is one of its keys for the challenge.
    std::optional<HostNumber> authorise(const ipc::ChallengeAccount& account, const base::Token& token,
                                        const Client& client) const noexcept;

    dns::Name name(HostNumber host) const noexcept;
    ipc::HostIndex index(HostNumber host) const noexcept { return hosts_[host].index; }
    base::Seconds lifetime(HostNumber host) const noexcept { return hosts_[host].lifetime; }
    const HostState& state(HostNumber host) const noexcept { return hosts_[host].state; }
    /// The zone's serial at the last change of this host's records.
    std::uint32_t serial(HostNumber host) const noexcept { return hosts_[host].serial; }
    bool has_short_token(HostNumber host) const noexcept { return hosts_[host].has_short_token; }
    /// The number of hosts with a short token.
    std::size_t short_tokens() const noexcept { return short_tokens_; }
    void set(HostNumber host, const HostState& state, std::uint32_t serial) noexcept
    {
        hosts_[host].state = state;
        hosts_[host].serial = serial;
    }

private:
    struct Host {
        HostState state;
        base::Seconds lifetime{};
        base::TokenHash token;
        ipc::HostIndex index{};
        std::uint32_t name = 0; ///< its offset in names_
        std::uint32_t serial = 0;
        bool has_short_token = false;
    };
    /// The hash of a name, and its host.
    struct Key {
        std::uint64_t hash = 0;
        HostNumber host = 0;
        friend bool operator<(const Key& left, const Key& right) noexcept { return left.hash < right.hash; }
    };

    /// The account of a host, found by its hash.
    struct AccountKey {
        std::uint64_t hash = 0;
        ipc::ChallengeAccount account;
        HostNumber host = 0;
    };

    std::uint64_t hash_of(const ipc::ChallengeAccount& account) const noexcept;
    std::optional<HostNumber> authorise(HostNumber host, const base::Token& token, const Client& client,
                                        Purpose purpose) const noexcept;
    std::optional<HostNumber> with_index(ipc::HostIndex index) const noexcept;

    base::SipKey secret_;
    Credentials credentials_;
    std::vector<Host> hosts_;                 ///< after finish() the last entry stands for no host
    std::vector<std::uint8_t> names_;         ///< in wire form and lower case, one after the other
    std::vector<Key> keys_;                   ///< sorted by hash
    std::vector<AccountKey> accounts_;        ///< of hosts with keys for the challenge; sorted by hash
    std::vector<std::uint32_t> static_hosts_; ///< see ipc::StaticHost; sorted
    std::size_t short_tokens_ = 0;
};

} // namespace keeper
