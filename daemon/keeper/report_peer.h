// How the keeper has a peer ended that said what cannot be said.
#pragma once

#include <functional>

#include "proto/ipc/control.h"

namespace keeper
{

/// Tells the supervisor, which ends that peer and starts another one with a fresh channel.
using ReportPeer = std::function<void(const ipc::PeerReport&)>;

} // namespace keeper
