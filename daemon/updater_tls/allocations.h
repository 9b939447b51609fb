// Limits what OpenSSL allocates at once.
#pragma once

#include <cstddef>

namespace updater_tls
{

/// Makes OpenSSL allocate with malloc(3), through functions that know the limit. To be called before any
/// other function of OpenSSL.
void watch_allocations();

/// From now on no allocation of OpenSSL may be larger than a handshake needs: it fails, and so does the
/// handshake. When OpenSSL has the first 4 bytes of a message, it allocates room for the length that they
/// announce, and clears it: 131 kB for a ClientHello. `chain_bytes`: the length of the certificates, as PEM,
/// which the server sends in one message.
void limit_allocations(std::size_t chain_bytes) noexcept;

} // namespace updater_tls
