// What an authorised proposal makes of a host: the rule and nothing else.
#pragma once

#include <string>

#include "daemon/keeper/hosts.h"
#include "proto/base/time.h"
#include "proto/ipc/update.h"

namespace keeper
{

/// The state of the host after `proposal`, whose lifetime begins at `now`. A family that is to be kept
/// stays as it is.
HostState decide(const HostState& before, const ipc::Propose& proposal, base::Seconds lifetime,
                 base::UnixTime now) noexcept;

/// The host without its addresses, at the end of their lifetime. The configured ones do not come back.
HostState expired(const HostState& before) noexcept;

/// What became of the addresses, for the log: "A 192.0.2.7 (was 192.0.2.1), AAAA removed"; "no address"
/// where there is none before and after.
std::string describe_change(const HostState& before, const HostState& after);

} // namespace keeper
