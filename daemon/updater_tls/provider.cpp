#include "daemon/updater_tls/provider.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <openssl/core.h>
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <optional>
#include <string_view>

#include "privsep/fail.h"

namespace updater_tls
{

namespace
{

using ipc::SignatureScheme;

constexpr const char* ours = "provider=nanodnsd";
constexpr const char* openssls = "provider=default";

constinit KeyholderLink* keyholder = nullptr; ///< OpenSSL has no room for it

enum class Kind : std::uint8_t { rsa, ec, ed25519 };
constexpr std::array<const char*, 3> kind_names{"RSA", "EC", "ED25519"};

/// The public half, as a key of OpenSSL's own provider. Each question about the key goes to it.
struct PublicKey {
    Kind kind{};
    Key key;
};

// Keys. The functions have OpenSSL's types, so that they can be called by its pointers.

template <Kind kind>
void* new_key(void* /*provider*/)
{
    return new PublicKey{kind, {}};
}

void free_key(void* key)
{
    delete static_cast<PublicKey*>(key);
}

int has(const void* /*key*/, int /*selection*/)
{
    return 1; // the private half, too
}

int match(const void* one, const void* other, int /*selection*/)
{
    const auto* const left = static_cast<const PublicKey*>(one);
    const auto* const right = static_cast<const PublicKey*>(other);
    return left->key && right->key ? ::EVP_PKEY_eq(left->key.get(), right->key.get()) : 0;
}

int import_key(void* into, int /*selection*/, const OSSL_PARAM* parameters)
{
    auto* const key = static_cast<PublicKey*>(into);
    const KeyContext context{
        ::EVP_PKEY_CTX_new_from_name(nullptr, kind_names[static_cast<std::size_t>(key->kind)], openssls)};
    EVP_PKEY* made = nullptr;
    const bool is_made = ::EVP_PKEY_fromdata_init(context.get()) == 1 &&
                         ::EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY,
                                             const_cast<OSSL_PARAM*>(parameters)) == 1;
    key->key.reset(made);
    return is_made ? 1 : 0;
}

const OSSL_PARAM* importable(int /*selection*/)
{
    static const auto list = std::to_array<OSSL_PARAM>(
        {OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, nullptr, 0), OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, nullptr, 0),
         OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, nullptr, 0),
         OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, nullptr, 0), OSSL_PARAM_END});
    return list.data();
}

int get_parameters(void* of, OSSL_PARAM* parameters)
{
    const auto* const key = static_cast<const PublicKey*>(of);
    return key->key ? ::EVP_PKEY_get_params(key->key.get(), parameters) : 0;
}

const OSSL_PARAM* gettable(void* /*provider*/)
{
    static const auto list = std::to_array<OSSL_PARAM>(
        {OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, nullptr),
         OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, nullptr),
         OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, nullptr),
         OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, nullptr, 0), OSSL_PARAM_END});
    return list.data();
}

/// The default would be the name of the key's kind, which is another for ECDSA.
const char* name_of_ecdsa(int operation)
{
    return operation == OSSL_OP_SIGNATURE ? "ECDSA" : nullptr;
}

// Signatures.

struct Signing {
    const PublicKey* key = nullptr;
    std::size_t digest = 0; ///< 0 to 2: SHA-256, SHA-384, SHA-512
    bool is_pss = false;
};

void* new_signing(void* /*provider*/, const char* /*properties*/)
{
    return new Signing;
}

void free_signing(void* signing)
{
    delete static_cast<Signing*>(signing);
}

int set_parameters(void* of, const OSSL_PARAM* parameters)
{
    auto* const signing = static_cast<Signing*>(of);
    const OSSL_PARAM* const padding =
        parameters == nullptr ? nullptr
                              : ::OSSL_PARAM_locate_const(parameters, OSSL_SIGNATURE_PARAM_PAD_MODE);
    if (padding == nullptr) {
        return 1; // the length of the salt, which is always that of the digest
    }
    int number = 0;
    if (padding->data_type == OSSL_PARAM_UTF8_STRING) {
        signing->is_pss =
            std::strcmp(static_cast<const char*>(padding->data), OSSL_PKEY_RSA_PAD_MODE_PSS) == 0;
        return 1;
    }
    signing->is_pss = ::OSSL_PARAM_get_int(padding, &number) == 1 && number == RSA_PKCS1_PSS_PADDING;
    return 1;
}

