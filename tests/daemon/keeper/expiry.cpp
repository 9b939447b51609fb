#include "daemon/keeper/expiry.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "daemon/keeper/feed_queue.h"

using namespace keeper;

namespace
{

base::UnixTime at(std::int64_t seconds)
{
    return base::UnixTime{base::Seconds{seconds}};
}

} // namespace

// compared with a simple model
TEST(Expiry, AlwaysFindsTheHostThatExpiresFirst)
{
    constexpr std::uint32_t hosts = 50;
    Expiry expiry{hosts};
    std::map<HostNumber, std::int64_t> model;
    std::mt19937 random{7};
    for (int i = 0; i < 20000; ++i) {
        const HostNumber host = static_cast<HostNumber>(random() % hosts);
        if (random() % 3 == 0) {
            expiry.remove(host);
            model.erase(host);
        } else {
            const auto when = static_cast<std::int64_t>(random() % 1000);
            expiry.set(host, at(when));
            model[host] = when;
        }
        ASSERT_EQ(expiry.size(), model.size());
        ASSERT_EQ(expiry.first().has_value(), !model.empty());
        if (!model.empty()) {
            const auto least = std::min_element(
                model.begin(), model.end(), [](const auto& l, const auto& r) { return l.second < r.second; });
            ASSERT_EQ(expiry.when(*expiry.first()), at(least->second));
            ASSERT_EQ(model.at(*expiry.first()), least->second);
        }
    }
}

TEST(FeedQueue, HoldsEachHostOnceInTheOrderOfLastChanges)
{
    FeedQueue queue{5};
    EXPECT_EQ(queue.front(), queue.end());
    for (const HostNumber host : {0U, 1U, 2U, 0U, 2U, 2U}) {
        queue.push_back(host);
    }
    queue.push_front(4);
    std::vector<HostNumber> order;
    for (HostNumber host = queue.front(); host != queue.end(); host = queue.next(host)) {
        order.push_back(host);
        EXPECT_TRUE(queue.contains(host));
    }
    EXPECT_EQ(order, (std::vector<HostNumber>{4, 1, 0, 2}));
    EXPECT_FALSE(queue.contains(3));
}
