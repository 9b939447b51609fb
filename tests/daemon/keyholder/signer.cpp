#include "daemon/keyholder/signer.h"

#include <gtest/gtest.h>
#include <openssl/rsa.h>

#include "tests/daemon/keyholder/contents.h"
#include "tests/daemon/keyholder/pair.h"

namespace
{

using ipc::SignatureScheme;
using keyholder::Key;
using keyholder::Signer;
using namespace keyholder_test;

constexpr base::Uptime now{1000};

Key copy_of(const Key& key)
{
    ::EVP_PKEY_up_ref(key.get());
    return Key{key.get()};
}

bool verifies(const Key& key, const EVP_MD* digest, bool is_pss, const std::vector<std::uint8_t>& signature,
              const Content& content)
{
    const keyholder::DigestContext context{::EVP_MD_CTX_new()};
    EVP_PKEY_CTX* parameters = nullptr;
    ::EVP_DigestVerifyInit(context.get(), &parameters, digest, nullptr, key.get());
    if (is_pss) {
        ::EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING);
        ::EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST);
    }
    return !signature.empty() && ::EVP_DigestVerify(context.get(), signature.data(), signature.size(),
                                                    content.data(), content.size()) == 1;
}

TEST(Signer, SignsWithEachKindOfKey)
{
    struct Case {
        Key key;
        SignatureScheme scheme;
        const EVP_MD* digest;
    };
    std::vector<Case> cases;
    cases.push_back({ec_key(), SignatureScheme::ecdsa_sha256, ::EVP_sha256()});
    cases.push_back({ec_key("P-384"), SignatureScheme::ecdsa_sha384, ::EVP_sha384()});
    cases.push_back({ed25519_key(), SignatureScheme::ed25519, nullptr});
    cases.push_back({rsa_key(), SignatureScheme::rsa_pss_sha256, ::EVP_sha256()});
    for (const Case& one : cases) {
        Signer signer{copy_of(one.key)};
        for (const Content& content : {tls13_content(), tls12_x25519()}) {
            EXPECT_TRUE(verifies(one.key, one.digest, one.scheme == SignatureScheme::rsa_pss_sha256,
                                 signer.sign(one.scheme, content, now), content))
                << static_cast<unsigned>(one.scheme);
        }
    }
}

TEST(Signer, SignsOfTls12WithPkcs1)
{
    const Key key = rsa_key();
    Signer signer{copy_of(key)};
    const auto signature = signer.sign(SignatureScheme::rsa_pkcs1_sha256, tls12_p256(), now);
    EXPECT_TRUE(verifies(key, ::EVP_sha256(), false, signature, tls12_p256()));
}

TEST(Signer, RefusesWhatDoesNotFitItsKey)
{
    Signer signer{ec_key()};
    EXPECT_TRUE(signer.sign(SignatureScheme::rsa_pss_sha256, tls13_content(), now).empty());
    EXPECT_TRUE(signer.sign(SignatureScheme::ed25519, tls13_content(), now).empty());
    EXPECT_TRUE(signer.sign(SignatureScheme::ecdsa_sha384, tls13_content(), now).empty()); // P-384 in TLS 1.3
    EXPECT_FALSE(signer.sign(SignatureScheme::ecdsa_sha384, tls12_p256(), now).empty());
}

TEST(Signer, RefusesWhatIsNotOfAHandshake)
{
    Signer signer{ec_key()};
    EXPECT_TRUE(signer.sign(SignatureScheme::ecdsa_sha256, Content(32, 1), now).empty());
    EXPECT_TRUE(signer.sign(SignatureScheme::ecdsa_sha256, Content(146, ' '), now).empty());
}

TEST(Signer, SignsNoMoreASecondThanHandshakesAreAccepted)
{
    Signer signer{ed25519_key()};
    const auto signs = [&](base::Uptime when) {
        return !signer.sign(SignatureScheme::ed25519, tls13_content(), when).empty();
    };
    for (std::uint32_t i = 0; i < ipc::max_signatures_a_second; ++i) {
        ASSERT_TRUE(signs(now));
    }
    EXPECT_FALSE(signs(now + base::Uptime{999}));
    EXPECT_TRUE(signs(now + base::Uptime{1000}));
}

} // namespace