const OSSL_PARAM* settable(void* /*signing*/, void* /*provider*/)
{
    static const auto list = std::to_array<OSSL_PARAM>(
        {OSSL_PARAM_int(OSSL_SIGNATURE_PARAM_PAD_MODE, nullptr),
         OSSL_PARAM_int(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, nullptr), OSSL_PARAM_END});
    return list.data();
}

int begin(void* of, const char* digest, void* key, const OSSL_PARAM* parameters)
{
    auto* const signing = static_cast<Signing*>(of);
    signing->key = static_cast<const PublicKey*>(key);
    const std::array<const EVP_MD*, 3> digests{::EVP_sha256(), ::EVP_sha384(), ::EVP_sha512()};
    const bool has_digest = digest != nullptr && *digest != '\0';
    const auto found = std::ranges::find_if(
        digests, [&](const EVP_MD* one) { return has_digest && ::EVP_MD_is_a(one, digest) == 1; });
    signing->digest = static_cast<std::size_t>(found - digests.begin());
    if (signing->key->kind == Kind::ed25519 ? has_digest : found == digests.end()) {
        return 0;
    }
    return set_parameters(of, parameters);
}

std::optional<SignatureScheme> scheme_of(const Signing& signing) noexcept
{
    using enum SignatureScheme;
    constexpr std::array<SignatureScheme, 3> pkcs1{rsa_pkcs1_sha256, rsa_pkcs1_sha384, rsa_pkcs1_sha512};
    constexpr std::array<SignatureScheme, 3> pss{rsa_pss_sha256, rsa_pss_sha384, rsa_pss_sha512};
    constexpr std::array<SignatureScheme, 2> ecdsa{ecdsa_sha256, ecdsa_sha384};
    switch (signing.key->kind) {
    case Kind::rsa:
        return signing.is_pss ? pss[signing.digest] : pkcs1[signing.digest];
    case Kind::ec:
        return signing.digest < ecdsa.size() ? std::optional{ecdsa[signing.digest]} : std::nullopt;
    case Kind::ed25519:
        break;
    }
    return ed25519;
}

/// With no room, tells how much a signature needs at most.
int sign(void* of, unsigned char* room, std::size_t* size, std::size_t room_size,
         const unsigned char* content, std::size_t content_size)
{
    const auto* const signing = static_cast<const Signing*>(of);
    if (room == nullptr) {
        *size = static_cast<std::size_t>(::EVP_PKEY_get_size(signing->key->key.get()));
        return 1;
    }
    const auto scheme = scheme_of(*signing);
    if (!scheme || content_size > ipc::max_signed_content) {
        return 0;
    }
    const auto signature = keyholder->sign(*scheme, {content, content_size});
    if (signature.empty() || signature.size() > room_size) {
        return 0;
    }
    std::ranges::copy(signature, room);
    *size = signature.size();
    return 1;
}

// The tables by which OpenSSL finds the functions.

template <typename Function>
OSSL_DISPATCH entry(int id, Function* function) noexcept
{
    return {id, reinterpret_cast<void (*)()>(function)};
}

