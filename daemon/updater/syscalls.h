// What the updater may ask of the kernel, on top of privsep::common_syscalls().
#pragma once

#include <array>
#include <sys/socket.h>

#include "privsep/child.h"
#include "privsep/sandbox.h"

namespace updater
{

/// `epoll`: the event loop's descriptor. No call makes a socket, and none names an address to connect to.
inline auto syscalls(int epoll)
{
    using privsep::all_bits;
    using privsep::Reserve;
    using privsep::Syscall;
    using privsep::When;
    const auto loop = static_cast<std::uint64_t>(epoll);
    return std::array{
        // waiting
        Syscall{"epoll_wait", When{0, all_bits, loop}},
        Syscall{"epoll_pwait", Reserve::other_architecture, When{0, all_bits, loop}},
        Syscall{"epoll_ctl", When{0, all_bits, loop}},
        // clients
        Syscall{"accept4", When{3, all_bits, SOCK_NONBLOCK | SOCK_CLOEXEC}},
        Syscall{"read"},
        Syscall{"sendto", When{3, all_bits, MSG_NOSIGNAL},
                When{4, ~std::uint64_t{0}, 0}}, // to the peer alone
        Syscall{"shutdown", When{1, all_bits, SHUT_WR}},
        Syscall{"close"},
        // the channels to the keeper and to the supervisor; only the latter's messages bring descriptors
        Syscall{"sendmsg", When{2, all_bits, MSG_NOSIGNAL}},
        Syscall{"recvmsg", When{2, all_bits, 0}},
        Syscall{"recvmsg", When{0, all_bits, privsep::control_fd}, When{2, all_bits, MSG_CMSG_CLOEXEC}},
    };
}

} // namespace updater
