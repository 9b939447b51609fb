// The system calls of the reader, in addition to those of every child (privsep/filters.cpp).
#pragma once

#include <fcntl.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "privsep/calls.h"
#include "privsep/child.h"
#include "privsep/sandbox.h"

namespace reader
{

namespace detail
{

using namespace privsep; // for the names used in a policy

inline constexpr auto syscalls = policy({
    // the config and the predecessor's state: descriptors, no paths
    Syscall{SCMP_SYS(read)},
    Syscall{call::lseek},
    Syscall{SCMP_SYS(close)},
    // setups: memory that is written, sealed and mapped once for its fingerprint
    Syscall{SCMP_SYS(memfd_create), When{1, all_bits, MFD_CLOEXEC | MFD_ALLOW_SEALING}},
    Syscall{SCMP_SYS(write)},
    Syscall{call::fcntl, When{1, all_bits, F_ADD_SEALS}},
    Syscall{call::mmap, When{2, all_bits, PROT_READ}, When{3, all_bits, MAP_PRIVATE | MAP_POPULATE}},
    // the supervisor
    Syscall{SCMP_SYS(poll), Reserve::not_everywhere},
    Syscall{SCMP_SYS(ppoll), Reserve::other_architecture},
    Syscall{SCMP_SYS(recvmsg), When{0, all_bits, privsep::control_fd}, When{2, all_bits, MSG_CMSG_CLOEXEC}},
    Syscall{SCMP_SYS(sendmsg), When{0, all_bits, privsep::control_fd}, When{2, all_bits, MSG_NOSIGNAL}},
});

} // namespace detail

using detail::syscalls;

} // namespace reader
