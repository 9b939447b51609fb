// Calls that libc makes by another number where registers have 32 bits, under the name of the function in
// libc.
#pragma once

#include <seccomp.h>

namespace privsep::call
{

inline constexpr bool is_64_bit = sizeof(void*) == 8;

/// mmap(2) of 32 bits takes its arguments from memory on i386, where no filter sees them, and mmap2(2) does
/// not.
inline constexpr int mmap = is_64_bit ? SCMP_SYS(mmap) : SCMP_SYS(mmap2);
inline constexpr int fcntl = is_64_bit ? SCMP_SYS(fcntl) : SCMP_SYS(fcntl64);
inline constexpr int fstatat = is_64_bit ? SCMP_SYS(newfstatat) : SCMP_SYS(fstatat64);
inline constexpr int ftruncate = is_64_bit ? SCMP_SYS(ftruncate) : SCMP_SYS(ftruncate64);
inline constexpr int getresuid = is_64_bit ? SCMP_SYS(getresuid) : SCMP_SYS(getresuid32);
inline constexpr int lseek = is_64_bit ? SCMP_SYS(lseek) : SCMP_SYS(_llseek);

// How a loader tells the kernel where thread-local storage is.
inline constexpr int none = -1;
#ifdef __i386__
inline constexpr int set_thread_area = SCMP_SYS(set_thread_area);
#else
inline constexpr int set_thread_area = none;
#endif
#ifdef __arm__
inline constexpr int set_tls = 0xF0005; ///< of ARM's own range: <seccomp.h> gives a negative number
#else
inline constexpr int set_tls = none;
#endif

} // namespace privsep::call
