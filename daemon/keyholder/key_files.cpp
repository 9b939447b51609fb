#include "daemon/keyholder/key_files.h"

#include <algorithm>
#include <array>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string_view>

#include "proto/base/text.h"

namespace keyholder
{

namespace
{

/// Called for an encrypted key, which nobody is there to decrypt.
int note_encryption(char* /*room*/, int /*size*/, int /*writes*/, void* is_encrypted)
{
    *static_cast<bool*>(is_encrypted) = true;
    return -1;
}

std::string group_of(const EVP_PKEY* key)
{
    std::array<char, 64> name{};
    std::size_t size = 0;
    return ::EVP_PKEY_get_group_name(key, name.data(), name.size(), &size) == 1 ? name.data() : "unknown";
}

/// Why the server does not use such a key; empty if it does.
std::string why_unsuitable(const EVP_PKEY* key)
{
    constexpr const char* expected =
        "expected RSA with at least 2048 and at most 4096 bits, ECDSA with P-256 or P-384, or Ed25519";
    if (::EVP_PKEY_is_a(key, "ED25519") == 1) {
        return {};
    }
    if (::EVP_PKEY_is_a(key, "RSA") == 1) {
        const int bits = ::EVP_PKEY_get_bits(key);
        return bits >= min_rsa_bits && bits <= max_rsa_bits
                   ? std::string{}
                   : base::filled("found RSA with {} bits, {}", {bits, expected});
    }
    if (::EVP_PKEY_is_a(key, "EC") == 1) {
        const std::string group = group_of(key);
        return group == "prime256v1" || group == "secp384r1"
                   ? std::string{}
                   : base::filled("found ECDSA with {}, {}", {group, expected});
    }
    return base::filled("found a key of another kind, {}", {expected});
}

/// Why OpenSSL's security level 2 refuses such a certificate, which holds for the whole chain; empty if it
/// does not.
std::string why_too_weak(X509* certificate)
{
    constexpr int expected = 112; // SSL_CTX_set_security_level(3)
    const EVP_PKEY* const key = ::X509_get0_pubkey(certificate);
    const int of_key = key == nullptr ? 0 : ::EVP_PKEY_get_security_bits(key);
    if (of_key < expected) {
        return base::filled("found a certificate whose key has {} bits of security, expected at least {} for "
                            "each of the chain",
                            {of_key, expected});
    }
    const bool is_self_signed = (::X509_get_extension_flags(certificate) & EXFLAG_SS) != 0;
    int of_signature = 0;
    if (!is_self_signed &&
        (::X509_get_signature_info(certificate, nullptr, nullptr, &of_signature, nullptr) != 1 ||
         of_signature < expected)) {
        return base::filled("found a certificate that is signed with {}, expected a digest from SHA-256 for "
                            "each of the chain",
                            {::OBJ_nid2ln(::X509_get_signature_nid(certificate))});
    }
    return {};
}

std::string date_of(const ASN1_TIME* time)
{
    std::tm parts{};
    std::array<char, 32> text{};
    if (::ASN1_TIME_to_tm(time, &parts) != 1 ||
        std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", &parts) == 0) {
        return "an unknown time";
    }
    return text.data();
}

class Checker
{
public:
    Checker(const KeyFiles& files, const std::vector<dns::Name>& names, std::time_t now) noexcept
        : files_(files), names_(names), now_(now)
    {
    }

    Checked run()
    {
        if (read_chain() && read_key() && fits()) {
            warn();
        }
        if (!result_.error.empty()) {
            result_.key.reset();
            result_.warnings.clear();
        }
        ::ERR_clear_error();
        return std::move(result_);
    }

private:
    bool refuse_chain(const std::string& why)
    {
        return refuse(files_.certificate_at, files_.certificate_path, why);
    }
    bool refuse_key(const std::string& why) { return refuse(files_.key_at, files_.key_path, why); }
    bool refuse(const std::string& at, const std::string& path, const std::string& why)
    {
        result_.error = base::filled("{}{}: {}", {at, path, why});
        return false;
    }

