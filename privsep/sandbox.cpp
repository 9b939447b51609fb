#include "privsep/sandbox.h"

#include <array>
#include <cstdlib>
#include <ctime>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "privsep/fail.h"
#include "privsep/memory.h"

namespace privsep
{

namespace
{

/// Makes libc do its lazy initialisation now, because the filter may not allow the system calls for it, which
/// differ between releases. Calls that libc may make later are in privsep/filters.cpp.
void warm_up() noexcept
{
    std::array<char, 16> random{}; // glibc 2.41 maps the state of the vDSO's getrandom()
    static_cast<void>(::getrandom(random.data(), random.size(), GRND_NONBLOCK) < 0);
    timespec now{};
    for (const clockid_t clock : {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME}) {
        ::clock_gettime(clock, &now);
    }
    void* volatile memory = std::malloc(1); // volatile, so that the compiler does not remove both calls
    std::free(memory);
}

} // namespace

Sandbox::Sandbox(int filter)
{
    const off_t size = ::lseek(filter, 0, SEEK_END);
    require(size > 0, "the filter's size");
    program_.resize(static_cast<std::size_t>(size) / sizeof(sock_filter));
    require(::pread(filter, program_.data(), static_cast<std::size_t>(size), 0) == size,
            "reading the filter");
}

/// Only comparisons with own_pid are changed: own_pid is the value of no other condition.
void Sandbox::pin_own_pid() noexcept
{
    constexpr std::uint16_t comparison = BPF_JMP | BPF_JEQ | BPF_K;
    for (sock_filter& instruction : program_) {
        if (instruction.code == comparison && instruction.k == own_pid) {
            instruction.k = static_cast<std::uint32_t>(::getpid());
        }
    }
}

void Sandbox::enter()
{
    warm_up();
    trim_memory();
    pin_own_pid();
    const sock_fprog whole{static_cast<unsigned short>(program_.size()), program_.data()};
    require(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
    require(::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &whole) == 0, "loading the filter");
    std::vector<sock_filter>{}.swap(program_);
}

} // namespace privsep
