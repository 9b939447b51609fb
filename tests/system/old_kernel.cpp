// The daemon as on Linux 5.10, which has no Landlock, and in a container that refuses clone3(2).
#include <cerrno>
#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/support/daemon.h"
#include "tests/support/old_kernel.h"

namespace
{

using support::Daemon;
using support::DaemonStart;
using testing::HasSubstr;
using testing::Not;

// Not in all headers.
constexpr long landlock_create_ruleset_number = 444;
constexpr long clone3_number = 435;
constexpr long close_range_number = 436;
constexpr int set_mdwe = 65;
constexpr unsigned cloexec_of_close_range = 4;
constexpr int droppable = 0x08;

void become_old()
{
    if (!support::pretend_old_kernel()) {
        ::_exit(1);
    }
}

void become_old_and_an_ordinary_user()
{
    support::become_ordinary();
    become_old();
}

/// Start, query, update, death, reload and stop. Returns the log.
std::string serve_as(const std::function<void()>& before_exec)
{
    DaemonStart start;
    start.before_exec = before_exec;
    Daemon daemon{start};
    const std::string update = "hostname=home.dyn.example.org&token=secret&ipv4=192.0.2.";
    EXPECT_EQ(daemon.update(update + "1"), "200 ok updated");
    EXPECT_EQ(daemon.dig("home.dyn.example.org", "A"), "192.0.2.1");
    EXPECT_TRUE(daemon.reload());
    EXPECT_EQ(daemon.dig("home.dyn.example.org", "A", true), "192.0.2.1");
    EXPECT_TRUE(support::eventually([&] { return daemon.all_of("responder").size() == 1; }));
    for (const char* name : {"responder", "updater", "keeper"}) {
        daemon.replace(name, SIGKILL);
    }
    EXPECT_EQ(daemon.update(update + "2"), "200 ok updated");
    EXPECT_EQ(daemon.dig("home.dyn.example.org", "A"), "192.0.2.2");
    EXPECT_EQ(daemon.stop(), 0);
    return daemon.process().output();
}

TEST(OldKernel, RefusesCallsNewerThan510)
{
    const auto heard = [](long result) { return result == -1 ? errno : 0; };
    EXPECT_EXIT(
        {
            become_old();
            const bool is_old =
                heard(::syscall(landlock_create_ruleset_number, nullptr, 0, 1U)) == ENOSYS &&
                heard(::syscall(clone3_number, nullptr, 0)) == ENOSYS &&
                heard(::prctl(set_mdwe, 1, 0, 0, 0)) == EINVAL &&
                heard(::syscall(close_range_number, 1000U, ~0U, cloexec_of_close_range)) == EINVAL &&
                heard(::syscall(close_range_number, 1000U, ~0U, 0)) == 0 &&
                ::mmap(nullptr, 1, PROT_READ, droppable | MAP_ANONYMOUS, -1, 0) == MAP_FAILED &&
                heard(::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)) == 0;
            ::_exit(is_old ? 0 : 1);
        },
        testing::ExitedWithCode(0), "");
}

TEST(OldKernel, LauncherExecutesItsArguments)
{
    const support::Result done =
        support::run({OLD_KERNEL, "/bin/sh", "-c", "grep '^Seccomp:' /proc/self/status"});
    EXPECT_EQ(done.status, 0);
    EXPECT_THAT(done.output, HasSubstr("Seccomp:\t2"));
}

TEST(OldKernel, RootsDaemonWorks)
{
    const std::string said = serve_as(become_old);
    EXPECT_THAT(said, Not(HasSubstr("signal 31"))) << said;
}

TEST(OldKernel, AnOrdinaryUsersDaemonWorks)
{
    const std::string said = serve_as(become_old_and_an_ordinary_user);
    EXPECT_THAT(said, Not(HasSubstr("signal 31"))) << said;
}

} // namespace
