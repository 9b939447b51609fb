// A restart is at once the first time, then after 50 ms, doubling to at most 1 s, and at once again after 10
// s without a death. Only a child that was never ready is given up.
#include "daemon/supervisor/restart_policy.h"

#include <gtest/gtest.h>

namespace
{

using base::Uptime;
using supervisor::RestartPolicy;

TEST(RestartPolicy, IsAtOnceThenDoublesToASecond)
{
    RestartPolicy policy;
    Uptime now{1000};
    for (const int expected : {0, 50, 100, 200, 400, 800, 1000, 1000}) {
        EXPECT_EQ(policy.died(now, true), Uptime{expected});
        now += Uptime{expected + 1};
    }
}

TEST(RestartPolicy, IsAtOnceAgainAfterTenSecondsOfQuiet)
{
    RestartPolicy policy;
    EXPECT_EQ(policy.died(Uptime{0}, true), Uptime{0});
    EXPECT_EQ(policy.died(Uptime{9999}, true), Uptime{50});
    EXPECT_EQ(policy.died(Uptime{19999}, true), Uptime{0});
    EXPECT_EQ(policy.died(Uptime{20000}, true), Uptime{50});
}

TEST(RestartPolicy, GivesUpAfterFiveDeathsBeforeItWasReady)
{
    RestartPolicy policy;
    for (int i = 0; i < 4; ++i) {
        EXPECT_TRUE(policy.died(Uptime{i}, false));
    }
    EXPECT_FALSE(policy.died(Uptime{5}, false));
}

TEST(RestartPolicy, NeverGivesUpOnOneThatServedInBetween)
{
    RestartPolicy policy;
    for (int i = 0; i < 1000; ++i) {
        EXPECT_TRUE(policy.died(Uptime{i}, i % 4 == 0));
    }
}

} // namespace
