// Which of the sockets of one address a client's packets go to, where each responder has its own: decided by
// the kernel, by a program that we give it, and always the same one for a client network
// (daemon/common/client_network.h). So one responder sees all that a network sends, its limits count all of
// it, and a flood from there fills one queue.
#pragma once

#include <cstdint>
#include <linux/filter.h>
#include <vector>

namespace supervisor
{

/// The number of a socket, below `sockets`, from the client's address in the packet's IP header. `key`
/// decides which network goes where, so that nobody outside knows.
std::vector<sock_filter> steering_program(bool ipv4, std::uint32_t sockets, std::uint32_t key);

/// Of the SO_REUSEPORT group that `socket` is in, each socket of which has its number by when it joined.
/// False where the kernel does not take the program: then it spreads clients by address and port.
bool steer_by_network(int socket, bool ipv4, std::uint32_t sockets, std::uint32_t key);

} // namespace supervisor
