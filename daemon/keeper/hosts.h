// All hosts that have a token: the token's digest, the addresses, and the last report. A table by name, about
// 150 bytes per host, and 40 for one that has reported. Of static hosts, which have no token, only a hash of
// the name.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "daemon/common/zeroed_table.h"
#include "daemon/keeper/credentials.h"
#include "daemon/keeper/followers.h"
#include "daemon/keeper/host_data.h"
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

/// What the config says of the addresses of a host.
struct HostRules {
    ipc::Missing missing = ipc::Missing::by_dialect;
    ipc::PrivateAddresses private_addresses = ipc::PrivateAddresses::accepted;
    bool requires_address = false;
    base::Seconds lifetime{};
    std::optional<base::Address6> suffix;
};

/// A host that should report, and how often.
struct ExpectedHost {
    HostNumber host = 0;
    std::uint32_t seconds = 0;
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
    /// False if its leader has no account, or is static.
    bool add(const ipc::Follower& follower);
    void add(const ipc::StaticHost& host) { static_hosts_.push_back(host.name_hash); }
    /// Builds the index. Call this after the last add(). False if two hosts have the same name.
    bool finish();

    std::size_t count() const noexcept { return keys_.size(); }
    /// The number of hosts whose addresses can be updated.
    std::size_t updatable() const noexcept;
    /// The first host whose index is not less; count() if there is none.
    HostNumber first_from(ipc::HostIndex index) const noexcept;
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
    /// Whether the config has such addresses of the host, which are used until the first update.
    bool has_configured_a(HostNumber host) const noexcept { return hosts_[host].has_configured_a; }
    bool has_configured_aaaa(HostNumber host) const noexcept { return hosts_[host].has_configured_aaaa; }
    /// The number of hosts that have addresses by updates.
    std::size_t with_addresses() const noexcept { return with_addresses_; }
    /// The zone's serial at the last change of this host's records.
    std::uint32_t serial(HostNumber host) const noexcept { return hosts_[host].serial; }
    bool has_networks(HostNumber host, Purpose purpose) const noexcept
    {
        return credentials_.has_networks(host, purpose);
    }
    bool has_short_token(HostNumber host) const noexcept { return hosts_[host].has_short_token; }
    /// The number of hosts with a short token.
    std::size_t short_tokens() const noexcept { return short_tokens_; }
    void set_serial(HostNumber host, std::uint32_t serial) noexcept { hosts_[host].serial = serial; }
    const journal::Report& report(HostNumber host) const noexcept { return reports_[host]; }
    /// All of the host. state() and report() do less work.
    HostData data(HostNumber host) const;
    void set(HostNumber host, const HostData& data);
    HostRules rules(HostNumber host) const noexcept;
    /// Whether it has neither token nor group: only its challenge can be updated.
    bool is_static(HostNumber host) const noexcept { return hosts_[host].is_static; }
    std::span<const Follower> followers() const noexcept { return followers_; }
    /// In the order of hosts.
    std::span<const ExpectedHost> expected() const noexcept { return expected_; }
    /// How often the host should report; 0: the config does not say.
    base::Seconds expect(HostNumber host) const noexcept;
    /// The hosts that can have a challenge, in their order.
    std::span<const HostNumber> challenge_hosts() const noexcept { return challenge_hosts_; }
    bool can_have_challenge(HostNumber host) const noexcept;

private:
    struct Host {
        HostState state;
        base::Seconds lifetime{};
        base::TokenHash token;
        ipc::HostIndex index{};
        std::uint32_t name = 0; ///< its offset in names_
        std::uint32_t serial = 0;
        bool has_short_token = false;
        ipc::Missing missing = ipc::Missing::by_dialect;
        ipc::PrivateAddresses private_addresses = ipc::PrivateAddresses::accepted;
        bool requires_address : 1 = false;
        bool is_static : 1 = false;
        bool has_configured_a : 1 = false;
        bool has_configured_aaaa : 1 = false;
    };
    static_assert(sizeof(Host) <= 104, "it is most of the memory of a host");
    static_assert(sizeof(journal::Report) <= 40, "what a host takes more that has reported");
    /// What few hosts have.
    struct Extra {
        std::optional<base::Prefix6> prefix;
        journal::Challenge challenge;
    };
    struct Suffix {
        HostNumber host = 0;
        base::Address6 suffix;
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
    std::vector<Host> hosts_;          ///< after finish() the last entry stands for no host
    std::vector<std::uint8_t> names_;  ///< in wire form and lower case, one after the other
    std::vector<Key> keys_;            ///< sorted by hash
    std::vector<AccountKey> accounts_; ///< of hosts with keys for the challenge; sorted by hash
    /// Of hosts that have a prefix or a challenge. A sorted list would take quadratic time at a start, if the
    /// state has many hosts in another order than the config.
    std::map<HostNumber, Extra> extras_;
    std::vector<Suffix> suffixes_;                ///< of hosts that have one, in their order
    std::vector<HostNumber> challenge_hosts_;     ///< in their order
    std::vector<ExpectedHost> expected_;          ///< in the order of hosts
    std::vector<Follower> followers_;             ///< at most ipc::max_followers
    std::vector<std::uint32_t> static_hosts_;     ///< see ipc::StaticHost; sorted
    common::ZeroedList<journal::Report> reports_; ///< most hosts that never reported use no memory in it
    std::size_t short_tokens_ = 0;
    std::size_t with_addresses_ = 0;
};

} // namespace keeper
