// The system calls of the keyholder, in addition to those of every child (privsep/filters.cpp).
#pragma once

#include <seccomp.h>
#include <sys/socket.h>

#include "privsep/child.h"
#include "privsep/sandbox.h"

namespace keyholder
{

/// It has no file, and no socket but its two channels.
namespace detail
{

using namespace privsep; // for the names used in a policy

inline constexpr auto syscalls = policy({
    Syscall{SCMP_SYS(epoll_wait), Reserve::not_everywhere, When{0, all_bits, privsep::loop_fd}},
    Syscall{SCMP_SYS(epoll_pwait), Reserve::other_architecture, When{0, all_bits, privsep::loop_fd}},
    Syscall{SCMP_SYS(epoll_ctl), When{0, all_bits, privsep::loop_fd}},
    // the channels to the updater and the supervisor; only the supervisor's messages bring descriptors
    Syscall{SCMP_SYS(sendmsg), When{2, all_bits, MSG_NOSIGNAL}},
    Syscall{SCMP_SYS(recvmsg), When{2, all_bits, 0}},
    Syscall{SCMP_SYS(recvmsg), When{0, all_bits, privsep::control_fd}, When{2, all_bits, MSG_CMSG_CLOEXEC}},
    Syscall{SCMP_SYS(close)}, // the channel of an updater that has died
});

} // namespace detail

using detail::syscalls;

} // namespace keyholder
