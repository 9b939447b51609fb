// The additional system calls of the sanitizers' run-time library. Only builds with a sanitizer allow them:
// tests/rules checks the filters of the installed executables.
#pragma once

#include <csignal>
#include <fcntl.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "privsep/sandbox.h"

namespace privsep
{

/// Set by CMake for the whole build.
#ifdef NANODNSD_SANITIZED
inline constexpr bool is_sanitized = true;
#else
inline constexpr bool is_sanitized = false;
#endif

/// Allowed for every process of such a build. mmap(2) of memory and writing to stderr are allowed in any
/// build.
inline constexpr auto sanitizer_calls = policy({
    // at the start of a child, under the supervisor's filter; later there is nothing to open in the empty
    // root
    Syscall{SCMP_SYS(readlink), Reserve::other_architecture}, // /proc/self/exe
    Syscall{SCMP_SYS(readlinkat), Reserve::other_architecture},
    // /proc/self/maps
    Syscall{SCMP_SYS(open), Reserve::other_architecture, When{1, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY}},
    Syscall{SCMP_SYS(openat), Reserve::other_architecture, When{2, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY}},
    Syscall{SCMP_SYS(rt_sigaction), When{0, all_bits, SIGSEGV}},
    Syscall{SCMP_SYS(rt_sigaction), When{0, all_bits, SIGBUS}},
    Syscall{SCMP_SYS(rt_sigaction), When{0, all_bits, SIGFPE}},
    // at the start of libcap, which is linked into a child unless the linker drops unused libraries
    Syscall{SCMP_SYS(prctl), When{0, all_bits, PR_CAPBSET_READ}},
    // shadow memory, which is very large and mostly unused
    Syscall{SCMP_SYS(madvise), When{2, all_bits, MADV_NOHUGEPAGE}},
    Syscall{SCMP_SYS(madvise), When{2, all_bits, MADV_DONTDUMP}},
    Syscall{SCMP_SYS(madvise), When{2, all_bits, MADV_DONTNEED}}, // frees memory
    // called for every longjmp, exception and function that does not return
    Syscall{SCMP_SYS(sigaltstack)},
});

} // namespace privsep
