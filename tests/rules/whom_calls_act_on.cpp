// No filter lets a process act on another one, except through descriptors that it was given: each row of each
// list is for a call that has no other effect, or it pins the argument that says on whom the call acts.
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <set>
#include <span>
#include <string>
#include <sys/prctl.h>
#include <vector>

#include "daemon/supervisor/roles.h"
#include "daemon/supervisor/syscalls.h"
#include "privsep/filters.h"
#include "privsep/sanitizer_calls.h"

namespace
{

using privsep::all_bits;
using privsep::Syscall;
using privsep::When;
using testing::IsEmpty;

/// Calls whose arguments are descriptors, memory of the process, or values about itself. A call with an
/// argument that may name another process, or select an operation on another one, is not here.
const std::set<std::string> harmless = {
    "_llseek",
    "accept4",
    "access",
    "arch_prctl",
    "brk",
    "capget",
    "capset",
    "chdir",
    "chroot",
    "clock_gettime",
    "clock_gettime64",
    "close",
    "close_range",
    "dup2",
    "dup3",
    "epoll_create1",
    "epoll_ctl",
    "epoll_pwait",
    "epoll_wait",
    "execveat",
    "exit_group",
    "faccessat",
    "fchdir",
    "fdatasync",
    "fstat",
    "fstatat64",
    "ftruncate",
    "ftruncate64",
    "getpid",
    "getppid",
    "getrandom",
    "getresuid",
    "getresuid32",
    "getsockopt",
    "gettid",
    "landlock_create_ruleset",
    "landlock_restrict_self",
    "lseek",
    "madvise",
    "memfd_create",
    "mmap",
    "mmap2",
    "mprotect",
    "munmap",
    "newfstatat",
    "openat",
    "poll",
    "ppoll",
    "pread64",
    "pwrite64",
    "read",
    "recvmmsg",
    "recvmmsg_time64",
    "recvmsg",
    "restart_syscall",
    "rseq",
    "rt_sigaction",
    "rt_sigprocmask",
    "send",
    "sendfile",
    "sendfile64",
    "sendmmsg",
    "sendmsg",
    "sendto",
    "set_robust_list",
    "set_thread_area",
    "set_tid_address",
    "set_tls",
    "setsockopt",
    "shutdown",
    "socketpair",
    "statx",
    "sysinfo",
    "ugetrlimit",
    "uname",
    "waitid",
    "write",
    "writev",
    // of the sanitizers
    "open",
    "readlink",
    "readlinkat",
    "sigaltstack",
};

/// A condition that a row may have: more bits may be pinned.
struct Value {
    std::uint64_t mask;
    std::uint64_t value;
};

/// An argument that must be pinned to one of the values.
struct Pin {
    std::string call;
    unsigned argument;
    std::vector<Value> values;
};

constexpr std::uint64_t every_bit = ~std::uint64_t{0};
constexpr std::uint64_t set_mdwe = 65; // PR_SET_MDWE

std::vector<Value> any_of(const std::vector<std::uint64_t>& values)
{
    std::vector<Value> result;
    std::ranges::transform(values, std::back_inserter(result), [](std::uint64_t value) {
        return Value{all_bits, value};
    });
    return result;
}

/// FUTEX_WAIT, FUTEX_WAKE and FUTEX_WAIT_BITSET: those with priority inheritance raise the priority of the
/// process whose number is in memory.
const std::vector<Value> futex_operations = {{FUTEX_CMD_MASK & 0x7E, FUTEX_WAIT}, {0x7F, FUTEX_WAIT_BITSET}};

const std::vector<Pin> pins = {
    {"tgkill", 0, any_of({privsep::own_pid})},
    {"tgkill", 2, any_of({SIGABRT})},
    {"prlimit64", 0, any_of({0})}, // the process itself
    {"pidfd_send_signal", 1, any_of({SIGKILL})},
    {"pidfd_send_signal", 3, any_of({0})}, // PIDFD_SIGNAL_PROCESS_GROUP would reach more than its process
    {"clone", 0, {{every_bit, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD}}},
    // F_SETOWN and F_SETSIG make the kernel send signals
    {"fcntl", 1, any_of({F_GETFD, F_DUPFD, F_DUPFD_CLOEXEC, F_ADD_SEALS, F_GET_SEALS})},
    {"fcntl64", 1, any_of({F_GETFD, F_DUPFD, F_DUPFD_CLOEXEC, F_ADD_SEALS, F_GET_SEALS})},
    // PR_SET_PTRACER and PR_SCHED_CORE name a process
    {"prctl", 0,
     any_of({PR_SET_PDEATHSIG, PR_SET_NAME, PR_SET_DUMPABLE, PR_CAP_AMBIENT, PR_CAPBSET_DROP, PR_CAPBSET_READ,
             PR_SET_NO_NEW_PRIVS, set_mdwe})},
    {"seccomp", 0, any_of({SECCOMP_SET_MODE_FILTER})},
    {"seccomp", 1, any_of({0})}, // SECCOMP_FILTER_FLAG_NEW_LISTENER shows the calls of other processes
    {"futex", 1, futex_operations},
    {"futex_time64", 1, futex_operations},
};

std::string name_of(const Syscall& row)
{
    char* const name = ::seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, row.number);
    std::string result = name != nullptr ? name : std::to_string(row.number);
    std::free(name); // the caller owns it
    return result;
}

