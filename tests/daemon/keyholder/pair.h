// Certificates and keys for tests.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string>

#include "daemon/keyholder/openssl.h"

namespace keyholder_test
{

inline keyholder::Key rsa_key(unsigned bits = 2048)
{
    return keyholder::Key{EVP_RSA_gen(bits)};
}
inline keyholder::Key ec_key(const char* curve = "P-256")
{
    return keyholder::Key{EVP_EC_gen(curve)};
}
inline keyholder::Key ed25519_key()
{
    return keyholder::Key{::EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")};
}

inline std::string content_of(BIO* bio)
{
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(bio, &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

inline std::string pem_of(const keyholder::Key& key, const char* password = nullptr)
{
    const keyholder::Bio bio{::BIO_new(::BIO_s_mem())};
    ::PEM_write_bio_PrivateKey(bio.get(), key.get(), password != nullptr ? ::EVP_aes_128_cbc() : nullptr,
                               reinterpret_cast<const unsigned char*>(password), password != nullptr ? 1 : 0,
                               nullptr, nullptr);
    return content_of(bio.get());
}

/// A certificate for ns.example.org.
struct Made {
    long from = -60; ///< it is valid between these times in seconds from now
    long to = 3600;
    const EVP_PKEY* issuer = nullptr; ///< none: signed by its own key
    const EVP_MD* digest = ::EVP_sha256();
};

inline std::string certificate_of(const keyholder::Key& key, const Made& how)
{
    const keyholder::Certificate certificate{::X509_new()};
    X509* const it = certificate.get();
    ::X509_set_version(it, 2);
    ::X509_gmtime_adj(::X509_getm_notBefore(it), how.from);
    ::X509_gmtime_adj(::X509_getm_notAfter(it), how.to);
    ::X509_set_pubkey(it, key.get());
    X509_EXTENSION* const names =
        ::X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:ns.example.org");
    ::X509_add_ext(it, names, -1);
    ::X509_EXTENSION_free(names);
    auto* const signer = const_cast<EVP_PKEY*>(how.issuer != nullptr ? how.issuer : key.get());
    if (how.issuer != nullptr) {
        ::X509_NAME_add_entry_by_txt(::X509_get_issuer_name(it), "CN", MBSTRING_ASC,
                                     reinterpret_cast<const unsigned char*>("issuer"), -1, -1, 0);
    }
    const bool hashes_itself = ::EVP_PKEY_is_a(signer, "ED25519") == 1;
    ::X509_sign(it, signer, hashes_itself ? nullptr : how.digest);
    const keyholder::Bio bio{::BIO_new(::BIO_s_mem())};
    ::PEM_write_bio_X509(bio.get(), it);
    return content_of(bio.get());
}

inline std::string certificate_of(const keyholder::Key& key, long from = -60, long to = 3600)
{
    return certificate_of(key, Made{from, to});
}

} // namespace keyholder_test