template <Kind kind>
const OSSL_DISPATCH* keys()
{
    static const auto table = std::to_array<OSSL_DISPATCH>({
        entry(OSSL_FUNC_KEYMGMT_NEW, new_key<kind>),
        entry(OSSL_FUNC_KEYMGMT_FREE, free_key),
        entry(OSSL_FUNC_KEYMGMT_HAS, has),
        entry(OSSL_FUNC_KEYMGMT_MATCH, match),
        entry(OSSL_FUNC_KEYMGMT_IMPORT, import_key),
        entry(OSSL_FUNC_KEYMGMT_IMPORT_TYPES, importable),
        entry(OSSL_FUNC_KEYMGMT_GET_PARAMS, get_parameters),
        entry(OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, gettable),
        kind == Kind::ec ? entry(OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, name_of_ecdsa) : OSSL_DISPATCH{},
        OSSL_DISPATCH{},
    });
    return table.data();
}

const OSSL_DISPATCH* signatures()
{
    static const auto table = std::to_array<OSSL_DISPATCH>({
        entry(OSSL_FUNC_SIGNATURE_NEWCTX, new_signing),
        entry(OSSL_FUNC_SIGNATURE_FREECTX, free_signing),
        entry(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, begin),
        entry(OSSL_FUNC_SIGNATURE_DIGEST_SIGN, sign),
        entry(OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, set_parameters),
        entry(OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS, settable),
        OSSL_DISPATCH{},
    });
    return table.data();
}

/// Called for each kind of operation.
const OSSL_ALGORITHM* query(void* /*provider*/, int operation, int* may_not_be_stored)
{
    static const auto of_keys = std::to_array<OSSL_ALGORITHM>({
        {"RSA:rsaEncryption", ours, keys<Kind::rsa>(), nullptr},
        {"EC:id-ecPublicKey", ours, keys<Kind::ec>(), nullptr},
        {"ED25519", ours, keys<Kind::ed25519>(), nullptr},
        {},
    });
    static const auto of_signatures = std::to_array<OSSL_ALGORITHM>({
        {"RSA:rsaEncryption", ours, signatures(), nullptr},
        {"ECDSA", ours, signatures(), nullptr},
        {"ED25519", ours, signatures(), nullptr},
        {},
    });
    *may_not_be_stored = 0;
    switch (operation) {
    case OSSL_OP_KEYMGMT:
        return of_keys.data();
    case OSSL_OP_SIGNATURE:
        return of_signatures.data();
    default:
        return nullptr;
    }
}

int begin_provider(const OSSL_CORE_HANDLE* core, const OSSL_DISPATCH* /*in*/, const OSSL_DISPATCH** out,
                   void** provider)
{
    static const auto table = std::to_array<OSSL_DISPATCH>({
        entry(OSSL_FUNC_PROVIDER_QUERY_OPERATION, query),
        OSSL_DISPATCH{},
    });
    *out = table.data();
    *provider = const_cast<OSSL_CORE_HANDLE*>(core); // not used, but it must be something
    return 1;
}

} // namespace

void load_providers(KeyholderLink& link)
{
    keyholder = &link;
    // OpenSSL's own first: it is preferred for all that both have
    privsep::require(::OSSL_PROVIDER_load(nullptr, "default") != nullptr &&
                         ::OSSL_PROVIDER_add_builtin(nullptr, "nanodnsd", begin_provider) == 1 &&
                         ::OSSL_PROVIDER_load(nullptr, "nanodnsd") != nullptr,
                     "loading OpenSSL's providers");
}

Key key_in_keyholder(const EVP_PKEY* key)
{
    const auto name =
        std::ranges::find_if(kind_names, [&](const char* one) { return ::EVP_PKEY_is_a(key, one) == 1; });
    OSSL_PARAM* half = nullptr;
    EVP_PKEY* made = nullptr;
    if (name != kind_names.end() && ::EVP_PKEY_todata(key, EVP_PKEY_PUBLIC_KEY, &half) == 1) {
        const Parameters owner{half};
        const KeyContext context{::EVP_PKEY_CTX_new_from_name(nullptr, *name, ours)};
        if (::EVP_PKEY_fromdata_init(context.get()) != 1 ||
            ::EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, half) != 1) {
            made = nullptr;
        }
    }
    if (made == nullptr) {
        privsep::fail("the certificate's key cannot be used");
    }
    return Key{made};
}

} // namespace updater_tls
