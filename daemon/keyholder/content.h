// What the keyholder signs: only what a TLS server signs in a handshake.
#pragma once

#include "proto/base/bytes.h"
#include "proto/ipc/handshake.h"

namespace keyholder
{

/// The content of a CertificateVerify of a TLS 1.3 server (RFC 8446 section 4.4.3): 64 spaces, the context
/// string, a zero byte, and a transcript hash of 32 or 48 bytes.
bool is_tls13_content(base::Bytes content) noexcept;

/// The content that a TLS 1.2 server signs for a ServerKeyExchange with ECDHE (RFC 8422 section 5.4): both
/// randoms, and the parameters, of a curve that the server offers: X25519 or P-256.
bool is_tls12_content(base::Bytes content) noexcept;

/// Whether a server signs such a content in that way. Never both: no content has both forms.
bool may_be_signed(ipc::SignatureScheme scheme, base::Bytes content) noexcept;

} // namespace keyholder
