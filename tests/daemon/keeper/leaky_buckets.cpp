#include "daemon/keeper/leaky_buckets.h"

#include <gtest/gtest.h>

namespace
{

constexpr keeper::Leak leak{3, 10};

TEST(Bucket, HoldsItsCapacityAndLosesOneEachInterval)
{
    keeper::Bucket bucket;
    for (int i = 0; i < 3; ++i) {
        EXPECT_FALSE(bucket.is_full(leak, 1000));
        bucket.fill(leak, 1000);
    }
    EXPECT_TRUE(bucket.is_full(leak, 1009));
    EXPECT_FALSE(bucket.is_full(leak, 1010));
    bucket.fill(leak, 1010);
    EXPECT_TRUE(bucket.is_full(leak, 1019));
    EXPECT_FALSE(bucket.is_full(leak, 1020));
}

TEST(Bucket, IsEmptyAtTheStartAndLaterHoldsNoMoreThanItsCapacity)
{
    keeper::Bucket bucket;
    EXPECT_FALSE(bucket.is_full(leak, 0));
    bucket.fill(leak, 0);
    for (int i = 0; i < 3; ++i) {
        EXPECT_FALSE(bucket.is_full(leak, 100000));
        bucket.fill(leak, 100000);
    }
    EXPECT_TRUE(bucket.is_full(leak, 100000));
}

using Buckets = keeper::LeakyBuckets<4096>; // 512 buckets

void fill(Buckets& buckets, std::uint64_t key)
{
    for (std::uint32_t i = 0; i < leak.capacity; ++i) {
        buckets.fill(key, leak, 1000);
    }
}

/// A key whose halves both differ from those of others.
std::uint64_t key_of(std::uint64_t number)
{
    return number * 0x9E3779B97F4A7C15;
}

TEST(LeakyBuckets, AreOneForEachKey)
{
    Buckets buckets;
    for (std::uint64_t i = 1; i <= 100; ++i) {
        EXPECT_FALSE(buckets.is_full(key_of(i), leak, 1000));
        fill(buckets, key_of(i));
        EXPECT_TRUE(buckets.is_full(key_of(i), leak, 1000));
    }
    EXPECT_TRUE(buckets.is_full(key_of(1), leak, 1009));
    EXPECT_FALSE(buckets.is_full(key_of(1), leak, 1010));
}

TEST(LeakyBuckets, KeepAFullOneAndReplaceThoseThatAreEmptyFirst)
{
    Buckets buckets;
    fill(buckets, key_of(1));
    for (std::uint64_t i = 2; i < 100000; ++i) {
        buckets.fill(key_of(i), leak, 1000);
    }
    EXPECT_TRUE(buckets.is_full(key_of(1), leak, 1000));
}

TEST(LeakyBuckets, StartEmptyIfTheyTakeThePlaceOfOthers)
{
    Buckets buckets;
    for (std::uint64_t i = 1; i < 10000; ++i) {
        fill(buckets, key_of(i));
    }
    for (std::uint64_t i = 10000; i < 20000; ++i) {
        buckets.fill(key_of(i), leak, 1000);
        ASSERT_FALSE(buckets.is_full(key_of(i), leak, 1000)) << i;
    }
}

TEST(LeakyBuckets, CanAllBeEmptied)
{
    Buckets buckets;
    for (std::uint64_t i = 1; i < 1000; ++i) {
        fill(buckets, key_of(i));
    }
    buckets.clear();
    for (std::uint64_t i = 1; i < 1000; ++i) {
        EXPECT_FALSE(buckets.is_full(key_of(i), leak, 1000));
    }
}

} // namespace
