// The effect of a filter on system calls. Each call is made by a process of its own.
#include "privsep/filters.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <functional>
#include <gtest/gtest.h>
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

} // namespace
