// The effect of a filter on system calls. Each call is made by a process of its own.
#include "privsep/filters.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <functional>
#include <gtest/gtest.h>
#include <linux/futex.h>
#include <memory>
#include <span>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "privsep/known_calls.h"

namespace
{

using privsep::Syscall;

constexpr std::array list = privsep::policy({Syscall{SYS_getppid}});

/// The wait status of a process that enters the filter and then exits with the result of `work`.
int status_behind_the_filter(const std::function<int()>& work)
{
    static const std::vector<privsep::UniqueFd> filters = privsep::make_filters({std::span{list}});
    const pid_t pid = ::fork();
    if (pid == 0) {
        privsep::Sandbox{filters.front().get()}.enter();
        ::_exit(work());
    }
    int status = -1;
    EXPECT_EQ(::waitpid(pid, &status, 0), pid);
    return status;
}

bool is_killed_at(long number)
{
    const int status = status_behind_the_filter([number] {
        ::syscall(number, 0, 0, 0, 0, 0, 0);
        return 0;
    });
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
}

/// The errno of the call; 0 if it succeeds.
int error_of(long number)
{
    const int status =
        status_behind_the_filter([number] { return ::syscall(number, 0, 0, 0, 0, 0, 0) == -1 ? errno : 0; });
    EXPECT_TRUE(WIFEXITED(status)) << "call " << number << ": wait status " << status;
    return WEXITSTATUS(status);
}

const long newest = std::max(privsep::known_calls);

TEST(Filters, AllowListedCallsAndKillAtOtherKnownCalls)
{
    EXPECT_EQ(error_of(SYS_getppid), 0);
    EXPECT_TRUE(is_killed_at(SYS_getpgid));
    EXPECT_TRUE(is_killed_at(newest));
}

TEST(Filters, ReturnEnosysForCallsThatAreNewerThanTheBuild)
{
    EXPECT_EQ(error_of(newest + 1), ENOSYS);
    EXPECT_EQ(error_of(newest + 1000), ENOSYS);
}

TEST(Filters, KillAtNumbersOfOtherAbis)
{
    EXPECT_TRUE(is_killed_at(0x40000000 | SYS_getppid)); // x32
    EXPECT_TRUE(is_killed_at(-2));
#ifdef __arm__
    EXPECT_TRUE(is_killed_at(0xF0006)); // ARM's private range
#endif
#ifdef __i386__
    EXPECT_TRUE(is_killed_at(SYS_socketcall)); // a filter cannot check its arguments
    EXPECT_TRUE(is_killed_at(SYS_mmap));
#endif
}

// The calls of the installed libc, whichever they are.
TEST(Filters, AllowTheCallsThatLibcMakesAtAnyTime)
{
    const int status = status_behind_the_filter([] {
        std::array<char, 300> random{};
        const bool has_random = ::getrandom(random.data(), random.size(), 0) == ssize_t{random.size()};
        const auto large = std::make_unique<std::array<char, 1 << 20>>();
        timespec now{};
        const bool has_time = ::clock_gettime(CLOCK_BOOTTIME, &now) == 0;
        return has_random && large && has_time && std::time(nullptr) > 0 ? 0 : 1;
    });
    EXPECT_EQ(status, 0);
}

TEST(Filters, AllowAProcessToAbort)
{
    const int status = status_behind_the_filter([] {
        std::abort();
        return 0;
    });
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT) << status;
}

TEST(Filters, PinTgkillToTheProcessItself)
{
    const pid_t other = ::fork();
    if (other == 0) {
        ::pause();
    }
    const int status = status_behind_the_filter([other] {
        ::syscall(SYS_tgkill, other, other, SIGABRT);
        return 0;
    });
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) << status;
    siginfo_t death{};
    EXPECT_EQ(::waitid(P_PID, static_cast<id_t>(other), &death, WEXITED | WNOHANG), 0);
    EXPECT_EQ(death.si_pid, 0) << "it was killed";
    ::kill(other, SIGKILL);
    EXPECT_EQ(::waitpid(other, nullptr, 0), other);
}

// No other instruction is changed when a process writes its number into its copy.
TEST(Filters, HaveThePlaceOfTheOwnNumberOnce)
{
    const auto filters = privsep::make_filters({std::span{list}});
    std::vector<sock_filter> program(4096);
    const ssize_t bytes =
        ::pread(filters.front().get(), program.data(), program.size() * sizeof(sock_filter), 0);
    ASSERT_GT(bytes, 0);
    program.resize(static_cast<std::size_t>(bytes) / sizeof(sock_filter));
    const auto has_it = [](const sock_filter& one) { return one.k == privsep::own_pid; };
    ASSERT_EQ(std::ranges::count_if(program, has_it), 1);
    EXPECT_EQ(std::ranges::find_if(program, has_it)->code, BPF_JMP | BPF_JEQ | BPF_K);
}

TEST(Filters, LetLocksWaitAndWakeOnly)
{
    const auto ends_by = [](int operation) {
        return status_behind_the_filter([operation] {
            int lock = 1;
            const timespec no_time{};
            ::syscall(SYS_futex, &lock, operation, 0, &no_time, nullptr, ~0U);
            return 0;
        });
    };
    for (const int operation :
         {FUTEX_WAIT, FUTEX_WAKE, FUTEX_WAIT_PRIVATE, FUTEX_WAKE_PRIVATE, FUTEX_WAIT_BITSET_PRIVATE,
          FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME}) {
        EXPECT_EQ(ends_by(operation), 0) << operation;
    }
    for (const int operation :
         {FUTEX_LOCK_PI, FUTEX_TRYLOCK_PI_PRIVATE, FUTEX_CMP_REQUEUE_PI, FUTEX_WAKE_OP}) {
        EXPECT_TRUE(WIFSIGNALED(ends_by(operation))) << operation;
    }
}

} // namespace