bool fulfils(const Syscall& row, const Pin& pin)
{
    return std::ranges::any_of(row.when, [&](const When& when) {
        return !when.is_none() && when.argument() == pin.argument &&
               std::ranges::any_of(pin.values, [&](const Value& one) {
                   return (when.mask() & one.mask) == one.mask && (when.value() & one.mask) == one.value;
               });
    });
}

/// What is wrong with the rows of a list, as text; empty if nothing is.
std::set<std::string> unpinned(std::span<const Syscall> list)
{
    std::set<std::string> result;
    for (const Syscall& row : list) {
        const std::string name = name_of(row);
        const bool has_pin = std::ranges::any_of(pins, [&](const Pin& pin) { return pin.call == name; });
        if (row.number >= 0 && !has_pin && !harmless.contains(name)) {
            result.insert(name + ": whom does it act on?");
        }
        for (const Pin& pin : pins) {
            if (pin.call == name && !fulfils(row, pin)) {
                result.insert(name + ": argument " + std::to_string(pin.argument));
            }
        }
    }
    return result;
}

TEST(Lists, PinWhomTheirCallsActOn)
{
    EXPECT_THAT(unpinned(privsep::common_syscalls()), IsEmpty());
    EXPECT_THAT(unpinned(privsep::sanitizer_calls), IsEmpty());
    EXPECT_THAT(unpinned(supervisor::reader_filter), IsEmpty());
    for (const supervisor::Role& role : supervisor::role_rows) {
        EXPECT_THAT(unpinned(role.filter), IsEmpty()) << role.name;
    }
}

// Its children inherit its filter, so this must allow each child's abort(3), whose number is not known when
// the filter is loaded. The child's own filter pins the number.
TEST(Lists, PinAllButTheNumberOfAChildThatAbortsInTheSupervisor)
{
    EXPECT_THAT(unpinned(supervisor::syscalls), testing::ElementsAre("tgkill: argument 0"));
}

TEST(Lists, AreFoundToBeUnpinned)
{
    using F = std::vector<Syscall>;
    const auto found = [](const Syscall& row) { return unpinned(F{row}); };
    EXPECT_THAT(found(Syscall{SCMP_SYS(kill), When{1, all_bits, SIGKILL}}),
                testing::ElementsAre("kill: whom does it act on?"));
    EXPECT_THAT(found(Syscall{SCMP_SYS(tgkill), When{2, all_bits, SIGABRT}}),
                testing::ElementsAre("tgkill: argument 0"));
    EXPECT_THAT(found(Syscall{SCMP_SYS(tgkill), When{0, 0xFF, privsep::own_pid & 0xFF}}),
                testing::ElementsAre("tgkill: argument 0", "tgkill: argument 2"));
    EXPECT_THAT(found(Syscall{SCMP_SYS(prlimit64)}), testing::ElementsAre("prlimit64: argument 0"));
    EXPECT_THAT(found(Syscall{SCMP_SYS(fcntl), When{1, all_bits, F_SETOWN}}),
                testing::ElementsAre("fcntl: argument 1"));
    EXPECT_THAT(found(Syscall{SCMP_SYS(futex)}), testing::ElementsAre("futex: argument 1"));
    for (const int operation : {FUTEX_LOCK_PI, FUTEX_TRYLOCK_PI, FUTEX_CMP_REQUEUE_PI}) {
        EXPECT_THAT(found(Syscall{SCMP_SYS(futex), When{1, all_bits, static_cast<std::uint64_t>(operation)}}),
                    testing::ElementsAre("futex: argument 1"));
    }
    for (const int number : {SCMP_SYS(pidfd_open), SCMP_SYS(sched_setaffinity), SCMP_SYS(process_vm_writev),
                             SCMP_SYS(setpriority), SCMP_SYS(ptrace), SCMP_SYS(ioctl)}) {
        EXPECT_EQ(found(Syscall{number}).size(), 1U) << number;
    }
}

} // namespace
