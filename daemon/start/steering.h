// Makes the kernel choose the socket for a packet by the client's /16 of IPv4 or /32 of IPv6, if each
// responder has a socket of its own for an address. So one responder gets all packets of these networks and
// of all that are within them: its limits (daemon/common/rate_limit.h, connections) count all of them, and a
// flood from one network fills one queue only.
#pragma once

#include <cstdint>
#include <linux/filter.h>
#include <vector>

namespace supervisor
{

/// A BPF program that returns the number of a socket, below `sockets`, from the client's address in the IP
/// header. The result depends on `key`, so outsiders cannot predict it.
std::vector<sock_filter> steering_program(bool ipv4, std::uint32_t sockets, std::uint32_t key);

/// Installs the program for the SO_REUSEPORT group of `socket`, whose sockets are numbered in the order in
/// which they joined it. False if the kernel refuses: it then spreads clients by address and port.
bool steer_by_network(int socket, bool ipv4, std::uint32_t sockets, std::uint32_t key);

} // namespace supervisor
