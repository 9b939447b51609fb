// The reader while it reads: the config is a pipe, so that the test decides how long that takes.
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <poll.h>
#include <set>
#include <stdexcept>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/support/daemon.h"

namespace
{

using support::Daemon;
using testing::ContainsRegex;
using testing::HasSubstr;

class PipedConfig
{
public:
    explicit PipedConfig(std::string path) : path_(std::move(path))
    {
        std::filesystem::remove(path_);
        ::mkfifo(path_.c_str(), 0644);
    }
    /// Waits until the daemon opens the pipe, and writes a part of the config.
    void begin()
    {
        in_ = privsep::UniqueFd{::open(path_.c_str(), O_WRONLY | O_CLOEXEC)};
        say(support::server_config());
    }
    void finish()
    {
        say(support::sample_hosts() + "[@more]\na = 192.0.2.81\n");
        in_.reset();
    }

private:
    void say(const std::string& text) const
    {
        EXPECT_EQ(::write(in_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }

    std::string path_;
    privsep::UniqueFd in_;
};

/// Waits until there is a reader that has locked itself down.
pid_t reader_of(const Daemon& daemon)
{
    const auto until = std::chrono::steady_clock::now() + support::patience;
    while (std::chrono::steady_clock::now() < until) {
        const auto pid = daemon.child("reader");
        if (pid && support::is_locked_in(*pid)) {
            return *pid;
        }
    }
    throw std::runtime_error{"there is no reader"};
}

/// Waits until the supervisor has its filter. It has changed its user before.
void wait_until_locked_in(pid_t supervisor)
{
    ASSERT_TRUE(support::eventually([supervisor] {
        return support::read_proc(supervisor, "status").find("Seccomp:\t2") != std::string::npos;
    }));
}

/// Waits until a process exits that is not a child of the test.
bool is_gone(pid_t pid)
{
    const privsep::UniqueFd process{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
    pollfd end{process.get(), POLLIN, 0};
    return !process ||
           ::poll(&end, 1, static_cast<int>(std::chrono::milliseconds{support::patience}.count())) == 1;
}

void expect_locked_down(pid_t pid)
{
    const std::string status = support::read_proc(pid, "status");
    for (const char* line : {"\nCapInh:\t0+\n", "\nCapPrm:\t0+\n", "\nCapEff:\t0+\n", "\nCapAmb:\t0+\n",
                             "\nNoNewPrivs:\t1\n", "\nSeccomp:\t2\n"}) {
        EXPECT_THAT(status, ContainsRegex(line));
    }
    // neither root's user nor its groups
    EXPECT_THAT(status, ContainsRegex("\nUid:(\t[1-9][0-9]*){4}\nGid:(\t[1-9][0-9]*){4}\n"));
    EXPECT_THAT(status, ContainsRegex("\nGroups:\t([1-9][0-9]* )* *\n"));
    EXPECT_EQ(support::read_proc(pid, "environ"), "");
    const std::string proc = "/proc/" + std::to_string(pid);
    if (::geteuid() == 0) {
        EXPECT_TRUE(std::filesystem::is_empty(proc + "/root/"));
        struct stat about {
        };
        ASSERT_EQ(::stat((proc + "/mem").c_str(), &about), 0);
        EXPECT_EQ(about.st_uid, 0U) << "proc(5): the files of a process that is not dumpable belong to root";
    }
    ASSERT_TRUE(support::eventually([&] { return std::filesystem::is_symlink(proc + "/fd/4"); }));
    std::multiset<std::string> descriptors;
    for (const auto& entry : std::filesystem::directory_iterator{proc + "/fd"}) {
        const std::string target = std::filesystem::read_symlink(entry.path()).string();
        descriptors.insert(target.substr(0, target.find(':')));
    }
    const auto config = std::filesystem::read_symlink(proc + "/fd/4").string();
    EXPECT_EQ(descriptors, (std::multiset<std::string>{"/dev/null", "/dev/null", "pipe", "socket", config}));
}

/// No process that stays has the config open.
void expect_all_let_go(Daemon& daemon, pid_t reader, const std::string& config)
{
    EXPECT_TRUE(is_gone(reader)) << "the reader did not exit";
    const std::string fds = "/proc/" + std::to_string(daemon.process().pid()) + "/fd";
    for (const auto& entry : std::filesystem::directory_iterator{fds}) {
        std::error_code gone;
        EXPECT_NE(std::filesystem::read_symlink(entry.path(), gone), config);
    }
}

TEST(ReaderAtTheStart, IsLockedDown)
{
    const support::Folder folder;
    PipedConfig pipe{folder / "config"};
    Daemon daemon{{.options = {"-v", "-c", folder / "config"}, .wait_until_it_serves = false}};
    pipe.begin();
    const pid_t reader = reader_of(daemon);
    expect_locked_down(reader);
    pipe.finish();
    EXPECT_TRUE(daemon.logs("serving dyn.example.org. with 4 hosts"));
    expect_all_let_go(daemon, reader, folder / "config");
}

TEST(ReaderAtTheStart, StopsTheDaemonIfItDies)
{
    const support::Folder folder;
    PipedConfig pipe{folder / "config"};
    Daemon daemon{{.options = {"-v", "-c", folder / "config"}, .wait_until_it_serves = false}};
    pipe.begin();
    ::kill(reader_of(daemon), SIGKILL);
    EXPECT_EQ(daemon.process().wait(), 1);
    EXPECT_THAT(daemon.process().output(), HasSubstr(") was killed by signal 9 (Killed)\n"));
}

// So no process is left that has the config.
TEST(ReaderAtTheStart, DiesWithTheDaemon)
{
    const support::Folder folder;
    PipedConfig pipe{folder / "config"};
    Daemon daemon{{.options = {"-v", "-c", folder / "config"}, .wait_until_it_serves = false}};
    pipe.begin();
    const pid_t pid = reader_of(daemon);
    daemon.process().signal(SIGKILL);
    daemon.process().wait(); // until all processes have closed stderr
    EXPECT_TRUE(is_gone(pid));
}

// The same when the supervisor has changed its user. The reader is stopped while the supervisor waits for the
// lock of the state, so it makes no setups.
TEST(ReaderAtTheStart, DiesWithADaemonThatIsNoLongerRoot)
{
    const support::Folder folder;
    const privsep::UniqueFd locked{
        ::open((folder / "state.0").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR)};
    ASSERT_EQ(::flock(locked.get(), LOCK_EX), 0);
    Daemon daemon{{.config = support::server_config("user = daemon\n") + support::sample_hosts(),
                   .options = {"-v", "-s", folder / "state"},
                   .wait_until_it_serves = false}};
    ASSERT_TRUE(daemon.logs("all users of this machine can read it")); // the config was read
    const pid_t pid = reader_of(daemon);
    ASSERT_EQ(::kill(pid, SIGSTOP), 0);
    ASSERT_EQ(::flock(locked.get(), LOCK_UN), 0);
    wait_until_locked_in(daemon.process().pid());
    daemon.process().signal(SIGKILL);
    EXPECT_TRUE(is_gone(pid));
}

/// As in a container without CAP_KILL: root cannot signal processes of another user.
void drop_cap_kill()
{
    if (::geteuid() == 0 && ::prctl(PR_CAPBSET_DROP, CAP_KILL, 0, 0, 0) != 0) {
        ::_exit(1);
    }
}

TEST(ReaderOfARootThatMayNotKill, Exits)
{
    Daemon daemon{{.before_exec = drop_cap_kill}};
    EXPECT_TRUE(support::eventually([&daemon] { return daemon.all_children().size() == 3; }));
    EXPECT_TRUE(daemon.reload());
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(ReaderOfARootThatMayNotKill, StopsTheDaemonIfItDies)
{
    const support::Folder folder;
    PipedConfig pipe{folder / "config"};
    Daemon daemon{{.options = {"-v", "-c", folder / "config"},
                   .before_exec = drop_cap_kill,
                   .wait_until_it_serves = false}};
    pipe.begin();
    const pid_t pid = reader_of(daemon);
    ::kill(pid, SIGKILL);
    EXPECT_EQ(daemon.process().wait(), 1);
    EXPECT_THAT(daemon.process().output(), HasSubstr("nanodnsd: reader (pid " + std::to_string(pid) + ") "));
}

class ReaderAtAReload : public testing::Test
{
protected:
    void SetUp() override
    {
        daemon_.process().signal(SIGHUP);
        pipe_.begin();
        pid_ = reader_of(daemon_);
    }

    Daemon daemon_;
    PipedConfig pipe_{daemon_.config_path()};
    pid_t pid_ = -1;
};

TEST_F(ReaderAtAReload, IsLockedDown)
{
    expect_locked_down(pid_);
    pipe_.finish();
    EXPECT_TRUE(daemon_.logs("serving dyn.example.org. with 4 hosts"));
    EXPECT_EQ(daemon_.dig("more.dyn.example.org", "A"), "192.0.2.81");
    expect_all_let_go(daemon_, pid_, daemon_.config_path());
}

// The reader waits for a writer. The supervisor must not.
TEST(ReaderOfAPipeWithoutAWriter, Waits)
{
    Daemon daemon;
    PipedConfig pipe{daemon.config_path()};
    daemon.process().signal(SIGHUP);
    reader_of(daemon);
    pipe.begin();
    pipe.finish();
    EXPECT_TRUE(daemon.logs("serving dyn.example.org. with 4 hosts"));
}

TEST_F(ReaderAtAReload, BlocksNoOtherProcess)
{
    EXPECT_EQ(daemon_.update("hostname=home.dyn.example.org&token=secret&ipv4=192.0.2.1"), "200 ok updated");
    EXPECT_EQ(daemon_.dig("home.dyn.example.org", "A"), "192.0.2.1");
    pipe_.finish();
    EXPECT_TRUE(daemon_.logs("serving dyn.example.org. with 4 hosts"));
}

TEST_F(ReaderAtAReload, LeavesTheOldConfigInForceIfItDies)
{
    ::kill(pid_, SIGKILL);
    EXPECT_TRUE(daemon_.logs("nanodnsd: reader (pid " + std::to_string(pid_) +
                             ") was killed by signal 9 (Killed)\n"));
    EXPECT_TRUE(daemon_.logs(
        "reload refused, the old configuration stays in force: the new configuration could not be used\n"));
    EXPECT_EQ(daemon_.update("hostname=home.dyn.example.org&token=secret&ipv4=192.0.2.1"), "200 ok updated");
    EXPECT_EQ(daemon_.dig("home.dyn.example.org", "A"), "192.0.2.1");
    EXPECT_EQ(daemon_.dig("more.dyn.example.org", "A"), "");
}

} // namespace
