#include "privsep/memory.h"

#include <cstdint>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

namespace privsep
{

namespace
{

/// More than the stack of any start, and less than the gap of 1 MB that the kernel leaves below a stack, so
/// that no other memory is affected. madvise(2) skips pages that the stack has never used.
constexpr std::uintptr_t max_depth = std::uintptr_t{512} << 10;
/// The bytes below the frame address that may be in use: locals, the red zone, and the frame of madvise(2).
constexpr std::uintptr_t in_use = 1024;

[[gnu::noinline]] void trim_stack() noexcept
{
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    const std::uintptr_t end = (here - in_use) / page * page;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): below the stack there is no object to point to
    ::madvise(reinterpret_cast<void*>(end - max_depth), max_depth, MADV_DONTNEED);
}

} // namespace

void trim_memory() noexcept
{
    ::malloc_trim(0);
    trim_stack();
}

} // namespace privsep
