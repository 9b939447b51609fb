// Conversion of the kernel's socket addresses.
#pragma once

#include <cstdint>
#include <sys/socket.h>

#include "proto/base/address.h"

namespace common
{

/// 0.0.0.0 if the peer has no internet address.
base::Address to_address(const sockaddr_storage& peer) noexcept;

/// In host byte order; 0 if there is none.
std::uint16_t port_of(const sockaddr_storage& peer) noexcept;

} // namespace common
