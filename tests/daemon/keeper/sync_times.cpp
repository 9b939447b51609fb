// What the keeper counts in its page: the histogram of the state's syncs, and the updates.
#include "daemon/keeper/ledger.h"
#include "daemon/keeper/state_file.h"

#include <array>
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

// The page lives on when the keeper has died.
TEST(KeptCounters, AreAddedToThePage)
{
    std::array<std::uint64_t, privsep::counter_page_slots> page{};
    const auto at = [&](OfKeeper slot) { return page.at(static_cast<std::size_t>(slot)); };
    for (std::uint64_t keepers = 1; keepers <= 2; ++keepers) {
        common::Tally<OfKeeper> tally{page.data()};
        publish(keeper::Counters{1, 20, 300, 4000, 50000, 600000}, tally);
        EXPECT_EQ(at(OfKeeper::changed), keepers * 1);
        EXPECT_EQ(at(OfKeeper::unchanged), keepers * 20);
        EXPECT_EQ(at(OfKeeper::refused), keepers * 54300);
        EXPECT_EQ(at(OfKeeper::blocked), keepers * 50000);
        EXPECT_EQ(at(OfKeeper::expired), keepers * 600000);
    }
}

} // namespace
