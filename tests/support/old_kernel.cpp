#include "tests/support/old_kernel.h"

#include <array>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace support
{
namespace
{

// From 424 on, call numbers are the same on all architectures.
constexpr unsigned clone3_number = 435;
constexpr unsigned close_range_number = 436;
constexpr unsigned first_behind_5_10 = 441; // epoll_pwait2(2)
constexpr unsigned first_of_x32 = 0x40000000;

constexpr unsigned first_option_behind_5_10 = 59; // PR_SET_SYSCALL_USER_DISPATCH; PR_SET_MDWE is 65
constexpr unsigned option_of_yama = 0x59616d61;   // PR_SET_PTRACER
constexpr unsigned close_range_cloexec = 4;
constexpr unsigned map_type = 0x0f;
constexpr unsigned map_droppable = 0x08;

#ifdef SYS_mmap2
constexpr unsigned mmap_number = SYS_mmap2;
#else
constexpr unsigned mmap_number = SYS_mmap;
#endif

constexpr unsigned refuse(unsigned error)
{
    return SECCOMP_RET_ERRNO | error;
}

constexpr sock_filter give(unsigned verdict)
{
    return {BPF_RET | BPF_K, 0, 0, verdict};
}

/// Skips `skipped` more instructions if the comparison does not hold.
constexpr sock_filter unless(unsigned short comparison, unsigned value, unsigned char skipped)
{
    return {static_cast<unsigned short>(BPF_JMP | BPF_K | comparison), 0, skipped, value};
}

constexpr sock_filter load(std::size_t offset)
{
    return {BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<unsigned>(offset)};
}

/// The lower half of an argument.
constexpr sock_filter load_argument(std::size_t index)
{
    constexpr std::size_t half = std::endian::native == std::endian::little ? 0 : 4;
    return load(offsetof(seccomp_data, args) + 8 * index + half);
}

constexpr sock_filter mask(unsigned bits)
{
    return {BPF_ALU | BPF_AND | BPF_K, 0, 0, bits};
}

constexpr std::array program{
    load(offsetof(seccomp_data, nr)),
    unless(BPF_JEQ, clone3_number, 1),
    give(refuse(ENOSYS)),
    unless(BPF_JGE, first_behind_5_10, 2),
    sock_filter{BPF_JMP | BPF_JGE | BPF_K, 1, 0, first_of_x32}, // and ARM's private range
    give(refuse(ENOSYS)),

    unless(BPF_JEQ, SYS_prctl, 5),
    load_argument(0),
    sock_filter{BPF_JMP | BPF_JEQ | BPF_K, 2, 0, option_of_yama},
    unless(BPF_JGE, first_option_behind_5_10, 1),
    give(refuse(EINVAL)),
    give(SECCOMP_RET_ALLOW),

    unless(BPF_JEQ, close_range_number, 5),
    load_argument(2),
    mask(close_range_cloexec),
    unless(BPF_JEQ, close_range_cloexec, 1),
    give(refuse(EINVAL)),
    give(SECCOMP_RET_ALLOW),

    unless(BPF_JEQ, mmap_number, 4),
    load_argument(3),
    mask(map_type),
    unless(BPF_JEQ, map_droppable, 1),
    give(refuse(EINVAL)),
    give(SECCOMP_RET_ALLOW),
};

} // namespace

bool pretend_old_kernel() noexcept
{
    std::array copy = program;
    const sock_fprog filter{static_cast<unsigned short>(copy.size()), copy.data()};
    if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) == 0) {
        return true; // root, whose programs may still gain capabilities
    }
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) == 0;
}

} // namespace support
