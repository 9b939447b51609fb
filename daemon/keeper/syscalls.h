// The system calls of the keeper, in addition to those of every child (privsep/filters.cpp).
#pragma once

#include <seccomp.h>
#include <sys/socket.h>

#include "privsep/calls.h"
#include "privsep/child.h"
#include "privsep/sandbox.h"

namespace keeper
{

/// The state files keep the numbers that the supervisor gave them.
inline constexpr std::uint64_t first_state_fd = privsep::first_fd;
inline constexpr std::uint64_t second_state_fd = privsep::first_fd + 1;

namespace detail
{

using namespace privsep; // for the names used in a policy

inline constexpr auto syscalls = policy({
    // waiting
    Syscall{SCMP_SYS(epoll_wait), Reserve::not_everywhere, When{0, all_bits, privsep::loop_fd}},
    Syscall{SCMP_SYS(epoll_pwait), Reserve::other_architecture, When{0, all_bits, privsep::loop_fd}},
    Syscall{SCMP_SYS(epoll_ctl), When{0, all_bits, privsep::loop_fd}},
    // the state: two descriptors, no paths
    Syscall{SCMP_SYS(pwrite64), When{0, all_bits, first_state_fd}},
    Syscall{SCMP_SYS(pwrite64), When{0, all_bits, second_state_fd}},
    Syscall{SCMP_SYS(fdatasync), When{0, all_bits, first_state_fd}},
    Syscall{SCMP_SYS(fdatasync), When{0, all_bits, second_state_fd}},
    Syscall{call::ftruncate, When{0, all_bits, first_state_fd}},
    Syscall{call::ftruncate, When{0, all_bits, second_state_fd}},
    // channels: only the supervisor's messages bring descriptors, and none are sent
    Syscall{SCMP_SYS(recvmsg), When{2, all_bits, 0}},
    Syscall{SCMP_SYS(recvmsg), When{0, all_bits, privsep::control_fd}, When{2, all_bits, MSG_CMSG_CLOEXEC}},
    Syscall{SCMP_SYS(sendmsg), When{2, all_bits, MSG_NOSIGNAL}},
    Syscall{SCMP_SYS(close)},
});

} // namespace detail

using detail::syscalls;

} // namespace keeper
