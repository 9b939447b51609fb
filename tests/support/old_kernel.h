// What Linux 5.10 says to programs that know newer kernels.
#pragma once

namespace support
{

/// From now on this process and those that it starts hear ENOSYS for calls that came after Linux 5.10, and
/// for clone3(2), which containers refuse; and EINVAL for what prctl(2), close_range(2) and mmap(2) learned
/// later. False where that cannot be had.
bool pretend_old_kernel() noexcept;

} // namespace support