    bool read_chain()
    {
        if (files_.certificate.size() > max_chain_bytes) {
            return refuse_chain(base::filled("found more than {} bytes, expected at most that for a chain of "
                                             "certificates",
                                             {max_chain_bytes}));
        }
        // the file goes to the updater-tls, too
        if (base::as_text(files_.certificate).find("PRIVATE KEY-----") != std::string_view::npos) {
            return refuse_chain("found a private key, expected only certificates: split the file in two");
        }
        const Bio bio = bio_of(files_.certificate);
        certificate_.reset(::PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
        if (!certificate_) {
            return refuse_chain("found no certificate in PEM form, expected the certificate and its chain");
        }
        std::string weak = why_too_weak(certificate_.get());
        while (const Certificate next{::PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
            weak = weak.empty() ? why_too_weak(next.get()) : weak;
        }
        if (ERR_GET_REASON(::ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
            return refuse_chain("found a certificate that is damaged, expected the whole chain in PEM form");
        }
        const EVP_PKEY* key = ::X509_get0_pubkey(certificate_.get());
        std::string why = key == nullptr ? "found a key of an unknown kind" : why_unsuitable(key);
        why = why.empty() ? weak : why;
        return why.empty() || refuse_chain(why);
    }

    bool read_key()
    {
        if (files_.key.size() > max_key_bytes) {
            return refuse_key(base::filled(
                "found more than {} bytes, expected at most that for a private key", {max_key_bytes}));
        }
        bool is_encrypted = false;
        const Bio bio = bio_of(files_.key);
        result_.key.reset(::PEM_read_bio_PrivateKey(bio.get(), nullptr, note_encryption, &is_encrypted));
        if (is_encrypted) {
            return refuse_key(base::filled("found an encrypted key, expected one without a passphrase: "
                                           "openssl pkey -in {} -out NEW-FILE",
                                           {files_.key_path}));
        }
        if (!result_.key) {
            return refuse_key("found no private key in PEM form");
        }
        const std::string why = why_unsuitable(result_.key.get());
        return why.empty() || refuse_key(why);
    }

    bool fits()
    {
        return ::X509_check_private_key(certificate_.get(), result_.key.get()) == 1 ||
               refuse_key(base::filled("the key does not belong to the first certificate in {}",
                                       {files_.certificate_path}));
    }

    void add_warning(const std::string& text)
    {
        result_.warnings.push_back(base::filled("{}: {}", {files_.certificate_path, text}));
    }

    void warn()
    {
        std::time_t now = now_;
        const ASN1_TIME* const begin = ::X509_get0_notBefore(certificate_.get());
        const ASN1_TIME* const end = ::X509_get0_notAfter(certificate_.get());
        if (::X509_cmp_time(end, &now) < 0) {
            add_warning(
                base::filled("the certificate expired on {}: clients will refuse it", {date_of(end)}));
        } else if (::X509_cmp_time(begin, &now) > 0) {
            add_warning(base::filled("the certificate is not valid before {}: clients refuse it until then",
                                     {date_of(begin)}));
        }
        const bool is_named = std::ranges::any_of(names_, [this](const dns::Name& name) {
            const std::string text = name.to_text(); // with a dot at its end
            return ::X509_check_host(certificate_.get(), text.data(), text.size() - 1, 0, nullptr) == 1;
        });
        if (!is_named) {
            add_warning(
                "the certificate is for none of the names in nameserver=: clients that use these will "
                "refuse it");
        }
    }

    const KeyFiles& files_;
    const std::vector<dns::Name>& names_;
    std::time_t now_;
    Certificate certificate_;
    Checked result_;
};

} // namespace

Checked check(const KeyFiles& files, const std::vector<dns::Name>& names, std::time_t now)
{
    return Checker{files, names, now}.run();
}

} // namespace keyholder
