// Opens and binds listening sockets with their options, several to a port.
#pragma once

#include <cstdint>
#include <vector>

#include "privsep/unique_fd.h"
#include "proto/base/address.h"
#include "proto/ipc/config.h"

namespace supervisor
{

/// Sets the options that the responder needs, on bound and on passed sockets. It gets the address to which
/// each query was sent (RFC 2181 section 4.1), if the socket has more than one. No reply is fragmented,
/// whatever an ICMP message claims (RFC 9715 section 3.1). `address`: the socket's own, bound now or later.
/// Best effort.
void prepare_datagrams(int fd, const base::Address& address) noexcept;

/// The address and port that the socket is bound to; a wildcard and 0 if they are not known.
base::Address address_of(int fd) noexcept;
std::uint16_t port_of(int fd) noexcept;

struct Group {
    std::vector<privsep::UniqueFd> fds;
    int error = 0;          ///< errno if there are no sockets
    bool is_absent = false; ///< this machine does not have the address yet
};

/// Opens `count` non-blocking sockets that share the endpoint's address and `port`, which replaces the
/// endpoint's. An address that this machine does not have yet is bound all the same: at boot the server may
/// start before the network is up. The first socket is bound without SO_REUSEPORT, which it gets afterwards.
/// Otherwise a socket of another program with SO_REUSEPORT would be no error, and would get some of our
/// packets.
Group open_group(const ipc::Endpoint& endpoint, std::uint16_t port, std::size_t count);

} // namespace supervisor
