// The system calls of the console, in addition to those of every child (privsep/filters.cpp).
#pragma once

#include <seccomp.h>
#include <sys/socket.h>

#include "privsep/child.h"
#include "privsep/sandbox.h"

namespace console
{

namespace detail
{

using namespace privsep; // for the names used in a policy

/// No call creates a socket or takes an address to connect to.
inline constexpr auto syscalls = policy({
    // waiting
    Syscall{SCMP_SYS(epoll_wait), Reserve::not_everywhere, When{0, all_bits, privsep::loop_fd}},
    Syscall{SCMP_SYS(epoll_pwait), Reserve::other_architecture, When{0, all_bits, privsep::loop_fd}},
    Syscall{SCMP_SYS(epoll_ctl), When{0, all_bits, privsep::loop_fd}},
    // clients, and who they are
    Syscall{SCMP_SYS(accept4), When{3, all_bits, SOCK_NONBLOCK | SOCK_CLOEXEC}},
    Syscall{SCMP_SYS(getsockopt), When{1, all_bits, SOL_SOCKET}, When{2, all_bits, SO_PEERCRED}},
    Syscall{SCMP_SYS(close)},
    // those of the metrics
    Syscall{SCMP_SYS(read)},
    Syscall{SCMP_SYS(shutdown), When{1, all_bits, SHUT_WR}},
    // all clients, the keeper and the supervisor; only the supervisor's messages bring descriptors
    Syscall{SCMP_SYS(sendmsg), When{2, all_bits, MSG_NOSIGNAL}},
    Syscall{SCMP_SYS(recvmsg), When{2, all_bits, 0}},
    Syscall{SCMP_SYS(recvmsg), When{0, all_bits, privsep::control_fd}, When{2, all_bits, MSG_CMSG_CLOEXEC}},
});

} // namespace detail

using detail::syscalls;

} // namespace console
