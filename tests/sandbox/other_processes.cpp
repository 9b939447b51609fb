// Calls that name another process, from each process of the daemon. The filter refuses them before the kernel
// looks at anything else, so the result does not depend on Landlock, which refuses signals since Linux 6.12.
#include <asm/unistd.h>
#include <csignal>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/sandbox/lists.h"
#include "tests/sandbox/locked_child.h"
#include "tests/support/daemon.h"

namespace
{

using sandbox::Debugger;
using sandbox::Fate;
using sandbox::LockedChild;
using sandbox::Named;

/// For each way to act on the process `pid`.
std::vector<Named> attacks_on(pid_t pid)
{
    const auto it = static_cast<std::uint64_t>(pid);
    constexpr std::uint64_t page = 4096;
    constexpr std::uint64_t pi_lock = 6;     // FUTEX_LOCK_PI
    constexpr std::uint64_t sched_core = 62; // PR_SCHED_CORE
    constexpr std::uint64_t set_owner = 8;   // F_SETOWN
    return {
        {"kill", {__NR_kill, {it, SIGKILL}}},
        {"kill, its group", {__NR_kill, {static_cast<std::uint64_t>(-pid), SIGKILL}}},
        {"kill, all", {__NR_kill, {static_cast<std::uint64_t>(-1), SIGTERM}}},
        {"tkill", {__NR_tkill, {it, SIGABRT}}},
        {"tgkill with another signal", {__NR_tgkill, {it, it, SIGKILL}}},
        {"rt_sigqueueinfo", {__NR_rt_sigqueueinfo, {it, SIGKILL, page}}},
        {"rt_tgsigqueueinfo", {__NR_rt_tgsigqueueinfo, {it, it, SIGKILL, page}}},
        {"pidfd_open", {__NR_pidfd_open, {it, 0}}},
        {"pidfd_send_signal to a group", {__NR_pidfd_send_signal, {3, SIGKILL, 0, 4}}},
        {"pidfd_getfd", {__NR_pidfd_getfd, {3, 3, 0}}},
        {"prlimit64", {__NR_prlimit64, {it, RLIMIT_CPU, 0, page}}},
        {"setpriority", {__NR_setpriority, {PRIO_PROCESS, it, 19}}},
        {"ioprio_set", {__NR_ioprio_set, {1, it, 0}}},
        {"sched_setscheduler", {__NR_sched_setscheduler, {it, 5, page}}},
        {"sched_setaffinity", {__NR_sched_setaffinity, {it, 8, page}}},
        {"sched_setattr", {__NR_sched_setattr, {it, page, 0}}},
        {"setpgid", {__NR_setpgid, {it, 0}}},
        {"ptrace", {__NR_ptrace, {16, it}}},
        {"process_vm_readv", {__NR_process_vm_readv, {it, page, 1, page, 1, 0}}},
        {"process_vm_writev", {__NR_process_vm_writev, {it, page, 1, page, 1, 0}}},
        {"process_madvise", {__NR_process_madvise, {3, page, 1, 20, 0}}},
        {"migrate_pages", {__NR_migrate_pages, {it, 1, page, page}}},
        {"move_pages", {__NR_move_pages, {it, 1, page, page, page, 0}}},
        {"kcmp", {__NR_kcmp, {it, it, 0, 0, 0}}},
        {"get_robust_list", {__NR_get_robust_list, {it, page, page}}},
        {"perf_event_open", {__NR_perf_event_open, {page, it, 0, 0, 0}}},
        {"a signal of the kernel's", {__NR_fcntl, {3, set_owner, it}}},
        {"a lock that raises its priority", {__NR_futex, {page, pi_lock}}},
        {"prctl", {__NR_prctl, {sched_core, 2, it}}},
        {"a listener for calls", {__NR_seccomp, {1, 8, page}}},
    };
}

Named abort_of(pid_t pid)
{
    const auto it = static_cast<std::uint64_t>(pid);
    return {"tgkill", {__NR_tgkill, {it, it, SIGABRT}}};
}

bool lives(pid_t pid)
{
    return ::kill(pid, 0) == 0;
}

class OtherProcesses : public testing::TestWithParam<const char*>
{
protected:
    void TearDown() override { testing::internal::GetCapturedStderr(); }
    void SetUp() override { testing::internal::CaptureStderr(); } // the logs of many children
};

TEST_P(OtherProcesses, AreOutOfAChildsReach)
{
    const LockedChild sibling{"responder"};
    for (const pid_t other : {sibling.pid(), ::getpid()}) { // this process is its supervisor
        std::vector<Named> calls = attacks_on(other);
        calls.push_back(abort_of(other));
        for (const Named& one : calls) {
            const LockedChild child{GetParam()};
            EXPECT_EQ(to_text(sandbox::issue(child.pid(), one.call)), "killed") << one.name;
        }
    }
    EXPECT_TRUE(sibling.lives());
}

// As abort(3) does.
TEST_P(OtherProcesses, AreNoneForAChildThatAborts)
{
    const LockedChild child{GetParam()};
    {
        Debugger debugger{child.pid()};
        const auto it = static_cast<std::uint64_t>(child.pid());
        debugger.issue(__NR_tgkill, {it, it, SIGABRT, 0, 0, 0});
    }
    siginfo_t death{};
    ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child.pid()), &death, WEXITED | WNOWAIT), 0);
    EXPECT_EQ(death.si_status, SIGABRT);
}

INSTANTIATE_TEST_SUITE_P(Of, OtherProcesses, testing::Values("keeper", "updater", "responder", "reader"));

// tgkill(2) with SIGABRT is left: its children inherit its filter, and abort(3) must work in them.
TEST(OtherProcessesOfTheSupervisor, AreOutOfItsReach)
{
    support::Daemon daemon;
    const pid_t other = daemon.child("keeper").value();
    {
        Debugger debugger{daemon.process().pid()};
        for (const Named& one : attacks_on(other)) {
            EXPECT_EQ(to_text(debugger.fate_of_copy(one.call)), "killed") << one.name;
        }
    }
    EXPECT_TRUE(lives(other));
    EXPECT_EQ(daemon.child("keeper"), other);
}

// A child that aborts under both filters, its own and its supervisor's.
TEST(OtherProcessesOfTheSupervisor, AreNoneForAChildThatAborts)
{
    support::Daemon daemon;
    const pid_t pid = daemon.child("responder").value();
    {
        Debugger debugger{pid};
        const auto it = static_cast<std::uint64_t>(pid);
        debugger.issue(__NR_tgkill, {it, it, SIGABRT, 0, 0, 0});
    }
    EXPECT_TRUE(daemon.logs("responder (pid " + std::to_string(pid) + ") was killed by signal 6 (Aborted)"))
        << daemon.process().output();
}

} // namespace
