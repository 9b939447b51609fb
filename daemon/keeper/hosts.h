// All hosts that have a token: the token's digest, and the addresses. A table by name, about 150 bytes per
// host.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "proto/base/address.h"
#include "proto/base/secret.h"
#include "proto/base/siphash.h"
#include "proto/base/time.h"
#include "proto/base/token_hash.h"
#include "proto/dns/name.h"
#include "proto/ipc/setup.h"

namespace keeper
{

/// The number of a host that has a token: from 0, in the order in which hosts were added.
using HostNumber = std::uint32_t;

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
    void add(const ipc::Account& account);
    /// Builds the index. Call this after the last add(). False if two hosts have the same name.
    bool finish();

    std::size_t count() const noexcept { return keys_.size(); }
    std::optional<HostNumber> find(const dns::Name& name) const noexcept;

    /// The host with this name if the token is right. Runs the same number of instructions for every token of
    /// one length and every name of one length, whether the host exists or not.
    std::optional<HostNumber> authorise(const dns::Name& name, const base::Token& token) const noexcept;

    dns::Name name(HostNumber host) const noexcept;
    ipc::HostIndex index(HostNumber host) const noexcept { return hosts_[host].index; }
    base::Seconds lifetime(HostNumber host) const noexcept { return hosts_[host].lifetime; }
    const HostState& state(HostNumber host) const noexcept { return hosts_[host].state; }
    /// The zone's serial at the last change of this host's records.
    std::uint32_t serial(HostNumber host) const noexcept { return hosts_[host].serial; }
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
    };
    /// The hash of a name, and its host.
    struct Key {
        std::uint64_t hash = 0;
        HostNumber host = 0;
        friend bool operator<(const Key& left, const Key& right) noexcept { return left.hash < right.hash; }
    };

    /// The host of this name, or the number after the last host, which stands for no host.
    HostNumber number_of(const dns::Name& name) const noexcept;

    base::SipKey secret_;
    std::vector<Host> hosts_;         ///< after finish() the last entry stands for no host
    std::vector<std::uint8_t> names_; ///< in wire form and lower case, one after the other
    std::vector<Key> keys_;           ///< sorted by hash
};

} // namespace keeper
