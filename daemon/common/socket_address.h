// What the kernel says of a peer, as a value.
#pragma once

#include <cstdint>
#include <sys/socket.h>

#include "proto/base/address.h"

namespace common
{

/// 0.0.0.0 where the peer has no internet address.
base::Address to_address(const sockaddr_storage& peer) noexcept;

/// In host order; 0 where there is none.
std::uint16_t port_of(const sockaddr_storage& peer) noexcept;

} // namespace common
