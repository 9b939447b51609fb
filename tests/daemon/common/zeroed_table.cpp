#include "daemon/common/zeroed_table.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <gtest/gtest.h>
#include <stdexcept>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

namespace
{

struct Page {
    std::array<std::uint8_t, 4096> bytes;
};

constexpr std::size_t pages = 16;
using Table = common::ZeroedTable<Page, pages>;

/// The number of its pages that are in memory.
std::ptrdiff_t resident(const Table& table)
{
    if (::sysconf(_SC_PAGESIZE) != sizeof(Page)) {
        throw std::runtime_error{"the page size of this machine is not 4096 bytes"};
    }
    std::vector<unsigned char> there(pages);
    if (::mincore(const_cast<Page*>(&table[0]), pages * sizeof(Page), there.data()) != 0) {
        throw std::runtime_error{"mincore"};
    }
    return std::ranges::count_if(there, [](unsigned char bits) { return (bits & 1U) != 0; });
}

TEST(ZeroedTable, TakesMemoryOnlyForPagesThatWereWritten)
{
    Table table;
    EXPECT_EQ(resident(table), 0);
    table[3].bytes[7] = 1;
    table[15].bytes[0] = 1;
    EXPECT_EQ(resident(table), 2);
}

TEST(ZeroedTable, StartsAsZerosAndKeepsWhatIsWritten)
{
    Table table;
    table[pages - 1].bytes[4095] = 7;
    for (std::size_t i = 0; i < pages; ++i) {
        const auto& bytes = table[i].bytes;
        EXPECT_EQ(std::count(bytes.begin(), bytes.end(), 0), i == pages - 1 ? 4095 : 4096);
    }
    EXPECT_EQ(table[pages - 1].bytes[4095], 7);
}

} // namespace
