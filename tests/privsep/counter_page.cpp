#include "privsep/counter_page.h"

#include <cerrno>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

namespace
{

using privsep::counter_page_bytes;
using privsep::CounterMemory;

static_assert(counter_page_bytes == 4096 || counter_page_bytes == 8192, "what a process may cost");

TEST(CounterPage, ShowsItsReadersWhatIsCounted)
{
    const CounterMemory memory = privsep::make_counter_memory();
    std::uint64_t* const written = privsep::map_counters(memory.writable.get());
    const std::uint64_t* const seen = privsep::map_counters_to_read(memory.readable.get());
    privsep::add(written[0], 1);
    privsep::add(written[privsep::counter_page_slots - 1], 5'000'000'000);
    privsep::add(written[0], 2);
    EXPECT_EQ(privsep::load(seen[0]), 3U);
    EXPECT_EQ(privsep::load(seen[1]), 0U);
    EXPECT_EQ(privsep::load(seen[privsep::counter_page_slots - 1]), 5'000'000'000U);
}

TEST(CounterPage, CountsOnIfAnotherWriterMapsIt)
{
    const CounterMemory memory = privsep::make_counter_memory();
    std::uint64_t* const first = privsep::map_counters(memory.writable.get());
    privsep::add(first[7], 3);
    ASSERT_EQ(::munmap(first, counter_page_bytes), 0);
    std::uint64_t* const second = privsep::map_counters(memory.writable.get());
    privsep::add(second[7], 1);
    EXPECT_EQ(privsep::load(second[7]), 4U);
}

TEST(CounterPage, CannotBeResizedByAnyone)
{
    const CounterMemory memory = privsep::make_counter_memory();
    for (const off_t size : {off_t{0}, off_t{2 * counter_page_bytes}}) {
        EXPECT_EQ(::ftruncate(memory.writable.get(), size), -1);
        EXPECT_EQ(errno, EPERM);
    }
    EXPECT_EQ(::fcntl(memory.writable.get(), F_ADD_SEALS, F_SEAL_WRITE), -1)
        << "who writes could keep others from it";
}

TEST(CounterPage, CannotBeWrittenByAReader)
{
    const CounterMemory memory = privsep::make_counter_memory();
    const int readable = memory.readable.get();
    void* const page = ::mmap(nullptr, counter_page_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, readable, 0);
    EXPECT_EQ(page, MAP_FAILED);
    EXPECT_EQ(errno, EACCES);
    void* const mapped = ::mmap(nullptr, counter_page_bytes, PROT_READ, MAP_SHARED, readable, 0);
    ASSERT_NE(mapped, MAP_FAILED);
    EXPECT_EQ(::mprotect(mapped, counter_page_bytes, PROT_READ | PROT_WRITE), -1);
    EXPECT_EQ(::write(readable, "x", 1), -1);
}

TEST(CounterPage, IsClearedOnlyAsFarAsItIsAsked)
{
    const CounterMemory memory = privsep::make_counter_memory();
    std::uint64_t* const page = privsep::map_counters(memory.writable.get());
    privsep::add(page[0], 3);
    privsep::add(page[1], 4);
    privsep::clear_counters(memory.writable.get(), 1);
    EXPECT_EQ(privsep::load(page[0]), 0U);
    EXPECT_EQ(privsep::load(page[1]), 4U);
}

} // namespace
