// How the keeper has a peer ended that said what can not be said.
#pragma once

#include <functional>

#include "proto/ipc/control.h"

namespace keeper
{

/// Tells the supervisor, which ends that peer and starts another one with a fresh channel.
using Accuse = std::function<void(const ipc::Misbehaved&)>;

} // namespace keeper
