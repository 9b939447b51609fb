#include "daemon/common/network_log_limit.h"

#include <gtest/gtest.h>
#include <string>

namespace
{

class NetworkLogLimitTest : public testing::Test
{
protected:
    bool admits(const std::string& client) { return limit_.admits(*base::parse_address(client), now_ms_); }
    /// How many of 100 lines about the client are admitted.
    unsigned admitted(const std::string& client)
    {
        unsigned count = 0;
        for (int i = 0; i < 100; ++i) {
            count += admits(client) ? 1U : 0U;
        }
        return count;
    }

    std::int64_t now_ms_ = 5'000'000;
    common::NetworkLogLimit limit_;
};

TEST_F(NetworkLogLimitTest, ANoisyNetworkDoesNotHideTheLinesAboutOthers)
{
    EXPECT_EQ(admitted("192.0.2.1"), 5U);
    EXPECT_FALSE(admits("192.0.2.2"));
    EXPECT_EQ(admitted("198.51.100.1"), 5U);
    EXPECT_EQ(admitted("2001:db8::1"), 5U);
}

TEST_F(NetworkLogLimitTest, NorDoManyNetworksOfOneProvider)
{
    unsigned count4 = 0;
    unsigned count6 = 0;
    for (int i = 0; i < 200; ++i) {
        count4 += admits("192.0." + std::to_string(i) + ".1") ? 1U : 0U;
        count6 += admits("2001:db8:" + std::to_string(i) + "::1") ? 1U : 0U;
    }
    EXPECT_EQ(count4, 10U);
    EXPECT_EQ(count6, 10U);
    EXPECT_TRUE(admits("192.1.0.1"));
    EXPECT_TRUE(admits("2001:db9::1"));
}

TEST_F(NetworkLogLimitTest, LimitsTheLinesAboutAllTogether)
{
    unsigned count = 0;
    for (int i = 0; i < 200; ++i) {
        count += admits(std::to_string(1 + i) + ".0.0.1") ? 1U : 0U;
    }
    EXPECT_EQ(count, 40U);
}

TEST_F(NetworkLogLimitTest, GivesAProxyOnLoopbackHalfOfAll)
{
    EXPECT_EQ(admitted("127.0.0.1"), 20U);
    EXPECT_FALSE(admits("::1"));
    EXPECT_FALSE(admits("127.9.9.1"));
    EXPECT_TRUE(admits("192.0.2.1"));
}

TEST_F(NetworkLogLimitTest, SaysHowManyWereSuppressed)
{
    testing::internal::CaptureStderr();
    EXPECT_EQ(admitted("192.0.2.1"), 5U);
    now_ms_ += 9'999;
    EXPECT_FALSE(admits("192.0.2.1"));
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
    testing::internal::CaptureStderr();
    now_ms_ += 1;
    EXPECT_TRUE(admits("198.51.100.1"));
    EXPECT_NE(testing::internal::GetCapturedStderr().find("96 similar lines were suppressed"),
              std::string::npos);
    EXPECT_TRUE(admits("192.0.2.1"));
}

} // namespace
