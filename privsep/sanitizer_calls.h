// What the run time of the sanitizers asks of the kernel, on top of what the code does itself. Only builds
// with a sanitizer allow it: tests/rules looks into the executables that are installed.
#pragma once

#include <array>
#include <csignal>
#include <fcntl.h>
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
inline constexpr std::array sanitizer_calls = {
    // a child's start, under the supervisor's filter; later the empty root has nothing to open
    Syscall{"readlink"}, // /proc/self/exe
    Syscall{"readlinkat", Reserve::other_architecture},
    Syscall{"open", When{1, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY}}, // /proc/self/maps
    Syscall{"openat", Reserve::other_architecture, When{2, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY}},
    Syscall{"rt_sigaction", When{0, all_bits, SIGSEGV}},
    Syscall{"rt_sigaction", When{0, all_bits, SIGBUS}},
    Syscall{"rt_sigaction", When{0, all_bits, SIGFPE}},
    // at the start of libcap, which is left out of a child only where the linker drops what nobody calls
    Syscall{"prctl", When{0, all_bits, PR_CAPBSET_READ}},
    // shadow memory, which is vast and mostly never touched
    Syscall{"madvise", When{2, all_bits, MADV_NOHUGEPAGE}},
    Syscall{"madvise", When{2, all_bits, MADV_DONTDUMP}},
    Syscall{"madvise", When{2, all_bits, MADV_DONTNEED}}, // freed memory goes back
    // is asked for again with every longjmp, exception and function that does not return
    Syscall{"sigaltstack"},
};

} // namespace privsep
