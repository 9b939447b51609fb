// `nanodnsd -n` tries all processes behind their filters, and finds a filter that does not fit.
#include <csignal>
#include <filesystem>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/daemon.h"

namespace
{

using testing::HasSubstr;
using testing::Not;

/// Makes every program load `library` first: in a new mount namespace, with an overlay over /etc.
void preload(const std::string& library, const std::string& above)
{
    const std::string layers = "lowerdir=/etc,upperdir=" + above + "/upper,workdir=" + above + "/work";
    if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("above", above.c_str(), "tmpfs", 0, nullptr) != 0 ||
        ::mkdir((above + "/upper").c_str(), 0755) != 0 || ::mkdir((above + "/work").c_str(), 0755) != 0 ||
        ::mount("etc", "/etc", "overlay", 0, layers.c_str()) != 0) {
        ::_exit(1);
    }
    support::write_file("/etc/ld.so.preload", library + "\n");
}

class Trial : public testing::Test
{
protected:
    Trial() { support::write_file(config_, support::server_config() + "[@home]\ntoken = secret\n"); }

    support::Start check() const
    {
        return {{support::installation() + "/bin/nanodnsd", "-n", "-c", config_}, {}};
    }

    support::Result check_after(const std::function<void()>& before_exec) const
    {
        support::Start start = check();
        start.before_exec = before_exec;
        return support::run(start);
    }

    /// With `library` loaded first by every program, after `more` in the new process.
    support::Result check_with(
        const char* library, const std::function<void()>& more = [] {})
    {
        support::Start start = check();
        const std::string above = folder_ / "above";
        EXPECT_EQ(::mkdir(above.c_str(), 0755), 0);
        start.before_exec = [&] {
            preload(library, above);
            more();
        };
        return support::run(start);
    }

    void serve_https()
    {
        support::run({"openssl", "req", "-x509", "-nodes", "-subj", "/CN=x", "-newkey", "ed25519", "-keyout",
                      folder_ / "key", "-out", folder_ / "chain"});
        support::write_file(config_, support::read_file(config_) + "[https]\ncertificate = " +
                                         (folder_ / "chain") + "\nkey = " + (folder_ / "key") + "\n");
    }

    support::Folder folder_;
    std::string config_ = folder_ / "nanodnsd.conf";
};

/// A new network namespace, whose loopback device is down.
void leave_the_network()
{
    if (::unshare(CLONE_NEWNET) != 0) {
        ::_exit(1);
    }
}

/// A new mount namespace, where /proc is empty.
void leave_proc()
{
    if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("none", "/proc", "tmpfs", 0, nullptr) != 0) {
        ::_exit(1);
    }
}

void have_ptrace_refused()
{
    const scmp_filter_ctx filter = ::seccomp_init(SCMP_ACT_ALLOW);
    if (filter == nullptr || ::seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0) != 0 ||
        ::seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ptrace), 0) != 0 ||
        ::seccomp_load(filter) != 0) {
        ::_exit(1);
    }
}

TEST_F(Trial, StartsAsksAndStopsAllProcesses)
{
    const auto result = support::run(check());
    EXPECT_EQ(result.status, 0) << result.output;
    EXPECT_THAT(result.output,
                HasSubstr("trial: all processes start, answer and stop under their filters\n"));
}

// Also without [control] and [metrics]: a service manager may pass their sockets.
TEST_F(Trial, TriesTheConsole)
{
    std::filesystem::copy(support::installation(), folder_ / "copy",
                          std::filesystem::copy_options::recursive);
    std::filesystem::copy_file("/bin/false", folder_ / "copy/libexec/nanodnsd/console",
                               std::filesystem::copy_options::overwrite_existing);
    const auto result = support::run({folder_ / "copy/bin/nanodnsd", "-n", "-c", config_});
    EXPECT_EQ(result.status, 1) << result.output;
    EXPECT_THAT(result.output, HasSubstr("the trial failed: it does not start"));
    EXPECT_THAT(result.output, HasSubstr("console (pid "));
}

// It begins a handshake, which the keyholder signs.
TEST_F(Trial, TriesTheProcessesOfHttpsIfTheConfigHasIt)
{
    serve_https();
    const auto result = support::run(check());
    EXPECT_EQ(result.status, 0) << result.output;
    EXPECT_THAT(result.output, HasSubstr("all processes start, answer and stop"));
}

TEST_F(Trial, NeedsNoPtrace)
{
    const auto result = check_after(have_ptrace_refused);
    EXPECT_EQ(result.status, 0) << result.output;
}

TEST_F(Trial, NeedsNoNetwork)
{
    const auto result = check_after(leave_the_network);
    EXPECT_EQ(result.status, 0) << result.output;
    EXPECT_THAT(result.output, HasSubstr("no network, so no queries were sent\n"));
}

TEST_F(Trial, NeedsNoProc)
{
    const auto result = check_after(leave_proc);
    EXPECT_EQ(result.status, 0) << result.output;
    EXPECT_THAT(result.output, HasSubstr("trial: all processes start, answer and stop"));
}

