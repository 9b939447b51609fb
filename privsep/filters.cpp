#include "privsep/filters.h"

#include <csignal>
#include <fcntl.h>
#include <memory>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include "privsep/copy.h"
#include "privsep/fail.h"
#include "privsep/sanitizer_calls.h"
#include "privsep/sealed_memory.h"

namespace privsep
{

namespace
{

// Calls of libc differ from release to release; the old and the new name stand side by side.
constexpr auto common = std::to_array({
    // the clock, where the vDSO can not tell
    Syscall{SCMP_SYS(clock_gettime), Reserve::other_architecture},
    Syscall{SCMP_SYS(clock_gettime64), Reserve::other_architecture},
    // the allocator, where a heap grows in spite of all that is allocated before: memory is never made
    // executable
    Syscall{SCMP_SYS(brk), Reserve::rare_event},
    Syscall{SCMP_SYS(munmap), Reserve::rare_event},
    Syscall{SCMP_SYS(mmap), Reserve::rare_event, When{2, PROT_EXEC, 0},
            When{3, MAP_ANONYMOUS | MAP_PRIVATE, MAP_ANONYMOUS | MAP_PRIVATE}},
    // the log
    Syscall{SCMP_SYS(write), When{0, all_bits, STDERR_FILENO}},
    // the end
    Syscall{SCMP_SYS(exit_group)},
    // a clean abort, with libc's own last words
    Syscall{SCMP_SYS(writev), Reserve::clean_abort, When{0, all_bits, STDERR_FILENO}},
    Syscall{SCMP_SYS(rt_sigprocmask), Reserve::clean_abort},
    Syscall{SCMP_SYS(gettid), Reserve::clean_abort},
    Syscall{SCMP_SYS(getpid), Reserve::clean_abort},
    Syscall{SCMP_SYS(tgkill), Reserve::clean_abort, When{2, all_bits, SIGABRT}},
    Syscall{SCMP_SYS(rt_sigaction), Reserve::clean_abort, When{0, all_bits, SIGABRT}},
    // locks that nobody contends for
    Syscall{SCMP_SYS(futex), Reserve::rare_event},
    Syscall{SCMP_SYS(futex_time64), Reserve::other_architecture},
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
    if (row.number < 0) {
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
        fail("seccomp: the rule of system call {} failed, error {}", {row.number, -result});
    }
}

void make_filter(std::span<const Syscall> own, int file)
{
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

std::vector<UniqueFd> make_filters(std::initializer_list<std::span<const Syscall>> lists)
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
