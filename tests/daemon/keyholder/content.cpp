#include "daemon/keyholder/content.h"

#include <gtest/gtest.h>

#include "tests/daemon/keyholder/contents.h"

namespace
{

using ipc::SignatureScheme;
using keyholder::may_be_signed;
using namespace keyholder_test;

TEST(SignedContent, IsThatOfAHandshake)
{
    for (const Content& content : {tls13_content(32), tls13_content(48), tls12_x25519(), tls12_p256()}) {
        EXPECT_TRUE(may_be_signed(SignatureScheme::ecdsa_sha256, content)) << content.size();
        EXPECT_NE(keyholder::is_tls12_content(content), keyholder::is_tls13_content(content));
    }
}

TEST(SignedContent, OfTls13HasNoOtherByteBeforeTheHash)
{
    for (std::size_t at = 0; at < 98; ++at) {
        Content content = tls13_content();
        content[at] ^= 1U;
        EXPECT_FALSE(may_be_signed(SignatureScheme::ecdsa_sha256, content)) << at;
    }
}

TEST(SignedContent, HasTheLengthOfAHandshake)
{
    for (std::size_t bytes = 0; bytes < 70; ++bytes) {
        EXPECT_EQ(may_be_signed(SignatureScheme::ecdsa_sha256, tls13_content(bytes)),
                  bytes == 32 || bytes == 48);
        EXPECT_EQ(may_be_signed(SignatureScheme::ecdsa_sha256, tls12_content(29, bytes)), bytes == 32);
        EXPECT_EQ(may_be_signed(SignatureScheme::ecdsa_sha256, tls12_content(23, bytes)), bytes == 65);
    }
    EXPECT_FALSE(may_be_signed(SignatureScheme::ecdsa_sha256, {}));
    EXPECT_FALSE(may_be_signed(SignatureScheme::ecdsa_sha256, Content(32, 7))); // a digest
}

TEST(SignedContent, OfTls12HasACurveThatIsOffered)
{
    EXPECT_FALSE(may_be_signed(SignatureScheme::ecdsa_sha256, tls12_content(24, 97))); // P-384
    Content content = tls12_p256();
    content[68] = 2; // a compressed point
    EXPECT_FALSE(may_be_signed(SignatureScheme::ecdsa_sha256, content));
    content = tls12_x25519();
    content[64] = 1; // explicit parameters
    EXPECT_FALSE(may_be_signed(SignatureScheme::ecdsa_sha256, content));
    content = tls12_x25519();
    content.push_back(0);
    EXPECT_FALSE(may_be_signed(SignatureScheme::ecdsa_sha256, content));
}

// RFC 8446 section 4.2.3.
TEST(SignedContent, OfTls13IsNotSignedWithPkcs1)
{
    for (const auto scheme : {SignatureScheme::rsa_pkcs1_sha256, SignatureScheme::rsa_pkcs1_sha384,
                              SignatureScheme::rsa_pkcs1_sha512}) {
        EXPECT_FALSE(may_be_signed(scheme, tls13_content()));
        EXPECT_TRUE(may_be_signed(scheme, tls12_p256()));
    }
}

} // namespace
