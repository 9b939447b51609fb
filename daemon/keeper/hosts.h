// Every host that has a token: what opens it, and its addresses. A table by name, about 150 bytes a host.
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

/// Numbers the hosts that have a token, from 0, in the order in which they were added.
using HostNumber = std::uint32_t;

/// The dynamic state of a host.
struct HostState {
    std::optional<base::Address4> a;
    std::optional<base::Address6> aaaa;
    bool updated = false;     ///< ever: the configured addresses no longer count
    base::UnixTime expires{}; ///< means something where there is an address

    bool has_address() const noexcept { return a.has_value() || aaaa.has_value(); }
    /// Whether the zone is the same with either.
    bool same_records(const HostState& other) const noexcept
    {
        return updated == other.updated && a == other.a && aaaa == other.aaaa;
    }
};

class Hosts
{
public:
    /// `secret`: what names are hashed with.
    explicit Hosts(const base::SipKey& secret) noexcept : secret_(secret) {}

    /// Makes room for so many at once, so that no copies are left behind. What is never used of it is never
    /// touched, and takes no memory.
    void reserve(std::size_t hosts);
    void add(const ipc::Account& account);
    /// Builds the index; call it after the last add(). False where two hosts have one name.
    bool finish();

    std::size_t count() const noexcept { return keys_.size(); }
    std::optional<HostNumber> find(const dns::Name& name) const noexcept;

    /// The host that `name` names, where `token` opens it. The work is the same, to the instruction, for
    /// every token of one length, and for every name of one length, whether there is such a host or not.
    std::optional<HostNumber> authorise(const dns::Name& name, const base::Token& token) const noexcept;

    dns::Name name(HostNumber host) const noexcept;
    ipc::HostIndex index(HostNumber host) const noexcept { return hosts_[host].index; }
    base::Seconds lifetime(HostNumber host) const noexcept { return hosts_[host].lifetime; }
    const HostState& state(HostNumber host) const noexcept { return hosts_[host].state; }
    /// The zone's serial since this host's records are what they are.
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
        std::uint32_t name = 0; ///< where it begins in names_
        std::uint32_t serial = 0;
    };
    /// A host by the hash of its name.
    struct Key {
        std::uint64_t hash = 0;
        HostNumber host = 0;
        friend bool operator<(const Key& left, const Key& right) noexcept { return left.hash < right.hash; }
    };

    /// The host of this name, or the one behind the last, which is nobody.
    HostNumber number_of(const dns::Name& name) const noexcept;

    base::SipKey secret_;
    std::vector<Host> hosts_;         ///< once finished, the last one is nobody
    std::vector<std::uint8_t> names_; ///< in wire form and lower case, one behind the other
    std::vector<Key> keys_;           ///< in order
};

} // namespace keeper
