// No other process of the same user may trace the daemon, and a trial needs no CAP_KILL to stop its children.
#include <cerrno>
#include <gtest/gtest.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/daemon.h"

namespace
{

constexpr uid_t nobody = 65534;

// These run between fork and exec.

void lose(cap_value_t capability)
{
    if (::cap_drop_bound(capability) != 0) { // after exec, root has the bounding set's capabilities
        ::_exit(1);
    }
}

/// Whether a process of this user, without a capability, may trace `pid`.
bool may_trace(uid_t user, pid_t pid)
{
    const pid_t tracer = ::fork();
    if (tracer == 0) {
        const bool is_user = ::setresgid(user, user, user) == 0 && ::setresuid(user, user, user) == 0;
        ::_exit(!is_user ? 2 : ::ptrace(PTRACE_SEIZE, pid, nullptr, 0) == 0 ? 1 : 0);
    }
    int status = -1;
    EXPECT_EQ(::waitpid(tracer, &status, 0), tracer);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) < 2) << status;
    return status != 0;
}

class Tracing : public testing::TestWithParam<bool>
{
};

// With and without a user namespace of the daemon's user, who has all capabilities in it.
TEST_P(Tracing, OfTheDaemonIsRefusedToOtherProcessesOfItsUser)
{
    support::DaemonStart start;
    start.config = support::server_config("user = nobody\n") + support::sample_hosts();
    start.before_exec = [] {
        if (GetParam()) {
            lose(CAP_SYS_ADMIN);
        }
    };
    support::Daemon daemon{start};
    EXPECT_FALSE(may_trace(nobody, daemon.process().pid()));
    for (const pid_t child : daemon.children()) {
        EXPECT_FALSE(may_trace(nobody, child)) << support::read_proc(child, "comm");
    }
}

INSTANTIATE_TEST_SUITE_P(Rights, Tracing, testing::Bool(), [](const auto& test) {
    return test.param ? "WithAUserNamespace" : "WithoutAUserNamespace";
});

TEST(TrialWithFewRights, NeedsNoCapKillAndLeavesNoProcess)
{
    ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); // processes that a trial leaves become children of the test
    const support::Folder folder;
    support::write_file(folder / "c.conf", support::server_config() + support::sample_hosts());
    const auto result = support::run(
        support::Start{{support::installation() + "/bin/nanodnsd", "-n", "-c", folder / "c.conf"}, {}, [] {
                           lose(CAP_KILL);
                       }});
    EXPECT_EQ(result.status, 0) << result.output;
    EXPECT_TRUE(support::eventually([] { return ::waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD; }));
    ::prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
}

} // namespace
