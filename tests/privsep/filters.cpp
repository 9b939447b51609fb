// What becomes of a call behind a filter. Each is made by a process of its own.
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

/// How a process ends that enters the filter and then exits with what `work` returns: its wait status.
int end_behind_the_filter(const std::function<int()>& work)
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
    const int status = end_behind_the_filter([number] {
        ::syscall(number, 0, 0, 0, 0, 0, 0);
        return 0;
    });
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
}

/// The error, 0 if there is none.
int error_of(long number)
{
    const int status =
        end_behind_the_filter([number] { return ::syscall(number, 0, 0, 0, 0, 0, 0) == -1 ? errno : 0; });
    EXPECT_TRUE(WIFEXITED(status)) << "call " << number << ": wait status " << status;
    return WEXITSTATUS(status);
}

const long newest = std::max(privsep::known_calls);

TEST(Filters, AllowWhatIsListedAndKillAtWhatIsKnownAndNotListed)
{
    EXPECT_EQ(error_of(SYS_getppid), 0);
    EXPECT_TRUE(is_killed_at(SYS_getpgid));
    EXPECT_TRUE(is_killed_at(newest));
}

TEST(Filters, SayOfCallsThatAreNewerThanTheBuildThatThereAreNone)
{
    EXPECT_EQ(error_of(newest + 1), ENOSYS);
    EXPECT_EQ(error_of(newest + 1000), ENOSYS);
}

TEST(Filters, KillAtNumbersThatAreOfAnotherTable)
{
    EXPECT_TRUE(is_killed_at(0x40000000 | SYS_getppid)); // x32
    EXPECT_TRUE(is_killed_at(-2));
#ifdef __arm__
    EXPECT_TRUE(is_killed_at(0xF0006)); // ARM's private range
#endif
#ifdef __i386__
    EXPECT_TRUE(is_killed_at(SYS_socketcall)); // its arguments are out of sight
    EXPECT_TRUE(is_killed_at(SYS_mmap));
#endif
}

// Whatever libc is, and whatever it asks the kernel for to do this.
TEST(Filters, LetLibcDoWhatItDoesOfItsOwnAccord)
{
    const int status = end_behind_the_filter([] {
        std::array<char, 300> random{};
        const bool has_random = ::getrandom(random.data(), random.size(), 0) == ssize_t{random.size()};
        const auto large = std::make_unique<std::array<char, 1 << 20>>();
        timespec now{};
        const bool has_time = ::clock_gettime(CLOCK_BOOTTIME, &now) == 0;
        return has_random && large && has_time && std::time(nullptr) > 0 ? 0 : 1;
    });
    EXPECT_EQ(status, 0);
}

TEST(Filters, LetAProcessAbort)
{
    const int status = end_behind_the_filter([] {
        std::abort();
        return 0;
    });
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT) << status;
}

} // namespace
