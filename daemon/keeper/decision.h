// The effect of an authorised proposal on a host.
#pragma once

#include "daemon/keeper/hosts.h"
#include "proto/base/time.h"
#include "proto/ipc/change_line.h"
#include "proto/ipc/update.h"

namespace keeper
{

/// How long a value of a challenge stays: a certificate is issued within minutes.
inline constexpr base::Seconds challenge_lifetime{3600};

struct Decision {
    HostData after;
    /// With the addresses that the proposal sets. The verdict is `unsuitable`, and then `after` must not be
    /// used, or `unchanged` or `committed`, as if no other host depended on this one.
    ipc::HostOutcome outcome;
};

/// The data of the host after `proposal`. If that changes addresses, their lifetime starts at `now`. What the
/// proposal keeps is unchanged.
///
/// An updater that was broken into may send what a whole one refuses: an address that no host can have, a
/// prefix length that is not allowed, a value of TXT that is not base64url. That is `unsuitable` with no
/// reason: the records of the other proposals are valid, so this is no reason to close the channel.
Decision decide(const HostData& before, const ipc::Propose& proposal, const HostRules& rules,
                base::UnixTime now) noexcept;

/// The data of the host without what has expired at `now`. The configured addresses do not come back.
HostData expired(const HostData& before, base::UnixTime now) noexcept;

/// What has changed, for the log, without the host, the cause and the serial.
ipc::ChangeLine describe_change(const HostData& before, const HostData& after);

} // namespace keeper
