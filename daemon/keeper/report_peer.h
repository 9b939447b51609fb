// How the keeper reports a peer that sent an invalid message.
#pragma once

#include <functional>

#include "proto/ipc/control.h"

namespace keeper
{

/// Tells the supervisor, which stops that peer and starts a new one with a new channel.
using ReportPeer = std::function<void(const ipc::PeerReport&)>;

} // namespace keeper
