// The effect of an authorised proposal on a host.
#pragma once

#include <string>

#include "daemon/keeper/hosts.h"
#include "proto/base/time.h"
#include "proto/ipc/update.h"

namespace keeper
{

/// The state of the host after `proposal`; its lifetime starts at `now`. Address families that the proposal
/// keeps are unchanged.
HostState decide(const HostState& before, const ipc::Propose& proposal, base::Seconds lifetime,
                 base::UnixTime now) noexcept;

/// The state of a host whose lifetime has expired: without addresses. The configured addresses do not come
/// back.
HostState expired(const HostState& before) noexcept;

/// The change of the addresses, for the log: "A 192.0.2.7 (was 192.0.2.1), AAAA removed"; "no address" if
/// there is none before and after.
std::string describe_change(const HostState& before, const HostState& after);

} // namespace keeper
