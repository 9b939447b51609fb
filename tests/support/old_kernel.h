// Makes the kernel answer as Linux 5.10 does.
#pragma once

namespace support
{

/// From now on, system calls newer than Linux 5.10 fail with ENOSYS in this process and its descendants, and
/// so does clone3(2), which containers refuse. Newer options of prctl(2), close_range(2) and mmap(2) fail
/// with EINVAL. False if the filter for that cannot be installed.
bool pretend_old_kernel() noexcept;

} // namespace support
