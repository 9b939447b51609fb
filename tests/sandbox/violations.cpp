// Violates each child's filter call by call, in the real process.
#include <algorithm>
#include <asm/unistd.h>
#include <csignal>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "tests/sandbox/lists.h"
#include "tests/sandbox/locked_child.h"
#include "tests/support/certificate.h"
#include "tests/support/daemon.h"

namespace
{

using sandbox::Call;
using sandbox::Fate;
using sandbox::LockedChild;
using sandbox::Named;

class Sandbox : public testing::TestWithParam<const char*>
{
protected:
    static Fate fate_of(const Call& call)
    {
        const LockedChild child{GetParam()};
        return sandbox::issue(child.pid(), sandbox::in_process(call, child.pid()));
    }
    static void expect(Fate fate, const std::string& what, const Call& call)
    {
        EXPECT_EQ(to_text(fate_of(call)), to_text(fate)) << GetParam() << ": " << what;
    }
    static void expect_killed(const std::string& what, const Call& call) { expect(Fate::killed, what, call); }
    static std::vector<privsep::Syscall> list() { return sandbox::list_of(GetParam()); }
    void TearDown() override { testing::internal::GetCapturedStderr(); }
    void SetUp() override { testing::internal::CaptureStderr(); } // the logs of some thousand children
};

/// The children that keep running.
class SandboxOfChild : public Sandbox
{
};

TEST_P(Sandbox, KillsAtEveryCallThatIsNotOnTheList)
{
    constexpr int uretprobe = 335; // bypasses every filter, and ends with SIGILL
    for (const Named& one : sandbox::unlisted(list())) {
        expect_killed(one.name, one.call);
    }
    expect(Fate::illegal, "uretprobe", {uretprobe});
}

// A future libc tries calls that this build does not know, and falls back to others.
TEST_P(Sandbox, ReturnsEnosysForCallsThatAreNewerThanTheBuild)
{
    for (const Named& one : sandbox::newer_than_the_build()) {
        expect(Fate::unknown, one.name, one.call);
    }
}

// Numbers on the list must not work for other architectures: x32 and i386 have tables of their own.
TEST_P(Sandbox, KillsAtEveryCallOfAnotherArchitecture)
{
    for (const Named& one : sandbox::foreign()) {
        expect_killed(one.name, one.call);
    }
}

// Each bit that a rule checks is inverted alone.
TEST_P(Sandbox, KillsAtEveryForbiddenBitOfAnArgument)
{
    for (const Named& one : sandbox::violations_of(list())) {
        expect_killed(one.name, one.call);
    }
}

// In a child restart_syscall(2) would wait; system/waiting.cpp tests it.
TEST_P(Sandbox, AllowsTheList)
{
    for (const Named& one : sandbox::uses_of(list())) {
        if (one.call.number != __NR_restart_syscall) {
            expect(Fate::returned, one.name, one.call);
        }
    }
    expect(Fate::returned, "exit_group", {__NR_exit_group, {0}});
}

TEST_P(Sandbox, NeverMakesMemoryExecutable)
{
    constexpr std::uint64_t page = 4096;
    constexpr std::uint64_t anonymous = MAP_PRIVATE | MAP_ANONYMOUS;
    constexpr auto nothing = static_cast<std::uint64_t>(-1);
    expect(Fate::returned, "mmap", {__NR_mmap, {0, page, PROT_READ | PROT_WRITE, anonymous, nothing, 0}});
    expect_killed("mmap PROT_EXEC", {__NR_mmap, {0, page, PROT_READ | PROT_EXEC, anonymous, nothing, 0}});
    expect_killed("mmap W and X", {__NR_mmap, {0, page, PROT_WRITE | PROT_EXEC, anonymous, nothing, 0}});
    expect_killed("mmap of a file", {__NR_mmap, {0, page, PROT_READ, MAP_PRIVATE, 3, 0}});
    constexpr std::uint64_t droppable = 0x8; // MAP_DROPPABLE, Linux 6.11: glibc 2.41 uses it
    for (const std::uint64_t flags :
         {droppable, std::uint64_t{MAP_SHARED}, std::uint64_t{MAP_PRIVATE | MAP_FIXED_NOREPLACE}}) {
        expect(Fate::returned, "mmap with other flags",
               {__NR_mmap, {0, page, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, nothing, 0}});
        expect_killed("and with PROT_EXEC",
                      {__NR_mmap, {0, page, PROT_READ | PROT_EXEC, flags | MAP_ANONYMOUS, nothing, 0}});
    }
    expect_killed("mprotect PROT_EXEC", {__NR_mprotect, {0, page, PROT_READ | PROT_EXEC}});
    // the kernel uses 32 bits: bits above them must not hide others
    expect_killed("mprotect with high bits", {__NR_mprotect, {0, page, (1ULL << 32) | PROT_EXEC}});
}

TEST_P(Sandbox, PinsArguments)
{
    expect_killed("tgkill with another signal", {__NR_tgkill, {1, 1, SIGKILL}});
    expect_killed("a handler for another signal", {__NR_rt_sigaction, {SIGSEGV}});
    expect_killed("a descriptor taken on another channel", {__NR_recvmsg, {6, 0, MSG_CMSG_CLOEXEC}});
    expect_killed("waiting on another epoll", {__NR_epoll_wait, {99, 0, 0, 0}});
    expect_killed("madvise", {__NR_madvise, {0, 4096, MADV_DONTDUMP}});
    if (GetParam() == std::string{"keeper"}) {
        expect_killed("pwrite64 elsewhere", {__NR_pwrite64, {STDERR_FILENO, 0, 0, 0}});
        expect_killed("fdatasync elsewhere", {__NR_fdatasync, {STDERR_FILENO}});
        expect_killed("ftruncate elsewhere", {__NR_ftruncate, {STDERR_FILENO, 0}});
        expect_killed("write to the state", {__NR_write, {6, 0, 0}});
    } else {
        expect_killed("accept4 without CLOEXEC", {__NR_accept4, {6, 0, 0, SOCK_NONBLOCK}});
        expect_killed("a message with a destination", {__NR_sendto, {6, 0, 0, MSG_NOSIGNAL, 4096, 16}});
    }
}

// The supervisor logs the call if the kernel's log has it, and starts another child.
TEST_P(SandboxOfChild, TheSupervisorLogsTheRefusedCallAndContinues)
{
    const support::Certificate certificate;
    support::DaemonStart start;
    start.config =
        support::server_config() + certificate.section() + "[metrics]\nport = 0\n" + support::sample_hosts();
    support::Daemon daemon{start};
    const pid_t pid = daemon.child(GetParam()).value();
    ASSERT_EQ(sandbox::issue(pid, {__NR_socket, {AF_INET, SOCK_STREAM, 0}}), Fate::killed);
    EXPECT_TRUE(daemon.logs(std::string{GetParam()} + " (pid " + std::to_string(pid) +
                            ") was killed by signal 31 (Bad system call): its filter refuses "));
    EXPECT_TRUE(daemon.logs(" serves"));
    EXPECT_EQ(daemon.update("hostname=home.dyn.example.org&token=secret&ipv4=192.0.2.1"), "200 ok updated");
    EXPECT_EQ(daemon.dig("home.dyn.example.org", "A"), "192.0.2.1");
}

std::string name_of(const testing::TestParamInfo<const char*>& process)
{
    std::string name = process.param;
    std::ranges::replace(name, '-', '_'); // GoogleTest allows no other
    return name;
}

INSTANTIATE_TEST_SUITE_P(Of, Sandbox,
                         testing::Values("keeper", "updater", "responder", "reader", "updater-tls",
                                         "keyholder", "console"),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Of, SandboxOfChild,
                         testing::Values("keeper", "updater", "responder", "updater-tls", "keyholder",
                                         "console"),
                         name_of);

} // namespace
