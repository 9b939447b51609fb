#include "privsep/memory.h"

#include <cstdint>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

namespace privsep
{

namespace
{

/// Deeper than any start goes, and less than the gap of a megabyte that the kernel leaves below a stack, so
/// that there is nothing else. What of it the stack has never reached is not mapped, and passed over.
constexpr std::uintptr_t deepest = std::uintptr_t{512} << 10;
/// Below a frame's address may be what belongs to it: its own locals, a red zone, and madvise(2)'s frame.
constexpr std::uintptr_t still_used = 1024;

[[gnu::noinline]] void give_back_stack() noexcept
{
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    const std::uintptr_t end = (here - still_used) / page * page;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): below the stack's end there is no object to point to
    ::madvise(reinterpret_cast<void*>(end - deepest), deepest, MADV_DONTNEED);
}

} // namespace

void give_back_memory() noexcept
{
    ::malloc_trim(0);
    give_back_stack();
}

} // namespace privsep
