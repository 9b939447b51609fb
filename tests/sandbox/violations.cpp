// Each child's filter, violated call by call in the real process.
#include <asm/unistd.h>
#include <csignal>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <seccomp.h>
#include <set>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "daemon/keeper/syscalls.h"
#include "daemon/responder/syscalls.h"
#include "daemon/updater/syscalls.h"
#include "tests/sandbox/locked_child.h"
#include "tests/support/daemon.h"

namespace
{

using sandbox::Call;
using sandbox::Entry;
using sandbox::Fate;
using sandbox::LockedChild;

constexpr int last_number = 470; // past the newest call that this kernel has

std::set<int> allowed(const std::string& name)
{
    std::set<int> numbers;
    const auto add = [&](const auto& table) {
        for (const privsep::Syscall& row : table) {
            numbers.insert(::seccomp_syscall_resolve_name(row.name));
        }
    };
    add(privsep::common_syscalls());
    if (name == "keeper") {
        add(keeper::syscalls(0));
    } else if (name == "updater") {
        add(updater::syscalls(0));
    } else {
        add(responder::syscalls(0));
    }
    return numbers;
}

// Two calls go past every filter since Linux 6.14 and 6.17; only the kernel's own trampolines can use them.
constexpr int uretprobe = 335; // from elsewhere: SIGILL
constexpr int uprobe = 336;    // from elsewhere: ENXIO

class Sandbox : public testing::TestWithParam<const char*>
{
protected:
    static Fate fate_of(const Call& call)
    {
        const LockedChild child{GetParam()};
        return sandbox::issue(child.pid(), call);
    }
    static void expect_killed(const std::string& what, const Call& call)
    {
        EXPECT_EQ(fate_of(call), Fate::killed) << GetParam() << ": " << what;
    }
};

TEST_P(Sandbox, KillsAtEveryCallThatIsNotOnTheList)
{
    const std::set<int> list = allowed(GetParam());
    for (int number = 0; number <= last_number; ++number) {
        if (number == uretprobe) {
            EXPECT_NE(fate_of({number}), Fate::returned);
        } else if (number != uprobe && list.count(number) == 0) {
            expect_killed("call " + std::to_string(number), {number});
        }
    }
}

// A number on the list is no way in through another door: x32 and i386 have tables of their own.
TEST_P(Sandbox, KillsAtEveryEntryOfAnotherArchitecture)
{
    for (const int number :
         {__NR_read, __NR_write, __NR_open, __NR_close, __NR_mmap, __NR_exit_group, __NR_execve}) {
        expect_killed("x32 call " + std::to_string(number), {number, {}, Entry::x32});
    }
    for (const int number :
         {1, 3, 4, 5, 11, 90, 102, 252}) { // exit, read, write, open, execve, mmap, socketcall …
        expect_killed("i386 call " + std::to_string(number), {number, {}, Entry::i386});
    }
}

TEST_P(Sandbox, LetsTheListPass)
{
    EXPECT_EQ(fate_of({__NR_clock_gettime, {99}}), Fate::returned);
    EXPECT_EQ(fate_of({__NR_munmap, {1}}), Fate::returned);
    EXPECT_EQ(fate_of({__NR_exit_group, {0}}), Fate::returned);
}

TEST_P(Sandbox, NeverMakesMemoryExecutable)
{
    constexpr std::uint64_t page = 4096;
    constexpr std::uint64_t anonymous = MAP_PRIVATE | MAP_ANONYMOUS;
    constexpr auto nothing = static_cast<std::uint64_t>(-1);
    EXPECT_EQ(fate_of({__NR_mmap, {0, page, PROT_READ | PROT_WRITE, anonymous, nothing, 0}}), Fate::returned);
    expect_killed("mmap PROT_EXEC", {__NR_mmap, {0, page, PROT_READ | PROT_EXEC, anonymous, nothing, 0}});
    expect_killed("mmap W and X", {__NR_mmap, {0, page, PROT_WRITE | PROT_EXEC, anonymous, nothing, 0}});
    expect_killed("mmap of a file", {__NR_mmap, {0, page, PROT_READ, MAP_PRIVATE, 3, 0}});
    expect_killed("mmap shared", {__NR_mmap, {0, page, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, nothing, 0}});
    expect_killed("mprotect PROT_EXEC", {__NR_mprotect, {0, page, PROT_READ | PROT_EXEC}});
    // the kernel looks at 32 bits: what stands above them must not hide a bit
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

// The supervisor names the call where the kernel's log does, and starts another child.
TEST_P(Sandbox, TheSupervisorSaysWhatWasRefusedAndGoesOn)
{
    support::Daemon daemon;
    const pid_t pid = daemon.child(GetParam()).value();
    ASSERT_EQ(sandbox::issue(pid, {__NR_socket, {AF_INET, SOCK_STREAM, 0}}), Fate::killed);
    EXPECT_TRUE(daemon.logs(std::string{GetParam()} + " (pid " + std::to_string(pid) +
                            ") was killed by signal 31 (Bad system call): it was refused the system call "));
    EXPECT_TRUE(daemon.logs(" serves; walls"));
    EXPECT_EQ(daemon.update("hostname=home.dyn.example.org&token=secret&ipv4=192.0.2.1"), "200 ok updated");
    EXPECT_EQ(daemon.dig("home.dyn.example.org", "A"), "192.0.2.1");
}

INSTANTIATE_TEST_SUITE_P(Of, Sandbox, testing::Values("keeper", "updater", "responder"),
                         [](const auto& name) { return name.param; });

} // namespace
