// The memory that a process uses.
#pragma once

#include <sys/types.h>

namespace support
{

/// In kB, from /proc/PID/smaps_rollup. Page tables and other memory of the kernel are not included.
struct MemoryUse {
    long resident = 0;
    long proportional = 0; ///< shared pages are divided by the number of processes that share them
    /// Private, written and not in a file: Private_Dirty without pages of an executable that is not on disk
    /// yet.
    long dirty = 0;

    MemoryUse& operator+=(const MemoryUse& other) noexcept
    {
        resident += other.resident;
        proportional += other.proportional;
        dirty += other.dirty;
        return *this;
    }
};

MemoryUse memory_use(pid_t pid);

} // namespace support
