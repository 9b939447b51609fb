#include "privsep/counter_page.h"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "privsep/fail.h"
#include "proto/base/text.h"

namespace privsep
{

namespace
{

std::uint64_t* map(int memory, int protection)
{
    void* const page = ::mmap(nullptr, counter_page_bytes, protection, MAP_SHARED, memory, 0);
    require(page != MAP_FAILED, "mapping the counters"); // NOLINT(performance-no-int-to-ptr): the macro's own
    return static_cast<std::uint64_t*>(page);
}

} // namespace

CounterMemory make_counter_memory()
{
    UniqueFd memory{::memfd_create("counters", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
    require(memory && ::ftruncate(memory.get(), counter_page_bytes) == 0, "memfd");
    require(::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0, "memfd");
    // a duplicate of the descriptor would be writable, too
    const std::string path = base::filled("/proc/self/fd/{}", {memory.get()});
    UniqueFd readable{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    require(static_cast<bool>(readable), "opening a descriptor of /proc/self/fd, which the console needs");
    return {std::move(memory), std::move(readable)};
}

void clear_counters(int memory, std::size_t count) noexcept
{
    constexpr std::array<std::uint64_t, 16> zeros{};
    const std::size_t bytes = std::min(count, zeros.size()) * sizeof zeros[0];
    // if there is no memory, a console shows connections that are closed
    [[maybe_unused]] const ssize_t written = ::pwrite(memory, zeros.data(), bytes, 0);
}

std::uint64_t* map_counters(int memory)
{
    return map(memory, PROT_READ | PROT_WRITE);
}

const std::uint64_t* map_counters_to_read(int memory)
{
    return map(memory, PROT_READ);
}

} // namespace privsep
