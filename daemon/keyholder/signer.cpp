#include "daemon/keyholder/signer.h"

#include <openssl/err.h>
#include <openssl/rsa.h>

#include "daemon/keyholder/content.h"

namespace keyholder
{

namespace
{

using ipc::SignatureScheme;

/// nullptr: the scheme hashes by itself.
const EVP_MD* digest_of(SignatureScheme scheme) noexcept
{
    switch (scheme) {
    case SignatureScheme::rsa_pkcs1_sha256:
    case SignatureScheme::ecdsa_sha256:
    case SignatureScheme::rsa_pss_sha256:
        return ::EVP_sha256();
    case SignatureScheme::rsa_pkcs1_sha384:
    case SignatureScheme::ecdsa_sha384:
    case SignatureScheme::rsa_pss_sha384:
        return ::EVP_sha384();
    case SignatureScheme::rsa_pkcs1_sha512:
    case SignatureScheme::rsa_pss_sha512:
        return ::EVP_sha512();
    case SignatureScheme::ed25519:
        break;
    }
    return nullptr;
}

const char* kind_of(SignatureScheme scheme) noexcept
{
    switch (scheme) {
    case SignatureScheme::ed25519:
        return "ED25519";
    case SignatureScheme::ecdsa_sha256:
    case SignatureScheme::ecdsa_sha384:
        return "EC";
    default:
        return "RSA";
    }
}

bool is_pss(SignatureScheme scheme) noexcept
{
    return scheme == SignatureScheme::rsa_pss_sha256 || scheme == SignatureScheme::rsa_pss_sha384 ||
           scheme == SignatureScheme::rsa_pss_sha512;
}

} // namespace

/// In TLS 1.3 the scheme names the curve, too (RFC 8446 section 4.2.3).
bool Signer::fits_key(SignatureScheme scheme, base::Bytes content) const noexcept
{
    if (::EVP_PKEY_is_a(key_.get(), kind_of(scheme)) != 1) {
        return false;
    }
    const int curve_bits = scheme == SignatureScheme::ecdsa_sha256   ? 256
                           : scheme == SignatureScheme::ecdsa_sha384 ? 384
                                                                     : 0;
    return curve_bits == 0 || !is_tls13_content(content) || ::EVP_PKEY_get_bits(key_.get()) == curve_bits;
}

bool Signer::is_in_time(base::Uptime now) noexcept
{
    if (now - second_ >= base::Uptime{1000}) {
        second_ = now;
        made_ = 0;
    }
    return made_ < ipc::max_signatures_a_second;
}

std::vector<std::uint8_t> Signer::sign(SignatureScheme scheme, base::Bytes content, base::Uptime now)
{
    if (!may_be_signed(scheme, content) || !fits_key(scheme, content) || !is_in_time(now)) {
        return {};
    }
    ++made_;
    const DigestContext context{::EVP_MD_CTX_new()};
    EVP_PKEY_CTX* parameters = nullptr; // owned by the context
    std::size_t size = ipc::max_signature;
    std::vector<std::uint8_t> signature(size);
    // the salt is as long as the digest (RFC 8446 section 4.2.3)
    const bool is_made =
        ::EVP_DigestSignInit(context.get(), &parameters, digest_of(scheme), nullptr, key_.get()) == 1 &&
        (!is_pss(scheme) || (::EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1 &&
                             ::EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1)) &&
        ::EVP_DigestSign(context.get(), signature.data(), &size, content.data(), content.size()) == 1;
    ::ERR_clear_error();
    signature.resize(is_made ? size : 0);
    return signature;
}

} // namespace keyholder
