// Who has updated a host: in a proposal, in the state, and in messages.
#pragma once

#include "daemon/keeper/host_data.h"
#include "proto/ipc/origin.h"
#include "proto/ipc/update.h"

namespace keeper
{

ipc::Origin origin_of(const ipc::Propose& proposal) noexcept;
ipc::Origin origin_of(const journal::Report& report) noexcept;

/// The report of a host after an accepted proposal that changes addresses.
journal::Report report_after(const HostData& before, const HostData& after, const ipc::Origin& origin,
                             base::UnixTime now) noexcept;

} // namespace keeper
