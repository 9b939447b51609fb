// Owners of OpenSSL's objects.
#pragma once

#include <memory>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

namespace keyholder
{

template <auto release>
struct Free {
    void operator()(auto* object) const noexcept { release(object); }
};

using Bio = std::unique_ptr<BIO, Free<BIO_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;

/// Readable memory. `bytes` must outlive it.
inline Bio bio_of(auto bytes) noexcept
{
    return Bio{::BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size()))};
}

} // namespace keyholder
