#include "daemon/common/new_token.h"

#include <gtest/gtest.h>
#include <set>

namespace
{

TEST(NewToken, Has128BitsInUrlSafeLetters)
{
    std::set<std::string> tokens;
    for (int i = 0; i < 100; ++i) {
        const std::string token = common::make_token();
        EXPECT_EQ(token.size(), 22U);
        EXPECT_EQ(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
                  std::string::npos);
        tokens.insert(token);
    }
    EXPECT_EQ(tokens.size(), 100U);
}

} // namespace
