// Opens the listening sockets: binds them, or takes those that a service manager passed.
#pragma once

#include <cstddef>
#include <vector>

#include "daemon/start/service_manager.h"
#include "daemon/supervisor/sockets.h"

namespace supervisor
{

/// Binds `wanted`: for each DNS address one socket per worker, among which the kernel chooses by the client's
/// network (steering.h). If it cannot, ends the process with a message that says what to do.
/// The control socket is not among them: control_socket.h.
Sockets bind_sockets(const std::vector<Endpoint>& wanted, std::size_t workers);

/// Takes the passed sockets; passed_sockets.h says how each gets its service. A socket that fits no service
/// is ignored with a warning, and a service without a socket is logged, one of the console only if it is in
/// `wanted`. Ends the process if DNS has no socket.
Sockets adopt_sockets(std::vector<PassedSocket> passed, const ipc::ConfigSummary& config = {},
                      const std::vector<Endpoint>& wanted = {});

/// Prints `tcp N`, `udp N`, `http N`, `https N` and `metrics N` on stderr for each service with port 0.
void print_free_ports(const Sockets& sockets);

} // namespace supervisor
