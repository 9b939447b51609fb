// Violates the supervisor's filter call by call. The real supervisor of a running daemon is made to start
// a copy, which has the same filter and issues the call.
#include <asm/unistd.h>
#include <csignal>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "privsep/child.h"
#include "tests/sandbox/lists.h"
#include "tests/support/daemon.h"

namespace
{

using sandbox::Debugger;
using sandbox::Fate;
using sandbox::Named;
using support::Daemon;

class SupervisorSandbox : public testing::Test
{
protected:
    void expect_killed(const std::vector<Named>& calls) { expect(Fate::killed, calls); }
    void expect(Fate fate, const std::vector<Named>& calls)
    {
        Debugger debugger{daemon_.process().pid()};
        for (const Named& one : calls) {
            EXPECT_EQ(to_text(debugger.fate_of_copy(one.call)), to_text(fate)) << one.name;
        }
    }
    /// The copies must not affect the supervisor.
    void expect_to_serve()
    {
        EXPECT_EQ(daemon_.update("hostname=home.dyn.example.org&token=secret&ipv4=192.0.2.1").substr(0, 6),
                  "200 ok");
        daemon_.replace("keeper", SIGKILL);
        EXPECT_EQ(daemon_.dig("home.dyn.example.org", "A"), "192.0.2.1");
        EXPECT_EQ(daemon_.stop(), 0);
    }

    const std::vector<privsep::Syscall> list_ = sandbox::list_of("supervisor");
    Daemon daemon_;
};

TEST_F(SupervisorSandbox, KillsAtEveryCallThatIsNotOnTheList)
{
    expect_killed(sandbox::unlisted(list_));
    expect_to_serve();
}

TEST_F(SupervisorSandbox, ReturnsEnosysForCallsThatAreNewerThanTheBuild)
{
    expect(Fate::unknown, sandbox::newer_than_the_build());
    expect_to_serve();
}

TEST_F(SupervisorSandbox, KillsAtEveryCallOfAnotherArchitecture)
{
    expect_killed(sandbox::foreign());
}

TEST_F(SupervisorSandbox, KillsAtEveryForbiddenBitOfAnArgument)
{
    expect_killed(sandbox::violations_of(list_));
}

TEST_F(SupervisorSandbox, AllowsTheList)
{
    expect(Fate::returned, sandbox::uses_of(list_));
    expect_to_serve();
}

// no new socket except a socketpair, no file for writing, no way to run an arbitrary program
TEST_F(SupervisorSandbox, CannotOpenASocketOrAFileOrRunAnArbitraryProgram)
{
    const auto here = static_cast<std::uint64_t>(AT_FDCWD);
    expect_killed({
        {"a socket", {__NR_socket, {AF_INET, SOCK_DGRAM, 0}}},
        {"a pair of another family", {__NR_socketpair, {AF_INET, SOCK_STREAM, 0, 0}}},
        {"connect", {__NR_connect, {3, 0, 0}}},
        {"a message to an address", {__NR_sendto, {3, 0, 0, MSG_NOSIGNAL, 4096, 16}}},
        {"open", {__NR_open, {0, O_RDONLY}}},
        {"for writing", {__NR_openat, {here, 0, O_WRONLY}}},
        {"for both", {__NR_openat, {here, 0, O_RDWR}}},
        {"making", {__NR_openat, {here, 0, O_RDONLY | O_CREAT}}},
        {"emptying", {__NR_openat, {here, 0, O_RDONLY | O_TRUNC}}},
        {"openat2", {__NR_openat2, {here}}},
        {"execve", {__NR_execve, {}}},
        {"a program by its path", {__NR_execveat, {here, 0, 0, 0, 0}}},
        {"a thread", {__NR_clone, {CLONE_VM | CLONE_THREAD | CLONE_SIGHAND}}},
        {"a user namespace", {__NR_clone, {CLONE_NEWUSER | SIGCHLD}}},
        {"clone3", {__NR_clone3, {}}},
        {"W and X", {__NR_mmap, {0, 4096, PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS}}},
        {"shared memory of a file", {__NR_mmap, {0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED}}},
        {"a page of counters with code",
         {__NR_mmap, {0, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, privsep::counters_fd}}},
        {"W and X later", {__NR_mprotect, {0, 4096, PROT_WRITE | PROT_EXEC}}},
        {"to be dumpable again", {__NR_prctl, {PR_SET_DUMPABLE, 1}}},
        {"an ambient capability", {__NR_prctl, {PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 0}}},
        {"to keep capabilities", {__NR_prctl, {PR_SET_KEEPCAPS, 1}}},
    });
}

} // namespace
