#include "daemon/keyholder/key_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/daemon/keyholder/pair.h"

namespace
{

using keyholder::Checked;
using keyholder::Key;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
using namespace keyholder_test;

Checked check_texts(const std::string& certificate, const std::string& key,
                    const char* name = "ns.example.org")
{
    return keyholder::check({"/chain", "/key", base::as_bytes(certificate), base::as_bytes(key)},
                            {*dns::Name::from_text(name)}, std::time(nullptr));
}

TEST(KeyFiles, AreUsedWithEachKindOfKey)
{
    std::vector<Key> keys;
    keys.push_back(rsa_key());
    keys.push_back(ec_key());
    keys.push_back(ec_key("P-384"));
    keys.push_back(ed25519_key());
    for (const Key& key : keys) {
        const Checked checked = check_texts(certificate_of(key) + certificate_of(key), pem_of(key));
        EXPECT_EQ(checked.error, "");
        EXPECT_THAT(checked.warnings, IsEmpty());
        EXPECT_TRUE(checked.key);
    }
}

TEST(KeyFiles, AreRefusedIfTheyAreNoPem)
{
    const Key key = ec_key();
    for (const std::string text : {"", "x", "-----BEGIN CERTIFICATE-----\n"}) {
        EXPECT_EQ(check_texts(text, pem_of(key)).error,
                  "/chain: found no certificate in PEM form, expected the certificate and its chain");
        EXPECT_EQ(check_texts(certificate_of(key), text).error, "/key: found no private key in PEM form");
    }
    const std::string half = certificate_of(key).substr(0, 200);
    EXPECT_EQ(check_texts(certificate_of(key) + half, pem_of(key)).error,
              "/chain: found a certificate that is damaged, expected the whole chain in PEM form");
}

TEST(KeyFiles, AreRefusedIfTheKeyIsInTheChain)
{
    const Key key = ec_key();
    for (const std::string& both :
         {certificate_of(key) + pem_of(key), pem_of(key, "x") + certificate_of(key)}) {
        EXPECT_EQ(check_texts(both, pem_of(key)).error,
                  "/chain: found a private key, expected only certificates: split the file in two");
    }
}

TEST(KeyFiles, AreRefusedIfTheKeyIsEncrypted)
{
    const Key key = ec_key();
    EXPECT_EQ(check_texts(certificate_of(key), pem_of(key, "x")).error,
              "/key: found an encrypted key, expected one without a passphrase: openssl pkey -in /key -out "
              "NEW-FILE");
}

TEST(KeyFiles, AreRefusedIfTheKeyIsAnother)
{
    EXPECT_EQ(check_texts(certificate_of(ec_key()), pem_of(ec_key())).error,
              "/key: the key does not belong to the first certificate in /chain");
    EXPECT_EQ(check_texts(certificate_of(ec_key()), pem_of(rsa_key())).error,
              "/key: the key does not belong to the first certificate in /chain");
}

TEST(KeyFiles, AreRefusedIfTheKeyIsTooWeak)
{
    const Key small = rsa_key(1024);
    EXPECT_THAT(
        check_texts(certificate_of(small), pem_of(small)).error,
        StartsWith(
            "/chain: found RSA with 1024 bits, expected RSA with at least 2048 and at most 4096 bits"));
    const Key curve = ec_key("secp256k1");
    EXPECT_THAT(check_texts(certificate_of(curve), pem_of(curve)).error,
                StartsWith("/chain: found ECDSA with secp256k1, expected"));
}

// Each handshake would take several times as long, for all.
TEST(KeyFiles, AreRefusedIfTheKeyIsTooLarge)
{
    const Key large = rsa_key(4104);
    EXPECT_THAT(
        check_texts(certificate_of(large), pem_of(large)).error,
        StartsWith(
            "/chain: found RSA with 4104 bits, expected RSA with at least 2048 and at most 4096 bits"));
}

TEST(KeyFiles, AreNamedBehindTheirPlacesInTheConfig)
{
    const Key key = ec_key();
    const std::string chain = certificate_of(key);
    const auto error = [&](const std::string& certificate, const std::string& private_key) {
        return keyholder::check({"/chain", "/key", base::as_bytes(certificate), base::as_bytes(private_key),
                                 "conf:1:2: ", "conf:3:4: "},
                                {}, 0)
            .error;
    };
    EXPECT_THAT(error("", pem_of(key)), StartsWith("conf:1:2: /chain: found"));
    EXPECT_THAT(error(chain, ""), StartsWith("conf:3:4: /key: found"));
    EXPECT_THAT(error(chain, pem_of(ec_key())), StartsWith("conf:3:4: /key: the key does not belong to"));
}

// OpenSSL would refuse them in the updater-tls.
TEST(KeyFiles, AreRefusedIfAnyCertificateOfTheChainIsTooWeak)
{
    const Key key = ec_key();
    const Key issuer = rsa_key();
    Made how;
    how.issuer = issuer.get();
    EXPECT_EQ(check_texts(certificate_of(key, how) + certificate_of(issuer), pem_of(key)).error, "");
    how.digest = ::EVP_sha1();
    EXPECT_EQ(check_texts(certificate_of(key, how), pem_of(key)).error,
              "/chain: found a certificate that is signed with sha1WithRSAEncryption, expected a digest from "
              "SHA-256 for each of the chain");
    EXPECT_EQ(check_texts(certificate_of(key) + certificate_of(rsa_key(1024)), pem_of(key)).error,
              "/chain: found a certificate whose key has 80 bits of security, expected at least 112 for each "
              "of the chain");
    Made own;
    own.digest = ::EVP_sha1(); // nobody checks the signature of a root
    EXPECT_EQ(check_texts(certificate_of(key, own), pem_of(key)).error, "");
}

TEST(KeyFiles, AreRefusedIfTheyAreTooLong)
{
    const Key key = ec_key();
    const std::string long_chain = certificate_of(key) + std::string(keyholder::max_chain_bytes, '\n');
    EXPECT_THAT(check_texts(long_chain, pem_of(key)).error,
                StartsWith("/chain: found more than 65536 bytes"));
    const std::string long_key = pem_of(key) + std::string(keyholder::max_key_bytes, '\n');
    EXPECT_THAT(check_texts(certificate_of(key), long_key).error,
                StartsWith("/key: found more than 16384 bytes"));
}

// A clock may be unset at boot.
TEST(KeyFiles, AreUsedAllTheSameIfTheyAreNotValidNow)
{
    const Key key = ec_key();
    const Checked expired = check_texts(certificate_of(key, -100, -50), pem_of(key));
    EXPECT_TRUE(expired.key);
    EXPECT_THAT(expired.warnings, ElementsAre(StartsWith("/chain: the certificate expired on ")));
    const Checked early = check_texts(certificate_of(key, 50, 100), pem_of(key));
    EXPECT_TRUE(early.key);
    EXPECT_THAT(early.warnings, ElementsAre(StartsWith("/chain: the certificate is not valid before ")));
    const Checked other = check_texts(certificate_of(key), pem_of(key), "ns.example.net");
    EXPECT_TRUE(other.key);
    EXPECT_THAT(other.warnings, ElementsAre(HasSubstr("for none of the names in nameserver=")));
}

} // namespace
