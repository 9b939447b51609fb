// What a process takes of the machine's memory.
#pragma once

#include <sys/types.h>

namespace support
{

/// In kilobytes, as /proc/PID/smaps_rollup has it; page tables and what the kernel holds are not in it.
struct MemoryUse {
    long resident = 0;
    long proportional = 0; ///< what is shared is split among those that share it
    /// Private, written and in no file: Private_Dirty, but for an executable that is not on the disk yet.
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
