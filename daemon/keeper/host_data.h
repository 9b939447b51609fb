// What the state has of a host.
#pragma once

#include <algorithm>
#include <optional>

#include "proto/base/address.h"
#include "proto/base/network.h"
#include "proto/base/time.h"
#include "proto/journal/commit.h"

namespace keeper
{

/// The addresses of a host.
struct HostState {
    std::optional<base::Address4> a;
    std::optional<base::Address6> aaaa;
    bool updated = false;     ///< at least once: the configured addresses are not used any more
    base::UnixTime expires{}; ///< valid if there is an address or a prefix

    bool has_address() const noexcept { return a.has_value() || aaaa.has_value(); }
    /// Whether both give the same records in the zone.
    bool same_records(const HostState& other) const noexcept
    {
        return updated == other.updated && a == other.a && aaaa == other.aaaa;
    }
    friend bool operator==(const HostState&, const HostState&) = default;
};

/// All that the state has of a host. Few hosts have a prefix or a challenge.
struct HostData : HostState {
    std::optional<base::Prefix6> prefix; ///< of the host's network; it has the lifetime of the addresses
    journal::Challenge challenge;
    journal::Report report{};

    bool has_lifetime() const noexcept { return has_address() || prefix.has_value(); }
    /// Whether both give the same entry of the host in the journal.
    bool same_entry(const HostData& other) const noexcept
    {
        return static_cast<const HostState&>(*this) == other && prefix == other.prefix &&
               report == other.report;
    }
    /// Whether the journal has an entry of the host.
    bool has_entry() const noexcept { return updated || report != journal::Report{}; }
    /// The next time at which something of it expires; none if there is nothing.
    std::optional<base::UnixTime> next_expiry() const noexcept
    {
        std::optional<base::UnixTime> next = has_lifetime() ? std::optional{expires} : std::nullopt;
        for (const journal::ChallengeValue& value : challenge.values()) {
            next = next ? std::min(*next, value.expires) : value.expires;
        }
        return next;
    }
};

} // namespace keeper
