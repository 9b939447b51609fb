#include "privsep/memory.h"

#include <array>
#include <cstdint>
#include <fstream>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

#include "privsep/sanitizer_calls.h"

namespace
{

/// The private dirty memory of this process in kB.
long dirty()
{
    std::ifstream rollup{"/proc/self/smaps_rollup"};
    for (std::string word; rollup >> word;) {
        if (word == "Anonymous:") {
            long kilobytes = 0;
            rollup >> kilobytes;
            return kilobytes;
        }
    }
    return -1;
}

[[gnu::noinline]] long deep_call()
{
    std::array<volatile std::uint8_t, 300 * 1024> local{};
    for (std::size_t i = 0; i < local.size(); i += 1024) {
        local[i] = 1;
    }
    return local[1024];
}

TEST(Memory, OfADeepCallIsReleased)
{
    const long before = dirty();
    ASSERT_EQ(deep_call(), 1);
    ASSERT_GE(dirty(), before + 250);
    privsep::trim_memory();
    EXPECT_LE(dirty(), before + 50);
}

TEST(Memory, InTheMiddleOfTheHeapIsReleased)
{
    const long before = dirty();
    std::vector<std::unique_ptr<std::array<std::uint8_t, 8192>>> blocks(64);
    for (auto& block : blocks) {
        block = std::make_unique<std::array<std::uint8_t, 8192>>();
        block->fill(1);
    }
    const auto last = std::make_unique<int>(1);
    ASSERT_GE(dirty(), before + 400);
    blocks.clear();
    privsep::trim_memory();
    if constexpr (!privsep::is_sanitized) { // sanitizers have their own heap
        EXPECT_LE(dirty(), before + 100);
    }
}

} // namespace
