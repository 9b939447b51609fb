// The parts of the zone that change at run time. Each is sent to responders as one message, and each change
// of one has a serial of its own.
//
// Parts are numbered: first the addresses of each host, then those of each follower, then the challenges of
// those hosts that can have one. So hosts without followers and challenges cost nothing more.
#pragma once

#include <cstdint>
#include <vector>

#include "daemon/keeper/hosts.h"
#include "proto/ipc/zone_feed.h"

namespace keeper
{

using PartNumber = std::uint32_t;

class ZoneParts
{
public:
    /// `hosts` must outlive it and be finished.
    explicit ZoneParts(Hosts& hosts);

    std::size_t count() const noexcept { return first_challenge() + hosts_.challenge_hosts().size(); }
    /// Whether the part must be in every feed: a part that never changed is as the config says.
    bool is_dynamic(PartNumber part) const;
    /// The zone's serial at the last change of the part.
    std::uint32_t serial(PartNumber part) const noexcept;
    void set_serial(PartNumber part, std::uint32_t serial) noexcept;
    /// The message that has all of the part.
    ipc::KeeperToResponder message(PartNumber part, std::uint32_t serial) const;

    /// The parts that differ if the data of a host changes.
    std::vector<PartNumber> changes(HostNumber host, const HostData& before, const HostData& after) const;
    /// Whether a host or follower has addresses of the config, depending on whether it, or the host that it
    /// follows, was ever updated.
    bool has_configured(PartNumber part, bool is_updated) const noexcept;
    /// The follower whose addresses the part is; null if it is another part.
    const Follower* follower(PartNumber part) const noexcept;

private:
    std::size_t first_follower() const noexcept { return hosts_.count(); }
    std::size_t first_challenge() const noexcept { return first_follower() + hosts_.followers().size(); }
    PartNumber challenge_of(HostNumber host) const noexcept;

    Hosts& hosts_;
    std::vector<std::uint32_t> serials_; ///< of the parts after the hosts' addresses
};

} // namespace keeper
