// Every host that has a token: what opens it, and its addresses. A table by name, about 150 octets a host.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "proto/base/address.h"
#include "proto/base/secret.h"
#include "proto/base/time.h"
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
    explicit Hosts(const ipc::Digest& salt) noexcept : salt_(salt) {}

    /// False where there is one of this name already. Not after find() was called for the first time.
    bool add(const ipc::Account& account);
    /// Builds the index; call it after the last add().
    void finish();

    std::size_t count() const noexcept { return hosts_.size(); }
    std::optional<HostNumber> find(const dns::Name& name) const noexcept;

    /// The host that `name` names, where `token` opens it. The work is the same for every token of one
    /// length and for hosts that are not there.
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
        ipc::Digest token{};
        ipc::HostIndex index{};
        std::uint32_t name = 0; ///< where it begins in names_
        std::uint32_t serial = 0;
    };
    static constexpr std::uint32_t no_host = 0xFFFFFFFF;

    /// The slot of the name, or the empty one where it would be.
    std::size_t slot_of(const dns::Name& name) const noexcept;
    bool has_name(const Host& host, base::Bytes wire) const noexcept;
    void grow();

    ipc::Digest salt_;
    std::vector<Host> hosts_;
    std::vector<std::uint8_t> names_; ///< in wire form, one behind the other
    std::vector<HostNumber> slots_;   ///< a hash table with open addresses, at most half full
};

} // namespace keeper
