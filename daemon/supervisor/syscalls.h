// What the supervisor may ask of the kernel once all is open: its own few calls, and what its children need
// until they have loaded their own filter, which lies on top of this one.
#pragma once

#include <array>
#include <csignal>
#include <fcntl.h>
#include <linux/close_range.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "privsep/sandbox.h"

namespace supervisor
{

namespace detail
{

using privsep::all_bits;
using privsep::Reserve;
using privsep::Syscall;
using privsep::When;

inline constexpr std::uint64_t every_bit = ~std::uint64_t{0};
inline constexpr std::uint64_t fork_only = CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
inline constexpr std::uint64_t map_type = 0xF;
inline constexpr std::uint64_t set_mdwe = 65; // PR_SET_MDWE, Linux 6.3

inline constexpr std::array syscalls = {
    // events, signals and the children's ends
    Syscall{"epoll_wait"},
    Syscall{"epoll_pwait", Reserve::other_architecture},
    Syscall{"epoll_ctl"},
    Syscall{"epoll_create1"}, // children
    Syscall{"poll"},
    Syscall{"ppoll", Reserve::other_architecture},
    Syscall{"restart_syscall", Reserve::rare_event}, // stopped while it polls the kernel's log
    Syscall{"read"},
    Syscall{"waitid"},
    Syscall{"kill", Reserve::rare_event, When{1, all_bits, SIGKILL}}, // of a child that hangs or lies
    // channels to children, and the service manager's socket; no call names an address
    Syscall{"socketpair", When{0, all_bits, AF_UNIX},
            When{1, all_bits, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK}},
    Syscall{"sendmsg", When{2, all_bits, MSG_NOSIGNAL}},
    Syscall{"sendto", When{3, all_bits, MSG_NOSIGNAL}, When{4, every_bit, 0}},
    Syscall{"recvmsg", When{2, all_bits & ~std::uint64_t{MSG_CMSG_CLOEXEC}, 0}},
    // starting a child: a new process and nothing else new; an executable that was opened before
    Syscall{"vfork"},
    Syscall{"clone", Reserve::other_architecture, When{0, every_bit, CLONE_VM | CLONE_VFORK | SIGCHLD}},
    Syscall{"clone", Reserve::other_libc,
            When{0, every_bit & ~fork_only, SIGCHLD}}, // musl's vfork(3) is a fork
    Syscall{"execveat", When{4, all_bits, AT_EMPTY_PATH}},
    Syscall{"getppid"},
    Syscall{"fcntl", When{1, all_bits, F_GETFD}},
    Syscall{"fcntl", When{1, all_bits, F_DUPFD}},
    Syscall{"fcntl", When{1, all_bits, F_DUPFD_CLOEXEC}},
    Syscall{"fcntl", When{1, all_bits, F_ADD_SEALS}},
    Syscall{"dup2"},
    Syscall{"dup3", Reserve::other_architecture},
    Syscall{"close_range", When{2, all_bits, CLOSE_RANGE_CLOEXEC}},
    Syscall{"close"},
    Syscall{"memfd_create", When{1, all_bits, MFD_CLOEXEC | MFD_ALLOW_SEALING}},
    Syscall{"getrandom"},
    Syscall{"prctl", When{0, all_bits, PR_SET_PDEATHSIG}},
    Syscall{"rt_sigprocmask"},
    Syscall{"rt_sigaction", When{0, all_bits, SIGINT}},
    Syscall{"rt_sigaction", When{0, all_bits, SIGHUP}},
    // reading the config again: nothing is made, written or emptied
    Syscall{"openat", When{2, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY}},
    Syscall{"capget"},
    Syscall{"capset"},
    // a child's loader: nothing is both written and executed, and nothing becomes executable later
    Syscall{"mmap", When{2, PROT_EXEC, 0}, When{3, map_type, MAP_PRIVATE}},
    Syscall{"mmap", When{2, PROT_WRITE, 0}, When{3, map_type, MAP_PRIVATE}},
    Syscall{"mprotect", When{2, PROT_EXEC, 0}},
    Syscall{"mprotect", Reserve::other_architecture, When{2, PROT_WRITE, 0}}, // PROT_BTI of aarch64
    Syscall{"madvise", When{2, all_bits, MADV_DONTNEED}}, // gives back what starting, or reloading, has taken
    Syscall{"arch_prctl"},
    Syscall{"access"},
    Syscall{"faccessat", Reserve::other_architecture},
    Syscall{"fstat", Reserve::other_libc},
    Syscall{"newfstatat"},
    Syscall{"statx", Reserve::other_libc},
    Syscall{"pread64"},
    Syscall{"set_tid_address"},
    Syscall{"set_robust_list"},
    Syscall{"rseq"},
    Syscall{"prlimit64"},
    // a child that locks itself down
    Syscall{"prctl", When{0, all_bits, PR_SET_NAME}},
    Syscall{"prctl", When{0, all_bits, PR_SET_DUMPABLE}, When{1, all_bits, 0}},
    Syscall{"prctl", When{0, all_bits, PR_CAP_AMBIENT}, When{1, all_bits, PR_CAP_AMBIENT_CLEAR_ALL}},
    Syscall{"prctl", When{0, all_bits, PR_CAPBSET_DROP}},
    Syscall{"prctl", When{0, all_bits, PR_SET_NO_NEW_PRIVS}},
    Syscall{"prctl", When{0, all_bits, set_mdwe}},
    Syscall{"fchdir"},
    Syscall{"chroot"},
    Syscall{"chdir"},
    Syscall{"getresuid"},
    Syscall{"landlock_create_ruleset"},
    Syscall{"landlock_restrict_self"},
    Syscall{"seccomp"},
    // a child that prepares its listeners
    Syscall{"setsockopt", When{1, all_bits, IPPROTO_TCP}, When{2, all_bits, TCP_NODELAY}},
    Syscall{"setsockopt", When{1, all_bits, IPPROTO_TCP}, When{2, all_bits, TCP_USER_TIMEOUT}},
    Syscall{"setsockopt", When{1, all_bits, SOL_SOCKET}, When{2, all_bits, SO_SNDBUF}},
    // what the children's own filters allow
    Syscall{"accept4", When{3, all_bits, SOCK_NONBLOCK | SOCK_CLOEXEC}},
    Syscall{"recvmmsg", When{3, all_bits, MSG_DONTWAIT}},
    Syscall{"sendmmsg", When{3, all_bits, MSG_DONTWAIT}},
    Syscall{"shutdown", When{1, all_bits, SHUT_WR}},
    Syscall{"write"},
    Syscall{"lseek"},
    Syscall{"pwrite64"},
    Syscall{"fdatasync"},
    Syscall{"ftruncate"},
};

} // namespace detail

using detail::syscalls;

} // namespace supervisor
