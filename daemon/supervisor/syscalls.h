// What the supervisor may ask of the kernel once all is open: its own few calls, and what its children need
// until they have loaded their own filter, which lies on top of this one.
#pragma once

#include <array>
#include <csignal>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "privsep/sandbox.h"

namespace supervisor
{

inline constexpr std::array syscalls = {
    // events, signals and the children's ends
    privsep::Syscall{"epoll_wait"},
    privsep::Syscall{"epoll_pwait"},
    privsep::Syscall{"epoll_ctl"},
    privsep::Syscall{"epoll_create1"}, // children
    privsep::Syscall{"poll"},
    privsep::Syscall{"ppoll"},
    privsep::Syscall{"read"},
    privsep::Syscall{"waitid"},
    privsep::Syscall{"kill"},
    // channels to children, and the service manager's socket
    privsep::Syscall{"socketpair", privsep::When{0, privsep::all_bits, AF_UNIX}},
    privsep::Syscall{"sendmsg"},
    privsep::Syscall{"sendto"},
    privsep::Syscall{"recvmsg"},
    // starting a child
    privsep::Syscall{"clone"},
    privsep::Syscall{"execveat"},
    privsep::Syscall{"getppid"},
    privsep::Syscall{"fcntl"},
    privsep::Syscall{"dup2"},
    privsep::Syscall{"dup3"},
    privsep::Syscall{"close_range"},
    privsep::Syscall{"close"},
    privsep::Syscall{"memfd_create"},
    privsep::Syscall{"getrandom"},
    privsep::Syscall{"prctl"},
    // reading the config again
    privsep::Syscall{"openat", privsep::When{2, O_ACCMODE | O_CREAT, O_RDONLY}},
    privsep::Syscall{"capget"},
    privsep::Syscall{"capset"},
    // a child's loader
    privsep::Syscall{"mmap"},
    privsep::Syscall{"mprotect"},
    privsep::Syscall{"arch_prctl"},
    privsep::Syscall{"access"},
    privsep::Syscall{"faccessat"},
    privsep::Syscall{"fstat"},
    privsep::Syscall{"newfstatat"},
    privsep::Syscall{"statx"},
    privsep::Syscall{"pread64"},
    privsep::Syscall{"set_tid_address"},
    privsep::Syscall{"set_robust_list"},
    privsep::Syscall{"rseq"},
    privsep::Syscall{"prlimit64"},
    privsep::Syscall{"setrlimit"},
    privsep::Syscall{"rt_sigaction"},
    privsep::Syscall{"sigaltstack"},
    // a child that locks itself down
    privsep::Syscall{"fchdir"},
    privsep::Syscall{"chroot"},
    privsep::Syscall{"chdir"},
    privsep::Syscall{"getresuid"},
    privsep::Syscall{"landlock_create_ruleset"},
    privsep::Syscall{"landlock_restrict_self"},
    privsep::Syscall{"seccomp"},
    // what the children's own filters allow
    privsep::Syscall{"accept4"},
    privsep::Syscall{"recvmmsg"},
    privsep::Syscall{"sendmmsg"},
    privsep::Syscall{"recvfrom"},
    privsep::Syscall{"setsockopt"},
    privsep::Syscall{"shutdown"},
    privsep::Syscall{"write"},
    privsep::Syscall{"writev"},
    privsep::Syscall{"lseek"},
    privsep::Syscall{"pwrite64"},
    privsep::Syscall{"fdatasync"},
    privsep::Syscall{"ftruncate"},
    privsep::Syscall{"madvise"},
};

} // namespace supervisor
