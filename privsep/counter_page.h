// Counters in shared memory: one process writes them, others read them. The memory outlives its writer, so
// the next one counts on.
#pragma once

#include <cstddef>
#include <cstdint>

#include "privsep/unique_fd.h"

namespace privsep
{

inline constexpr std::size_t counter_page_bytes = 4096;
/// Counters of a page.
inline constexpr std::size_t counter_page_slots = counter_page_bytes / sizeof(std::uint64_t);

/// A memfd that nobody can resize, so that no reader can be made to read beyond its end.
struct CounterMemory {
    UniqueFd writable;
    UniqueFd readable; ///< open for reading only: a mapping of it cannot be made writable
};

/// All counters are 0. Needs /proc/self/fd. Ends the process if it cannot be made.
CounterMemory make_counter_memory();

/// Sets the first `count` counters to 0, on a writable descriptor. Only while no process writes there.
void clear_counters(int memory, std::size_t count) noexcept;

/// The only writer adds; a reader sees an old or a new value, never a mixture. Where a machine word has 64
/// bits a plain addition does that, since its store is the same instruction as that of an atomic object. The
/// compiler makes one instruction of it, but three of an atomic load and store, and this runs for each query.
inline void add(std::uint64_t& counter, std::uint64_t amount) noexcept
{
    if constexpr (sizeof(void*) >= sizeof counter) {
        counter += amount;
    } else {
        const std::uint64_t before = __atomic_load_n(&counter, __ATOMIC_RELAXED);
        __atomic_store_n(&counter, before + amount, __ATOMIC_RELAXED);
    }
}

inline void store(std::uint64_t& counter, std::uint64_t value) noexcept
{
    __atomic_store_n(&counter, value, __ATOMIC_RELAXED);
}

inline std::uint64_t load(const std::uint64_t& counter) noexcept
{
    return __atomic_load_n(&counter, __ATOMIC_RELAXED);
}

/// Maps the page for its writer, until the process exits. The descriptor may be closed afterwards. Ends the
/// process if it cannot be mapped.
std::uint64_t* map_counters(int memory);
/// The same for a reader.
const std::uint64_t* map_counters_to_read(int memory);

} // namespace privsep
