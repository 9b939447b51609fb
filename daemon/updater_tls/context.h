// What the server offers to its TLS clients.
#pragma once

#include <cstdint>
#include <string>

#include "daemon/updater_tls/openssl.h"
#include "proto/base/bytes.h"

namespace updater_tls
{

/// TLS 1.2 and 1.3, ECDHE with AES-GCM or ChaCha20-Poly1305, X25519 and P-256, ALPN http/1.1. Tickets have
/// keys that are made here and never leave the process. `chain`: the certificate and its chain in PEM form;
/// the private key is in the keyholder. Call load_providers() before. Null if OpenSSL refuses the chain: then
/// `why` has its reason. Ends the process on other errors.
Context make_context(base::Bytes chain, std::string& why);

/// When the certificate expires, in seconds since 1970.
std::uint64_t expiry_of(const Context& context);

} // namespace updater_tls
