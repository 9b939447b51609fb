// What an administrator is told of hosts and changes, from what the keeper and the config say.
#pragma once

#include "daemon/console/keeper_link.h"
#include "proto/ipc/admin.h"
#include "proto/ipc/console.h"
#include "proto/ipc/console_setup.h"

namespace console
{

/// `kept`: what the keeper knows of the host; nullptr: nothing.
ipc::admin::HostRow row_of(const ipc::ConfiguredHost& host, const KeptHost* kept);
ipc::admin::Changed change_of(const ipc::Changed& change);
inline ipc::admin::Place place_of(const ipc::ChangePlace& place) noexcept
{
    return {place.list, place.number};
}

/// "an administrator, uid 1000"; "an administrator, says uid 1000".
std::string describe(const ipc::Administrator& who);

} // namespace console
