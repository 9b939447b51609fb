// The accounts of acme-dns clients.
#include "daemon/common/challenge_account.h"

#include <gtest/gtest.h>

#include "proto/base/text.h"

namespace
{

ipc::ChallengeAccount account_of(std::string_view name)
{
    return common::challenge_account(*dns::Name::from_text(name));
}

// Clients keep their accounts, so they must not change. The first 16 bytes, and the others, of
// printf 'nanodnsd acme-dns account\4home\7example\3org\0' | sha256sum
// with the bits of RFC 9562.
TEST(ChallengeAccount, FollowsFromTheName)
{
    const ipc::ChallengeAccount account = account_of("home.example.org");
    EXPECT_EQ(base::to_hex(account.user), "01a560a88f388d2290f14e8b34cac420");
    EXPECT_EQ(base::to_hex(account.subdomain), "9656bdff2f648770be9f6e904f323eda");
    EXPECT_EQ(account, account_of("HOME.example.org."));
    EXPECT_NE(account, account_of("home.example.com"));
}

// RFC 9562 sections 4.1 and 4.2
TEST(ChallengeAccount, ConsistsOfUuidsOfVersionEight)
{
    for (int i = 0; i < 50; ++i) {
        const ipc::ChallengeAccount account = account_of("h" + std::to_string(i) + ".example.org");
        for (const auto& uuid : {account.user, account.subdomain}) {
            EXPECT_EQ(uuid[6] >> 4, 8);
            EXPECT_EQ(uuid[8] >> 6, 2);
        }
    }
}

} // namespace
