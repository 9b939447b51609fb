// An OpenSSL provider of keys whose private half is in the keyholder (provider(7)). OpenSSL asks it for the
// signature of a handshake, with the content to be signed. OpenSSL's older method tables (RSA_METHOD,
// EC_KEY_METHOD) get a digest only, and the keyholder could not check what it signs.
#pragma once

#include "daemon/updater_tls/keyholder_link.h"
#include "daemon/updater_tls/openssl.h"

namespace updater_tls
{

/// Loads OpenSSL's own provider and this one. `link` must outlive all use of OpenSSL. Call it once. Ends the
/// process if it fails.
void load_providers(KeyholderLink& link);

/// A key that signs through the link, for a certificate with the public key `key`. Ends the process if it is
/// none that the keyholder accepts.
Key key_in_keyholder(const EVP_PKEY* key);

} // namespace updater_tls
