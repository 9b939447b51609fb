#include "daemon/supervisor/counter_pages.h"

#include <gtest/gtest.h>

namespace
{

using supervisor::CounterPages;

CounterPages some_pages()
{
    std::vector<supervisor::CounterPage> pages;
    for (const unsigned turn : {0U, 1U}) {
        pages.push_back({privsep::make_counter_memory(), ipc::Role::keeper, 0, turn, true});
    }
    for (const std::uint16_t index : std::initializer_list<std::uint16_t>{0, 1}) {
        for (const unsigned turn : {0U, 1U}) {
            pages.push_back({privsep::make_counter_memory(), ipc::Role::responder, index, turn, false});
        }
    }
    return CounterPages{std::move(pages)};
}

TEST(CounterPages, AreAnotherOneForEachPlaceAndTurn)
{
    CounterPages pages = some_pages();
    const int first = pages.writable(ipc::Role::responder, {0, 2}, 0);
    EXPECT_GE(first, 0);
    EXPECT_EQ(pages.writable(ipc::Role::responder, {0, 2}, 0), first) << "a process that is started again";
    EXPECT_NE(pages.writable(ipc::Role::responder, {0, 2}, 1), first);
    EXPECT_NE(pages.writable(ipc::Role::responder, {1, 2}, 0), first);
    EXPECT_EQ(pages.writable(ipc::Role::keyholder, {0, 1}, 0), -1);
}

TEST(CounterPages, AreReadOnceTheyWereUsedAndEverAfter)
{
    CounterPages pages = some_pages();
    EXPECT_EQ(pages.readable().size(), 2U) << "the keeper's";
    pages.writable(ipc::Role::responder, {0, 1}, 0);
    EXPECT_EQ(pages.readable().size(), 3U);
    pages.clear(ipc::Role::responder, {0, 1}, 0);
    EXPECT_EQ(pages.readable().size(), 3U);
    EXPECT_TRUE(CounterPages{}.readable().empty());
}

TEST(CounterPages, LoseTheGaugesOfAProcessThatHasExited)
{
    CounterPages pages = some_pages();
    const int memory = pages.writable(ipc::Role::responder, {1, 2}, 1);
    std::uint64_t* const counters = privsep::map_counters(memory);
    counters[common::connection_slots] = 5;
    counters[common::slots_to_clear] = 6;
    pages.clear(ipc::Role::responder, {1, 2}, 0);
    EXPECT_EQ(counters[common::connection_slots], 5U);
    pages.clear(ipc::Role::responder, {1, 2}, 1);
    EXPECT_EQ(counters[common::connection_slots], 0U);
    EXPECT_EQ(counters[common::slots_to_clear], 6U);
}

} // namespace
