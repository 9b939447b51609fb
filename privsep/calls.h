// System calls that have another number on 32-bit architectures, under the name of the function in libc.
#pragma once

#include <seccomp.h>

namespace privsep::call
{

inline constexpr bool is_64_bit = sizeof(void*) == 8;

/// On i386, mmap(2) takes its arguments from memory, where no filter can check them; mmap2(2) does not.
inline constexpr int mmap = is_64_bit ? SCMP_SYS(mmap) : SCMP_SYS(mmap2);
inline constexpr int fcntl = is_64_bit ? SCMP_SYS(fcntl) : SCMP_SYS(fcntl64);
inline constexpr int fstatat = is_64_bit ? SCMP_SYS(newfstatat) : SCMP_SYS(fstatat64);
inline constexpr int ftruncate = is_64_bit ? SCMP_SYS(ftruncate) : SCMP_SYS(ftruncate64);
inline constexpr int getresuid = is_64_bit ? SCMP_SYS(getresuid) : SCMP_SYS(getresuid32);
inline constexpr int sendfile = is_64_bit ? SCMP_SYS(sendfile) : SCMP_SYS(sendfile64);
inline constexpr int lseek = is_64_bit ? SCMP_SYS(lseek) : SCMP_SYS(_llseek);

// The calls with which the loader sets up thread-local storage.
inline constexpr int none = -1;
#ifdef __i386__
inline constexpr int set_thread_area = SCMP_SYS(set_thread_area);
#else
inline constexpr int set_thread_area = none;
#endif
#ifdef __arm__
inline constexpr int set_tls = 0xF0005; ///< in ARM's private range; <seccomp.h> has a negative number for it
#else
inline constexpr int set_tls = none;
#endif

} // namespace privsep::call
