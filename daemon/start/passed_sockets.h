// Finds the service of each socket that a service manager passed.
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
    const char* reason = ""; ///< why there is no service
};

/// One for each socket, in the same order. The names "dns", "http", "https", "control" and "metrics" decide.
/// A socket without a name, or with systemd's default (the unit's name), is assigned by type and port: a
/// datagram socket is DNS, and so is a stream socket on the port of a datagram socket; any other stream
/// socket is HTTP. A Unix stream socket is HTTP, but only by its name; one of records (SOCK_SEQPACKET) is the
/// control socket. Ends the process if there is a stream socket of the internet without a name, but no
/// datagram socket.
std::vector<Assignment> assign(const std::vector<PassedSocket>& passed);

} // namespace supervisor
