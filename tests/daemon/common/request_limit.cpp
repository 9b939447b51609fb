#include "daemon/common/request_limit.h"

#include <gtest/gtest.h>

namespace
{

using common::ReloadLimit;

TEST(ReloadLimit, AllowsFiveAtOnceThenOneInTenSeconds)
{
    ReloadLimit limit;
    base::Uptime now{5};
    for (int i = 0; i < ReloadLimit::burst; ++i) {
        EXPECT_TRUE(limit.allows(now)) << i;
    }
    EXPECT_FALSE(limit.allows(now));
    now += ReloadLimit::interval;
    EXPECT_TRUE(limit.allows(now));
    EXPECT_FALSE(limit.allows(now));
    now += 100 * ReloadLimit::interval;
    for (int i = 0; i < ReloadLimit::burst; ++i) {
        EXPECT_TRUE(limit.allows(now)) << i;
    }
    EXPECT_FALSE(limit.allows(now));
}

} // namespace
