// The histogram of the state's syncs.
#include "daemon/keeper/state_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <numeric>
#include <sys/mman.h>
#include <vector>

namespace
{

using common::OfKeeper;
using std::chrono::microseconds;

class SyncTimes : public testing::Test
{
protected:
    std::uint64_t bucket(std::size_t number) const
    {
        return tally_.unreported(static_cast<OfKeeper>(static_cast<std::size_t>(OfKeeper::syncs) + number));
    }
    std::uint64_t all() const
    {
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i <= common::sync_bounds.size(); ++i) {
            sum += bucket(i);
        }
        return sum;
    }

    common::Tally<OfKeeper> tally_;
};

// A bucket has the times up to its bound, the bound included, as Prometheus expects it.
TEST_F(SyncTimes, GoIntoTheFirstBucketThatHoldsThem)
{
    for (const int time : {0, 1, 500}) {
        keeper::count_sync(tally_, microseconds{time}, true);
    }
    EXPECT_EQ(bucket(0), 3U);
    keeper::count_sync(tally_, microseconds{501}, true);
    EXPECT_EQ(bucket(1), 1U);
    keeper::count_sync(tally_, microseconds{2'000'000}, true);
    EXPECT_EQ(bucket(common::sync_bounds.size() - 1), 1U);
    keeper::count_sync(tally_, microseconds{2'000'001}, true);
    EXPECT_EQ(bucket(common::sync_bounds.size()), 1U);
    EXPECT_EQ(all(), 6U);
    EXPECT_EQ(tally_.unreported(OfKeeper::sync_microseconds), 501U + 501U + 2'000'000U + 2'000'001U);
}

TEST_F(SyncTimes, AreLongerThanAllBoundsIfTheSyncFails)
{
    keeper::count_sync(tally_, microseconds{10}, false);
    EXPECT_EQ(bucket(common::sync_bounds.size()), 1U);
    EXPECT_EQ(all(), 1U);
}

TEST_F(SyncTimes, AreCountedByTheStatesFile)
{
    keeper::DescriptorFile file{privsep::UniqueFd{::memfd_create("state", MFD_CLOEXEC)}, &tally_};
    EXPECT_EQ(file.sync(), 0);
    EXPECT_EQ(all() - bucket(common::sync_bounds.size()), 1U);
    keeper::DescriptorFile none{privsep::UniqueFd{}, &tally_};
    EXPECT_NE(none.sync(), 0);
    EXPECT_EQ(bucket(common::sync_bounds.size()), 1U);
}

} // namespace
