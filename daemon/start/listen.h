// Opening the listening sockets: bound by us, or passed by a service manager.
#pragma once

#include <cstddef>
#include <vector>

#include "daemon/start/service_manager.h"
#include "daemon/supervisor/sockets.h"

namespace supervisor
{

/// Binds `wanted`: for each address of DNS as many sockets as there are workers, among which the kernel
/// chooses by the client's network (steering.h). If it cannot, ends the process with one sentence that says
/// what to do.
Sockets bind_sockets(const std::vector<Endpoint>& wanted, std::size_t workers);

/// Takes what was passed, told apart as passed_sockets.h says. A socket that fits no service is ignored with
/// a warning in the log, and a service without a socket is named there. Ends the process if DNS has none.
Sockets adopt_sockets(std::vector<PassedSocket> passed);

/// Prints `tcp N`, `udp N` and `http N` on stderr for each service with port 0.
void print_free_ports(const Sockets& sockets);

} // namespace supervisor