TEST_F(Trial, DoesNotTalkToTheServiceManager)
{
    support::Start start = check();
    start.environment = {"NOTIFY_SOCKET=@nobody-hears-it", "LISTEN_FDS=x", "LISTEN_PID=1", "WATCHDOG_USEC=x"};
    const auto result = support::run(start);
    EXPECT_EQ(result.status, 0) << result.output;
}

TEST_F(Trial, DoesNotRunIfTheConfigHasErrors)
{
    support::write_file(config_, "[server]\n");
    const auto result = support::run(check());
    EXPECT_EQ(result.status, 6);
    EXPECT_THAT(result.output, Not(HasSubstr("trial")));
}

TEST_F(Trial, DoesNotRunIfThereIsNoSuchUser)
{
    support::write_file(config_, support::server_config("user = no-such-user\n") + support::sample_hosts());
    const auto result = support::run(check());
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.output, HasSubstr("there is no user 'no-such-user'"));
    EXPECT_THAT(result.output, Not(HasSubstr("trial")));
}

// If the daemon may not read the kernel's log, its message says how to find the name of the call.
TEST(RefusedCall, IsReportedWithTheTrialIfTheKernelsLogCannotBeRead)
{
    support::DaemonStart start;
    start.before_exec = support::become_ordinary;
    support::Daemon daemon{start};
    ::kill(daemon.child("updater").value(), SIGSYS); // as the kill of a filter looks
    EXPECT_TRUE(daemon.logs("was killed by signal 31 (Bad system call): its filter refuses a system call; "
                            "'nanodnsd -n' prints which one"));
}

/// A future libc: its epoll_wait(3), or its start, makes a system call that no filter allows.
class TrialWithAnotherLibc : public Trial, public testing::WithParamInterface<const char*>
{
};

TEST_P(TrialWithAnotherLibc, NamesTheCallThatAFilterRefuses)
{
    const auto result = check_with(GetParam());
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.output, HasSubstr("trial: refused getpgid of process "));
    EXPECT_THAT(result.output, HasSubstr("a filter does not fit the libc or the kernel of this system"));
}

TEST_P(TrialWithAnotherLibc, SaysWhereToFindTheCallIfPtraceIsRefused)
{
    const auto result = check_with(GetParam(), have_ptrace_refused);
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.output, HasSubstr("ptrace(2) is refused here, so the system call is not known"));
}

TEST_P(TrialWithAnotherLibc, NamesTheProcessesOfHttps)
{
    serve_https();
    const auto result = check_with(GetParam());
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.output, HasSubstr("updater-tls (pid "));
    EXPECT_THAT(result.output, HasSubstr("keyholder (pid "));
}

/// With a libcrypto whose keyholder does something else (preload/other_libcrypto.cpp).
class TrialWithAnotherLibcrypto : public Trial
{
protected:
    TrialWithAnotherLibcrypto() { serve_https(); }
};

TEST_F(TrialWithAnotherLibcrypto, FailsIfNoHandshakeIsSigned)
{
    const support::Result result = check_with(LIBCRYPTO_THAT_IS_REFUSED_A_CALL);
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.output, HasSubstr("the trial failed: a handshake of TLS is not answered"));
    EXPECT_THAT(result.output, HasSubstr("trial: refused getpgid of process "));
    EXPECT_THAT(result.output, Not(testing::ContainsRegex("fd/[0-9]+: the certificate")));
}

// As if the first signature came too late: updater-tls waits a second for it.
TEST_F(TrialWithAnotherLibcrypto, RepeatsAHandshakeThatIsNotSigned)
{
    const support::Result result = check_with(LIBCRYPTO_THAT_FAILS_ONCE);
    EXPECT_EQ(result.status, 0) << result.output;
}

TEST_F(TrialWithAnotherLibcrypto, NeedsACertificate)
{
    const support::Result result = check_with(LIBCRYPTO_THAT_MAKES_NO_CERTIFICATE);
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.output, HasSubstr("nanodnsd: cannot make a certificate for the trial\n"));
    EXPECT_THAT(result.output, Not(HasSubstr("trial failed")));
}

TEST(PairForTrial, IsNotMadeIfItCannotBeWritten)
{
    const std::string keyholder = support::installation() + "/libexec/nanodnsd/keyholder";
    EXPECT_EQ(support::run({keyholder, "--make-pair", "/dev/null", "/dev/null", "ns.test"}).status, 0);
    EXPECT_EQ(support::run({keyholder, "--make-pair", "/dev/full", "/dev/null", "ns.test"}).status, 1);
    EXPECT_EQ(support::run({keyholder, "--make-pair", "/dev/null", "/dev/full", "ns.test"}).status, 1);
}

INSTANTIATE_TEST_SUITE_P(Calls, TrialWithAnotherLibc, testing::Values(LIBC_THAT_WAITS, LIBC_THAT_STARTS));

} // namespace
