// What the updater may ask of the kernel, on top of privsep::common_syscalls().
#pragma once

#include <array>
#include <sys/socket.h>

#include "privsep/sandbox.h"

namespace updater
{

inline constexpr std::array syscalls = {
    // waiting; which of the two libc uses differs by architecture
    privsep::Syscall{"epoll_wait"},
    privsep::Syscall{"epoll_pwait"},
    privsep::Syscall{"epoll_ctl"},
    // clients: no socket is made, and none is connected
    privsep::Syscall{"accept4", privsep::When{3, privsep::all_bits, SOCK_NONBLOCK | SOCK_CLOEXEC}},
    privsep::Syscall{"read"},
    privsep::Syscall{"sendto", privsep::When{3, privsep::all_bits, MSG_NOSIGNAL},
                     privsep::When{4, ~std::uint64_t{0}, 0}}, // to where the socket is connected, no other
    privsep::Syscall{"shutdown", privsep::When{1, privsep::all_bits, SHUT_WR}},
    privsep::Syscall{"close"},
    // the channels to the keeper and to the supervisor; the latter's come with descriptors
    privsep::Syscall{"sendmsg", privsep::When{2, privsep::all_bits, MSG_NOSIGNAL}},
    privsep::Syscall{"recvmsg", privsep::When{2, privsep::all_bits, 0}},
    privsep::Syscall{"recvmsg", privsep::When{2, privsep::all_bits, MSG_CMSG_CLOEXEC}},
};

} // namespace updater
