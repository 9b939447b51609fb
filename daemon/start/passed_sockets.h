// Which service each socket is for that a service manager has passed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/start/service_manager.h"
#include "proto/ipc/config.h"

namespace supervisor
{

struct Assignment {
    std::optional<ipc::Service> service;
    const char* reason = ""; ///< why there is none
};

/// One for each, in the same order. The names "dns" and "http" decide. A socket without a name, or with the
/// one that systemd gives by itself (the unit's name), is told by its type and port: a datagram socket is
/// DNS, as is a stream on the port of a datagram socket; another stream is HTTP. Ends the process where
/// streams cannot be told apart, since no datagram socket was passed.
std::vector<Assignment> assign(const std::vector<PassedSocket>& passed);

} // namespace supervisor
