#include "daemon/common/token_digest.h"

#include <gtest/gtest.h>

#include "proto/base/text.h"

using namespace common;

// FIPS 180-2 appendix B.1 and B.2, split at each place
TEST(TokenDigest, IsSha256OfBothPartsTogether)
{
    const std::string_view text = "abc";
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        EXPECT_EQ(base::to_hex(digest(base::as_bytes(text.substr(0, cut)), base::as_bytes(text.substr(cut)))),
                  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
    EXPECT_EQ(base::to_hex(digest(base::as_bytes("abcdbcdecdefdefgefghfghighij"),
                                  base::as_bytes("hijkijkljklmklmnlmnomnopnopq"))),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

// As in the {SSHA256} scheme: printf tokensalt-of-16-octet | sha256sum
TEST(TokenDigest, OfATokenIsTheHashOfTheTokenAndThenTheSalt)
{
    ipc::Salt salt{};
    const std::string_view text = "salt-of-16-octet";
    std::copy(text.begin(), text.end(), salt.begin());
    const base::TokenHash hash = hash_token(*base::Token::from("token"), salt);
    EXPECT_EQ(hash.salt, salt);
    EXPECT_EQ(base::to_hex(hash.digest), "8c6c948a218f2f6c821d9cb0e7064bf8427b3c43f13db977992adc5ade504d11");
}

TEST(TokenDigest, DiffersWithTheSaltAndWithTheToken)
{
    const auto one = digest(base::as_bytes("salt1"), base::as_bytes("token"));
    EXPECT_NE(one, digest(base::as_bytes("salt2"), base::as_bytes("token")));
    EXPECT_NE(one, digest(base::as_bytes("salt1"), base::as_bytes("Token")));
    EXPECT_EQ(one, digest(base::as_bytes("salt1"), base::as_bytes("token")));
}

TEST(TokenDigest, DetectsADifferenceInAnyBit)
{
    const auto one = digest(base::as_bytes("salt"), base::as_bytes("token"));
    EXPECT_TRUE(equal_in_constant_time(one, one));
    for (std::size_t bit = 0; bit < one.size() * 8; ++bit) {
        auto other = one;
        other[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
        EXPECT_FALSE(equal_in_constant_time(one, other)) << bit;
    }
}
