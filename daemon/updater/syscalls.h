// The system calls of the updater, without and with TLS, in addition to those of every child
// (privsep/filters.cpp).
#pragma once

#include <cstddef>
#include <seccomp.h>
#include <span>
#include <sys/socket.h>

#include "privsep/child.h"
#include "privsep/sandbox.h"

namespace updater
{

/// No call creates a socket or takes an address to connect to.
namespace detail
{

using namespace privsep; // for the names used in a policy

inline constexpr auto all = policy({
    // waiting
    Syscall{SCMP_SYS(epoll_wait), Reserve::not_everywhere, When{0, all_bits, privsep::loop_fd}},
    Syscall{SCMP_SYS(epoll_pwait), Reserve::other_architecture, When{0, all_bits, privsep::loop_fd}},
    Syscall{SCMP_SYS(epoll_ctl), When{0, all_bits, privsep::loop_fd}},
    // clients
    Syscall{SCMP_SYS(accept4), When{3, all_bits, SOCK_NONBLOCK | SOCK_CLOEXEC}},
    Syscall{SCMP_SYS(read)},
    Syscall{SCMP_SYS(sendto), When{3, all_bits, MSG_NOSIGNAL},
            When{4, ~std::uint64_t{0}, 0}}, // no address: to the peer only
    Syscall{SCMP_SYS(send), Reserve::other_architecture, When{3, all_bits, MSG_NOSIGNAL}},
    Syscall{SCMP_SYS(shutdown), When{1, all_bits, SHUT_WR}},
    Syscall{SCMP_SYS(close)},
    // the channels to the keeper and the supervisor; only the supervisor's messages bring descriptors
    Syscall{SCMP_SYS(sendmsg), When{2, all_bits, MSG_NOSIGNAL}},
    Syscall{SCMP_SYS(recvmsg), When{2, all_bits, 0}},
    Syscall{SCMP_SYS(recvmsg), When{0, all_bits, privsep::control_fd}, When{2, all_bits, MSG_CMSG_CLOEXEC}},
    // only with TLS: waiting for the keyholder's signature
    Syscall{SCMP_SYS(poll), Reserve::not_everywhere},
    Syscall{SCMP_SYS(ppoll), Reserve::other_architecture},
});
inline constexpr std::size_t only_with_tls = 2;

} // namespace detail

inline constexpr std::span<const privsep::Syscall> tls_syscalls{detail::all};
inline constexpr std::span<const privsep::Syscall> syscalls =
    tls_syscalls.first(detail::all.size() - detail::only_with_tls);

} // namespace updater
