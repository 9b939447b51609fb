#include "privsep/filters.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <memory>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include "privsep/calls.h"
#include "privsep/copy.h"
#include "privsep/fail.h"
#include "privsep/known_calls.h"
#include "privsep/sanitizer_calls.h"
#include "privsep/sealed_memory.h"

namespace privsep
{

namespace
{

constexpr std::uint64_t futex_operation =
    all_bits & ~std::uint64_t{FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME}; // flags that select no operation
constexpr std::uint64_t wait_or_wake = FUTEX_WAIT | FUTEX_WAKE;

// The calls that libc may make at any time in every process. They differ between releases and architectures:
// all variants are listed.
constexpr auto common = policy({
    // the clock, if the vDSO cannot read it
    Syscall{SCMP_SYS(clock_gettime), Reserve::other_architecture},
    Syscall{SCMP_SYS(clock_gettime64), Reserve::other_architecture},
    // the allocator, if the heap must grow. Anonymous memory that is not executable is harmless with any
    // flag, and later releases may add some: glibc 2.41 maps the state of getrandom() with MAP_DROPPABLE
    Syscall{SCMP_SYS(brk), Reserve::rare_event},
    Syscall{SCMP_SYS(munmap), Reserve::rare_event},
    Syscall{call::mmap, Reserve::rare_event, When{2, PROT_EXEC, 0}, When{3, MAP_ANONYMOUS, MAP_ANONYMOUS}},
    // random numbers, if the vDSO does not have getrandom()
    Syscall{SCMP_SYS(getrandom), Reserve::rare_event},
    // the log
    Syscall{SCMP_SYS(write), When{0, all_bits, STDERR_FILENO}},
    // continues a call after the process or the machine was stopped
    Syscall{SCMP_SYS(restart_syscall), Reserve::rare_event},
    // exit
    Syscall{SCMP_SYS(exit_group)},
    // abort, with a message of libc. Signals are also blocked while the state of getrandom() is mapped
    Syscall{SCMP_SYS(writev), Reserve::clean_abort, When{0, all_bits, STDERR_FILENO}},
    Syscall{SCMP_SYS(rt_sigprocmask), Reserve::clean_abort},
    Syscall{SCMP_SYS(gettid), Reserve::clean_abort},
    Syscall{SCMP_SYS(getpid), Reserve::clean_abort},
    Syscall{SCMP_SYS(tgkill), Reserve::clean_abort, When{0, all_bits, own_pid}, When{2, all_bits, SIGABRT}},
    Syscall{SCMP_SYS(rt_sigaction), Reserve::clean_abort, When{0, all_bits, SIGABRT}},
    // locks in libc, which are never contended: only to wait and to wake. Locks with priority inheritance
    // raise the priority of the process whose number is in memory
    Syscall{SCMP_SYS(futex), Reserve::rare_event, When{1, futex_operation & ~wait_or_wake, 0}},
    Syscall{SCMP_SYS(futex), Reserve::rare_event, When{1, futex_operation, FUTEX_WAIT_BITSET}},
    Syscall{SCMP_SYS(futex_time64), Reserve::other_architecture, When{1, futex_operation & ~wait_or_wake, 0}},
    Syscall{SCMP_SYS(futex_time64), Reserve::other_architecture, When{1, futex_operation, FUTEX_WAIT_BITSET}},
});

void check(int result, const char* what)
{
    if (result < 0) {
        fail("seccomp: {} failed, error {}", {what, -result});
    }
}

struct Release {
    void operator()(void* filter) const noexcept { ::seccomp_release(filter); }
};

void add_row(scmp_filter_ctx filter, const Syscall& row)
{
    if (row.number < 0) { // policy() has checked that this is expected
        return;
    }
    std::array<scmp_arg_cmp, 2> conditions{};
    unsigned count = 0;
    for (const When& when : row.when) {
        if (!when.is_none()) {
            conditions[count++] = {when.argument(), SCMP_CMP_MASKED_EQ, when.mask(), when.value()};
        }
    }
    const int result = ::seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, row.number, count, conditions.data());
    if (result < 0) {
        fail("seccomp: adding the rule for system call {} failed, error {}", {row.number, -result});
    }
}

/// The highest number of a known call. Higher numbers are unknown calls, up to end_of_calls: the numbers of
/// x32 and ARM's private range start there.
constexpr std::uint32_t highest_call()
{
    return static_cast<std::uint32_t>(std::max(known_calls));
}
#ifdef __arm__
constexpr std::uint32_t end_of_calls = 0x0F0000;
#else
constexpr std::uint32_t end_of_calls = 0x40000000;
#endif

/// Writes the instructions before libseccomp's program. A future libc may try calls that are newer than the
/// build: it gets ENOSYS, as from an older kernel, and uses other calls. On i386, socketcall(2) is killed:
/// its arguments are in memory, where no filter can check them, but libseccomp would allow it with each of
/// the calls that it multiplexes (direct_calls.cpp).
void write_preface(int file)
{
    constexpr auto socketcall = static_cast<std::uint32_t>(SCMP_SYS(socketcall)); // elsewhere no valid number
    const auto preface = std::to_array<sock_filter>({
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ::seccomp_arch_native(), 0,
                 6), // others: libseccomp's program kills
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, socketcall, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, highest_call(), 0, 2),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, end_of_calls, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
    });
    require(::write(file, preface.data(), sizeof preface) == ssize_t{sizeof preface}, "making the filter");
}

void make_filter(std::span<const Syscall> own, int file)
{
    write_preface(file);
    const std::unique_ptr<void, Release> filter{::seccomp_init(SCMP_ACT_KILL_PROCESS)};
    if (!filter) {
        fail("seccomp: no memory for a filter");
    }
    check(::seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS), "architecture");
    for (const Syscall& row : common) {
        add_row(filter.get(), row);
    }
    for (const Syscall& row : own) {
        add_row(filter.get(), row);
    }
    if constexpr (is_sanitized) {
        for (const Syscall& row : sanitizer_calls) {
            add_row(filter.get(), row);
        }
    }
    check(::seccomp_export_bpf(filter.get(), file), "making the filter");
}

} // namespace

std::span<const Syscall> common_syscalls() noexcept
{
    return common;
}

std::vector<UniqueFd> make_filters(const std::vector<std::span<const Syscall>>& lists)
{
    std::vector<SealedMemory> programs;
    for (std::size_t i = 0; i < lists.size(); ++i) {
        programs.emplace_back("filter");
    }
    const Copied made = done_in_copy([&](int /*file*/) {
        for (auto program = programs.begin(); const auto& list : lists) {
            make_filter(list, (program++)->get());
        }
    });
    if (!made.failure.empty()) {
        fail("{}", {made.failure});
    }
    std::vector<UniqueFd> filters;
    filters.reserve(programs.size());
    for (SealedMemory& program : programs) {
        filters.push_back(std::move(program).seal());
    }
    return filters;
}

} // namespace privsep
