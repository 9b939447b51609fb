// Sockets as the kernel gives them: opened with the options that ours have, and bound, several to a port.
#pragma once

#include <cstdint>
#include <vector>

#include "privsep/unique_fd.h"
#include "proto/base/address.h"
#include "proto/ipc/config.h"

namespace supervisor
{

/// What the responder needs to know and to be sure of, whoever bound the socket: to which address a query
/// went (RFC 2181 section 4.1), unless there is only one, and that no reply is fragmented, whatever an ICMP
/// message claims (RFC 9715 section 3.1). `address`: that it is bound to, or will be. Best effort.
void prepare_datagrams(int fd, const base::Address& address) noexcept;

/// What the socket is bound to; a wildcard, and 0, where that cannot be had.
base::Address address_of(int fd) noexcept;
std::uint16_t port_of(int fd) noexcept;

struct Group {
    std::vector<privsep::UniqueFd> fds;
    int error = 0;          ///< where there are none
    bool is_absent = false; ///< this machine does not have the address yet
};

/// `count` sockets that share one address and port, non-blocking, with the endpoint's options but with
/// another `port`. An address that this machine does not have yet is bound all the same: at boot a server may
/// be up before its network, and what arrives later is served then. The first one takes the port alone, and
/// says only then that it would share: else a stranger's that says so too would be no error, and he would get
/// some of what is for us.
Group open_group(const ipc::Endpoint& endpoint, std::uint16_t port, std::size_t count);

} // namespace supervisor
