#include "daemon/updater_tls/context.h"

#include <algorithm>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string_view>

#include "daemon/updater_tls/provider.h"
#include "privsep/fail.h"
#include "proto/base/text.h"

namespace updater_tls
{

namespace
{

constexpr const char* ciphers12 = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr const char* ciphers13 =
    "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256";
constexpr const char* groups = "X25519:P-256";
/// Those of ipc::SignatureScheme.
constexpr const char* signatures =
    "ed25519:ECDSA+SHA256:ECDSA+SHA384:RSA-PSS+SHA256:RSA-PSS+SHA384:RSA-PSS+SHA512:RSA+SHA256:RSA+SHA384:"
    "RSA+SHA512";

/// RFC 7301: a client that offers only other protocols is refused.
int select_protocol(SSL* /*ssl*/, const unsigned char** selected, unsigned char* size,
                    const unsigned char* list, unsigned int list_size, void* /*argument*/)
{
    constexpr std::string_view http = "http/1.1";
    base::Reader in{{list, list_size}};
    while (in.left() != 0) {
        const base::Bytes one = in.take(in.u8());
        if (in.ok() && base::as_text(one) == http) {
            *selected = one.data();
            *size = static_cast<unsigned char>(one.size());
            return SSL_TLSEXT_ERR_OK;
        }
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

void set_what_is_offered(SSL_CTX* context)
{
    ::SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                       SSL_OP_PRIORITIZE_CHACHA | SSL_OP_CIPHER_SERVER_PREFERENCE);
    ::SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF); // tickets only
    ::SSL_CTX_set_num_tickets(context, 1);
    ::SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    ::SSL_CTX_set_alpn_select_cb(context, select_protocol, nullptr);
    privsep::require(::SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
                         ::SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 &&
                         ::SSL_CTX_set_cipher_list(context, ciphers12) == 1 &&
                         ::SSL_CTX_set_ciphersuites(context, ciphers13) == 1 &&
                         ::SSL_CTX_set1_groups_list(context, groups) == 1 &&
                         ::SSL_CTX_set1_sigalgs_list(context, signatures) == 1,
                     "configuring TLS");
}

} // namespace

Context make_context(base::Bytes chain, std::string& why)
{
    Context context{::SSL_CTX_new(::TLS_server_method())};
    privsep::require(static_cast<bool>(context), "SSL_CTX_new");
    set_what_is_offered(context.get());
    const Bio bio{::BIO_new_mem_buf(chain.data(), static_cast<int>(chain.size()))};
    const Certificate own{::PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)};
    bool is_taken = own && ::SSL_CTX_use_certificate(context.get(), own.get()) == 1;
    while (X509* const next =
               is_taken ? ::PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr) : nullptr) {
        is_taken = ::SSL_CTX_add0_chain_cert(context.get(), next) == 1; // owns it
    }
    if (is_taken) {
        const Key key = key_in_keyholder(::X509_get0_pubkey(own.get()));
        is_taken = ::SSL_CTX_use_PrivateKey(context.get(), key.get()) == 1;
    }
    if (!is_taken) {
        const char* const reason = ::ERR_reason_error_string(::ERR_peek_last_error());
        why = base::filled("cannot use the certificate: {}", {reason != nullptr ? reason : "unknown"});
        context.reset();
    }
    ::ERR_clear_error();
    return context;
}

std::uint64_t expiry_of(const Context& context)
{
    constexpr std::int64_t day = 86'400;
    const Time epoch{::ASN1_TIME_set(nullptr, 0)};
    const X509* const certificate = ::SSL_CTX_get0_certificate(context.get());
    int days = 0;
    int seconds = 0;
    const ASN1_TIME* const end = certificate != nullptr ? ::X509_get0_notAfter(certificate) : nullptr;
    privsep::require(epoch && end != nullptr && ::ASN1_TIME_diff(&days, &seconds, epoch.get(), end) == 1,
                     "reading the certificate's expiry");
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, days * day + seconds));
}

} // namespace updater_tls
