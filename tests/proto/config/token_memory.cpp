// The parser leaves no token in freed memory: every block is searched before it is freed.
#include <malloc.h>

#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "tests/proto/config/texts.h"

namespace
{

constexpr std::string_view token = "a-token-that-stands-nowhere-else";
bool searching = false;
int found = 0;

void search_and_free(void* block) noexcept
{
    if (block == nullptr) {
        return;
    }
    const std::string_view memory{static_cast<const char*>(block), ::malloc_usable_size(block)};
    if (searching && memory.find(token) != std::string_view::npos) {
        ++found;
    }
    std::free(block);
}

} // namespace

/// Clears the block, which may have held a token of the test before.
void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept
{
    void* const block = std::malloc(size == 0 ? 1 : size);
    if (block != nullptr) {
        std::memset(block, 0, ::malloc_usable_size(block));
    }
    return block;
}
void* operator new(std::size_t size)
{
    void* const block = operator new(size, std::nothrow);
    if (block == nullptr) {
        throw std::bad_alloc{};
    }
    return block;
}
void operator delete(void* block) noexcept
{
    search_and_free(block);
}
void operator delete(void* block, std::size_t /*size*/) noexcept
{
    search_and_free(block);
}

namespace
{

/// The number of blocks with the token that were freed while `text` was parsed and the config destroyed.
int copies_in_freed_memory(const std::string& text, std::size_t expected_errors)
{
    found = 0;
    searching = true;
    const std::size_t errors = config::parse(text).errors.size();
    searching = false;
    EXPECT_EQ(errors, expected_errors);
    return found;
}

TEST(TokenMemory, IsSearchedByThisTest)
{
    searching = true;
    found = 0;
    {
        const std::string copy{token};
    }
    searching = false;
    EXPECT_EQ(found, 1);
}

TEST(TokenMemory, IsWipedWhenHostsAreMovedAndDestroyed)
{
    std::string text = config_test::with("");
    for (int i = 0; i < 100; ++i) {
        text += "[@h" + std::to_string(i) + "]\ntoken=" + std::string{token} + '\n';
    }
    EXPECT_EQ(copies_in_freed_memory(text, 0), 0);
}

TEST(TokenMemory, HasNoCopyOfARefusedToken)
{
    const std::string secret{token};
    EXPECT_EQ(copies_in_freed_memory(
                  config_test::with("[@h]\ntoken=" + secret + std::string(250, 'x') + "\ntoken=" + secret +
                                    "\x01\ntoken=" + secret + "\tx\n" + secret + "\ntokn=" + secret +
                                    "\n[udp]\ntoken=" + secret + "\n[@h]\ntoken=" + secret + "\n"),
                  7),
              0);
}

} // namespace
