// What the run time of the sanitizers asks of the kernel, on top of what the code does itself. Only builds
// with a sanitizer allow it: tests/rules looks into the executables that are installed.
#pragma once

#include <csignal>
#include <fcntl.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "privsep/sandbox.h"

namespace privsep
{

/// CMake says so, for a whole build and never for a part of it; a build that was told nothing is none.
#ifdef NANODNSD_SANITIZED
inline constexpr bool is_sanitized = true;
#else
inline constexpr bool is_sanitized = false;
#endif

/// Allowed to every process of such a build. Memory by mmap(2) and the last words on stderr are allowed in
/// any build.
inline constexpr auto sanitizer_calls = policy({
    // a child's start, under the supervisor's filter; later the empty root has nothing to open
    Syscall{SCMP_SYS(readlink), Reserve::other_architecture}, // /proc/self/exe
    Syscall{SCMP_SYS(readlinkat), Reserve::other_architecture},
    // /proc/self/maps
    Syscall{SCMP_SYS(open), Reserve::other_architecture, When{1, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY}},
    Syscall{SCMP_SYS(openat), Reserve::other_architecture, When{2, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY}},
    Syscall{SCMP_SYS(rt_sigaction), When{0, all_bits, SIGSEGV}},
    Syscall{SCMP_SYS(rt_sigaction), When{0, all_bits, SIGBUS}},
    Syscall{SCMP_SYS(rt_sigaction), When{0, all_bits, SIGFPE}},
    // at the start of libcap, which is left out of a child only where the linker drops what nobody calls
    Syscall{SCMP_SYS(prctl), When{0, all_bits, PR_CAPBSET_READ}},
    // shadow memory, which is vast and mostly never touched
    Syscall{SCMP_SYS(madvise), When{2, all_bits, MADV_NOHUGEPAGE}},
    Syscall{SCMP_SYS(madvise), When{2, all_bits, MADV_DONTDUMP}},
    Syscall{SCMP_SYS(madvise), When{2, all_bits, MADV_DONTNEED}}, // freed memory goes back
    // is asked for again with every longjmp, exception and function that does not return
    Syscall{SCMP_SYS(sigaltstack)},
});

} // namespace privsep
