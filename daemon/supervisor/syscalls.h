// The system calls that the supervisor may make after the start: its own, and those that its children need.
// Children inherit this filter, so it must allow all that their own filters allow, and all that they call
// before.
#pragma once

#include <csignal>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "privsep/calls.h"
#include "privsep/child.h"
#include "privsep/sandbox.h"

namespace supervisor
{

namespace detail
{

using namespace privsep; // for Syscall, When and Reserve

inline constexpr std::uint64_t every_bit = ~std::uint64_t{0};
inline constexpr std::uint64_t map_type = 0xF;
inline constexpr std::uint64_t set_mdwe = 65; // PR_SET_MDWE, Linux 6.3

inline constexpr auto syscalls = policy({
    // events, signals and exits of children
    Syscall{SCMP_SYS(epoll_wait), Reserve::not_everywhere},
    Syscall{SCMP_SYS(epoll_pwait), Reserve::other_architecture},
    Syscall{SCMP_SYS(epoll_ctl)},
    Syscall{SCMP_SYS(epoll_create1)}, // children
    Syscall{SCMP_SYS(poll), Reserve::not_everywhere},
    Syscall{SCMP_SYS(ppoll), Reserve::other_architecture},
    Syscall{SCMP_SYS(read)},
    Syscall{SCMP_SYS(waitid)},
    // a reader that is done, and a child that hangs or sends invalid messages: by a descriptor, never by a
    // number, and without flags, which could mean its process group
    Syscall{SCMP_SYS(pidfd_send_signal), When{1, all_bits, SIGKILL}, When{3, all_bits, 0}},
    // channels to children, and the service manager's socket; no call names an address
    Syscall{SCMP_SYS(socketpair), When{0, all_bits, AF_UNIX},
            When{1, all_bits, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK}},
    Syscall{SCMP_SYS(sendmsg), When{2, all_bits, MSG_NOSIGNAL}},
    Syscall{SCMP_SYS(sendto), When{3, all_bits, MSG_NOSIGNAL}, When{4, every_bit, 0}},
    Syscall{SCMP_SYS(recvmsg), When{2, all_bits & ~std::uint64_t{MSG_CMSG_CLOEXEC}, 0}},
    // starting a child: only processes, no threads or namespaces; only executables that are open already
    Syscall{SCMP_SYS(clone), When{0, every_bit, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD}},
    Syscall{SCMP_SYS(execveat), When{4, all_bits, AT_EMPTY_PATH}},
    Syscall{SCMP_SYS(getppid)},
    Syscall{call::fcntl, When{1, all_bits, F_GETFD}},
    Syscall{call::fcntl, When{1, all_bits, F_DUPFD}},
    Syscall{call::fcntl, When{1, all_bits, F_DUPFD_CLOEXEC}},
    Syscall{call::fcntl, When{1, all_bits, F_ADD_SEALS}},
    Syscall{call::fcntl, When{1, all_bits, F_GET_SEALS}},
    Syscall{SCMP_SYS(dup2), Reserve::not_everywhere},
    Syscall{SCMP_SYS(dup3), Reserve::other_architecture},
    Syscall{SCMP_SYS(close_range), When{2, all_bits, 0}},
    Syscall{SCMP_SYS(close)},
    Syscall{SCMP_SYS(memfd_create), When{1, all_bits, MFD_CLOEXEC | MFD_ALLOW_SEALING}},
    Syscall{SCMP_SYS(prctl), When{0, all_bits, PR_SET_PDEATHSIG}},
    Syscall{SCMP_SYS(rt_sigaction), When{0, all_bits, SIGINT}},
    Syscall{SCMP_SYS(rt_sigaction), When{0, all_bits, SIGHUP}},
    // opening the config at a reload: nothing is created, written or truncated
    Syscall{SCMP_SYS(openat), When{2, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY}},
    // copies the certificate of HTTPS and its key, which it does not read
    Syscall{call::sendfile},
    Syscall{SCMP_SYS(capget)},
    Syscall{SCMP_SYS(capset)},
    // a child's dynamic loader: no memory is writable and executable, or becomes executable later
    Syscall{call::mmap, When{2, PROT_EXEC, 0}, When{3, map_type, MAP_PRIVATE}},
    Syscall{call::mmap, When{2, PROT_WRITE, 0}, When{3, map_type, MAP_PRIVATE}},
    // pages of counters, if there is a console: a child writes its own, and the console reads all
    Syscall{call::mmap, Reserve::not_everywhere, When{2, PROT_EXEC, 0}, When{4, all_bits, counters_fd}},
    Syscall{call::mmap, Reserve::not_everywhere, When{2, all_bits, PROT_READ}, When{3, map_type, MAP_SHARED}},
    Syscall{SCMP_SYS(mprotect), When{2, PROT_EXEC, 0}},
    Syscall{SCMP_SYS(mprotect), Reserve::other_architecture, When{2, PROT_WRITE, 0}}, // PROT_BTI of aarch64
    Syscall{SCMP_SYS(madvise), When{2, all_bits, MADV_DONTNEED}}, // returns memory that only the start needed
    Syscall{SCMP_SYS(arch_prctl), Reserve::not_everywhere},
    Syscall{SCMP_SYS(access), Reserve::not_everywhere},
    Syscall{SCMP_SYS(faccessat), Reserve::other_architecture},
    Syscall{SCMP_SYS(fstat), Reserve::other_libc},
    Syscall{call::fstatat},
    Syscall{SCMP_SYS(statx), Reserve::other_libc},
    Syscall{SCMP_SYS(pread64)},
    Syscall{call::set_thread_area, Reserve::other_architecture},
    Syscall{call::set_tls, Reserve::other_architecture},
    Syscall{SCMP_SYS(set_tid_address)},
    Syscall{SCMP_SYS(set_robust_list)},
    Syscall{SCMP_SYS(rseq)},
    Syscall{SCMP_SYS(prlimit64), When{0, all_bits, 0}}, // its own limits
    Syscall{SCMP_SYS(ugetrlimit), Reserve::other_architecture},
    // glibc 2.41 reads the kernel's version before main() if the processor has SVE
    Syscall{SCMP_SYS(uname), Reserve::other_libc},
    Syscall{SCMP_SYS(sysinfo), Reserve::other_libc}, // qsort(3) of glibc before 2.37, which libssl calls
    // libcrypto tests the processor before main()
    Syscall{SCMP_SYS(rt_sigaction), Reserve::other_architecture, When{0, all_bits, SIGILL}},
    // a child that locks itself down
    Syscall{SCMP_SYS(prctl), When{0, all_bits, PR_SET_NAME}},
    Syscall{SCMP_SYS(prctl), When{0, all_bits, PR_SET_DUMPABLE}, When{1, all_bits, 0}},
    Syscall{SCMP_SYS(prctl), When{0, all_bits, PR_CAP_AMBIENT}, When{1, all_bits, PR_CAP_AMBIENT_CLEAR_ALL}},
    Syscall{SCMP_SYS(prctl), When{0, all_bits, PR_CAPBSET_DROP}},
    Syscall{SCMP_SYS(prctl), When{0, all_bits, PR_SET_NO_NEW_PRIVS}},
    Syscall{SCMP_SYS(prctl), When{0, all_bits, set_mdwe}},
    Syscall{SCMP_SYS(fchdir)},
    Syscall{SCMP_SYS(chroot)},
    Syscall{SCMP_SYS(chdir)},
    Syscall{call::getresuid},
    Syscall{SCMP_SYS(landlock_create_ruleset)},
    Syscall{SCMP_SYS(landlock_restrict_self)},
    // no listener, which would see the calls of other processes
    Syscall{SCMP_SYS(seccomp), When{0, all_bits, SECCOMP_SET_MODE_FILTER}, When{1, all_bits, 0}},
    // abort(3) in a child. The supervisor cannot know the child's number, which the child's own filter pins
    Syscall{SCMP_SYS(tgkill), Reserve::clean_abort, When{2, all_bits, SIGABRT}},
    // a child that prepares its listeners; the room of channels
    Syscall{SCMP_SYS(setsockopt), When{1, all_bits, IPPROTO_TCP}, When{2, all_bits, TCP_NODELAY}},
    Syscall{SCMP_SYS(setsockopt), When{1, all_bits, IPPROTO_TCP}, When{2, all_bits, TCP_USER_TIMEOUT}},
    Syscall{SCMP_SYS(setsockopt), When{1, all_bits, SOL_SOCKET}, When{2, all_bits, SO_SNDBUF}},
    // what the children's own filters allow
    Syscall{SCMP_SYS(accept4), When{3, all_bits, SOCK_NONBLOCK | SOCK_CLOEXEC}},
    Syscall{SCMP_SYS(recvmmsg), When{3, all_bits, MSG_DONTWAIT}},
    Syscall{SCMP_SYS(recvmmsg_time64), Reserve::other_architecture, When{3, all_bits, MSG_DONTWAIT}},
    Syscall{SCMP_SYS(send), Reserve::other_architecture, When{3, all_bits, MSG_NOSIGNAL}},
    Syscall{SCMP_SYS(sendmmsg), When{3, all_bits, MSG_DONTWAIT}},
    Syscall{SCMP_SYS(shutdown), When{1, all_bits, SHUT_WR}},
    Syscall{SCMP_SYS(getsockopt), When{1, all_bits, SOL_SOCKET}, When{2, all_bits, SO_PEERCRED}},
    Syscall{SCMP_SYS(write)},
    Syscall{call::lseek},
    Syscall{SCMP_SYS(pwrite64)},
    Syscall{SCMP_SYS(fdatasync)},
    Syscall{call::ftruncate},
});

} // namespace detail

using detail::syscalls;

} // namespace supervisor
