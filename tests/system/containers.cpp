// Whole lives of the daemon with missing capabilities: as containers start it, and as launchers do that pass
// only a part of what they should.
#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/capability.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/ipc/config.h"
#include "tests/support/daemon.h"

namespace
{

using support::Daemon;
using support::DaemonStart;
using testing::HasSubstr;
using testing::Not;

using Capabilities = std::vector<cap_value_t>;

const Capabilities docker_gives{CAP_CHOWN,   CAP_DAC_OVERRIDE, CAP_FSETID,           CAP_FOWNER,
                                CAP_MKNOD,   CAP_NET_RAW,      CAP_SETGID,           CAP_SETUID,
                                CAP_SETFCAP, CAP_SETPCAP,      CAP_NET_BIND_SERVICE, CAP_SYS_CHROOT,
                                CAP_KILL,    CAP_AUDIT_WRITE};

// These run between fork and exec.

void require(bool done)
{
    if (!done) {
        ::_exit(99);
    }
}

/// Root's capabilities after exec are those of the bounding set.
void keep_only(const Capabilities& kept)
{
    for (cap_value_t one = 0; ::cap_get_bound(one) >= 0; ++one) {
        require(std::ranges::count(kept, one) > 0 || ::cap_drop_bound(one) == 0);
    }
}

/// As Docker's default filter: refuses new namespaces and mounts.
void refuse_namespaces()
{
    const scmp_filter_ctx filter = ::seccomp_init(SCMP_ACT_ALLOW);
    require(filter != nullptr && ::seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0) == 0);
    for (const int call : {SCMP_SYS(unshare), SCMP_SYS(mount), SCMP_SYS(setns)}) {
        require(::seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), call, 0) == 0);
    }
    for (const int each : {CLONE_NEWUSER, CLONE_NEWNET, CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWPID}) {
        const auto flag = static_cast<scmp_datum_t>(each);
        const scmp_arg_cmp has_flag{0, SCMP_CMP_MASKED_EQ, flag, flag};
        require(::seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1, has_flag) == 0);
    }
    require(::seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0);
    require(::seccomp_load(filter) == 0);
}

void become_ordinary_that_binds_all_ports()
{
    require(::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0);
    support::become_ordinary();
    constexpr cap_value_t bind = CAP_NET_BIND_SERVICE;
    const cap_t wanted = ::cap_init();
    require(::cap_set_flag(wanted, CAP_PERMITTED, 1, &bind, CAP_SET) == 0 &&
            ::cap_set_flag(wanted, CAP_INHERITABLE, 1, &bind, CAP_SET) == 0 && ::cap_set_proc(wanted) == 0 &&
            ::cap_set_ambient(bind, CAP_SET) == 0);
}

void write_map(const std::string& path, const std::string& text)
{
    const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    require(file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

/// For users and groups. Only a process outside the new namespace may write such maps.
void enter_user_namespace(const std::string& map)
{
    int pipe[2];
    require(::pipe2(pipe, O_CLOEXEC) == 0);
    const std::string self = "/proc/" + std::to_string(::getpid());
    const pid_t helper = ::fork();
    if (helper == 0) {
        char go = 0;
        require(::read(pipe[0], &go, 1) == 1);
        write_map(self + "/uid_map", map);
        write_map(self + "/gid_map", map);
        ::_exit(0);
    }
    int status = -1;
    require(::unshare(CLONE_NEWUSER) == 0 && ::write(pipe[1], "x", 1) == 1 &&
            ::waitpid(helper, &status, 0) == helper && status == 0);
}

void have_own_mounts()
{
    require(::unshare(CLONE_NEWNS) == 0 && ::mount("", "/", "", MS_REC | MS_PRIVATE, nullptr) == 0);
}

void make_root_read_only(const std::string& but)
{
    have_own_mounts();
    mount_attr read_only{};
    read_only.attr_set = MOUNT_ATTR_RDONLY;
    mount_attr writable{};
    writable.attr_clr = MOUNT_ATTR_RDONLY;
    require(::mount(but.c_str(), but.c_str(), "", MS_BIND, nullptr) == 0 &&
            ::mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &read_only, sizeof read_only) == 0 &&
            ::mount_setattr(AT_FDCWD, but.c_str(), 0, &writable, sizeof writable) == 0);
}

/// The program runs as process 1. Its parent outside passes SIGTERM and SIGHUP on, and returns its exit
/// status.
void become_process_1()
{
    sigset_t all;
    sigemptyset(&all);
    for (const int signal : {SIGTERM, SIGHUP, SIGCHLD}) {
        sigaddset(&all, signal);
    }
    require(::unshare(CLONE_NEWPID) == 0 && ::sigprocmask(SIG_BLOCK, &all, nullptr) == 0);
    const pid_t first = ::fork();
    if (first == 0) {
        require(::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && ::getpid() == 1);
        ::sigprocmask(SIG_UNBLOCK, &all, nullptr);
        return;
    }
    int signal = 0;
    int status = 0;
    while (::waitpid(first, &status, WNOHANG) == 0) {
        ::sigwait(&all, &signal);
        if (signal != SIGCHLD) {
            ::kill(first, signal);
        }
    }
    ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 98);
}

// These run in the test.

std::size_t count(const std::string& text, const std::string& what)
{
    std::size_t found = 0;
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
        ++found;
    }
    return found;
}

/// The line about the sandbox that each start logs.
std::string sandbox_line(const std::string& log)
{
    const std::size_t at = log.find("sandbox: ");
    return at == std::string::npos ? "" : log.substr(at, log.find('\n', at) - at);
}

/// An update, a query, a death, a reload and a stop. Returns the line about the sandbox, which is logged
/// once.
std::string live(DaemonStart start)
{
    Daemon daemon{std::move(start)};
    if (daemon.udp() == 0) { // process 1 of a namespace is not a child that a test finds
        EXPECT_TRUE(daemon.logs("nanodnsd: serving "));
        daemon.read_ports();
    }
    EXPECT_EQ(daemon.update("hostname=home.dyn.example.org&token=secret&ipv4=192.0.2.1"), "200 ok updated");
    EXPECT_EQ(daemon.dig("home.dyn.example.org", "A"), "192.0.2.1");
    EXPECT_TRUE(daemon.reload());
    EXPECT_EQ(daemon.dig("home.dyn.example.org", "A"), "192.0.2.1");
    EXPECT_EQ(daemon.stop(), 0);
    const std::string log = daemon.process().output();
    EXPECT_EQ(count(log, "sandbox: "), 1U) << log;
    const std::string line = sandbox_line(log);
    std::puts(line.c_str());
    return line;
}

std::string live(std::function<void()> before_exec)
{
    DaemonStart start;
    start.before_exec = std::move(before_exec);
    return live(std::move(start));
}

/// The message of a daemon that does not start.
std::string fails(std::function<void()> before_exec, DaemonStart start = {})
{
    start.before_exec = std::move(before_exec);
    start.wait_until_it_serves = false;
    Daemon daemon{std::move(start)};
    EXPECT_EQ(daemon.process().wait(), 1);
    std::puts(daemon.process().output().c_str());
    return daemon.process().output();
}

TEST(Containers, DockersRootWithoutItsFilterTakesAUserNamespace)
{
    const std::string line = live([] { keep_only(docker_gives); });
    EXPECT_THAT(line, Not(HasSubstr("empty")));
}

TEST(Containers, DockersRootBehindItsFilterReportsMissingLayers)
{
    const std::string line = live([] {
        refuse_namespaces();
        keep_only(docker_gives);
    });
    EXPECT_THAT(line, HasSubstr("empty network namespace (no CAP_SYS_ADMIN and user namespaces are refused: "
                                "Operation not permitted)"));
    EXPECT_THAT(line, Not(HasSubstr("empty root")));
}

TEST(Containers, RootNeedsOnlyToChangeItsUser)
{
    const std::string line = live([] {
        refuse_namespaces();
        keep_only({CAP_SETUID, CAP_SETGID});
    });
    EXPECT_THAT(line, HasSubstr("empty root directory (no CAP_SYS_CHROOT)"));
    EXPECT_THAT(line, HasSubstr("empty network namespace (no CAP_SYS_ADMIN"));
}

TEST(Containers, RootWithoutCapDacOverrideUsesItsUsersStateAgain)
{
    DaemonStart start;
    Daemon daemon{start};
    EXPECT_EQ(daemon.update("hostname=home.dyn.example.org&token=secret&ipv4=192.0.2.7"), "200 ok updated");
    EXPECT_EQ(daemon.stop(), 0);
    DaemonStart again;
    again.state_folder = daemon.folder() / "state";
    again.before_exec = [] { keep_only({CAP_SETUID, CAP_SETGID}); };
    Daemon second{again};
    EXPECT_EQ(second.dig("home.dyn.example.org", "A"), "192.0.2.7");
    EXPECT_EQ(second.stop(), 0);
}

// Without CAP_KILL root cannot kill children of another user, but they must exit.
TEST(Containers, RootWithoutCapKillLeavesNoReader)
{
    DaemonStart start;
    start.before_exec = [] {
        refuse_namespaces();
        keep_only({CAP_SETUID, CAP_SETGID});
    };
    Daemon daemon{start};
    EXPECT_TRUE(support::eventually([&] {
        const auto all = daemon.all_children();
        return std::ranges::none_of(all, [](pid_t pid) {
            return support::read_proc(pid, "status").find("\nUid:\t4286") != std::string::npos;
        });
    }));
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(Containers, RootWithoutCapKillExitsOnAnInvalidConfig)
{
    DaemonStart start;
    start.config = "[server]\nno_such_key = 1\n";
    start.wait_until_it_serves = false;
    start.before_exec = [] {
        refuse_namespaces();
        keep_only({CAP_SETUID, CAP_SETGID});
    };
    Daemon daemon{start};
    EXPECT_EQ(daemon.process().wait(), ipc::exit_config_errors);
    EXPECT_THAT(daemon.process().output(), Not(HasSubstr("closed its channel")));
}

TEST(Containers, RootThatCannotChangeItsUserIsToldWhatToDo)
{
    const std::string said = fails([] { keep_only({CAP_NET_BIND_SERVICE}); });
    EXPECT_THAT(said, HasSubstr("root without CAP_SETUID and CAP_SETGID cannot change to another user"));
    EXPECT_THAT(said, HasSubstr("start nanodnsd as another user"));
    EXPECT_THAT(said, HasSubstr("or give it these two capabilities"));
    EXPECT_EQ(count(said, "\n"), 1U) << said;
}

TEST(Containers, AnOrdinaryUserWithCapNetBindServiceStarts)
{
    const std::string line = live([] {
        refuse_namespaces();
        become_ordinary_that_binds_all_ports();
    });
    EXPECT_THAT(line, HasSubstr("empty root directory (no CAP_SYS_CHROOT)"));
}

TEST(Containers, AnOrdinaryUserHasAllLayersOfAUserNamespace)
{
    EXPECT_THAT(live(support::become_ordinary), Not(HasSubstr("empty")));
}

TEST(Containers, RootOfAUserNamespaceWithOneUserIsToldWhatToDo)
{
    const std::string said = fails([] { enter_user_namespace("0 0 1\n"); });
    EXPECT_THAT(said, HasSubstr("root cannot change to another user here"));
    EXPECT_THAT(said, HasSubstr("map other ids into this user namespace"));
    EXPECT_EQ(count(said, "\n"), 1U) << said;
}

TEST(Containers, RootOfAUserNamespaceWithFewIdsStarts)
{
    DaemonStart start;
    start.config = support::server_config("user = games\n") + support::sample_hosts();
    start.before_exec = [] { enter_user_namespace("0 0 100\n"); };
    EXPECT_THAT(live(start), Not(HasSubstr("empty")));
}

TEST(Containers, AUserThatANamespaceDoesNotMapIsOneClearLine)
{
    DaemonStart start;
    start.config = support::server_config("user = nobody\n") + support::sample_hosts();
    const std::string said = fails([] { enter_user_namespace("0 0 100\n"); }, start);
    EXPECT_THAT(said,
                HasSubstr("cannot change to uid 65534 and gid 65534: Invalid argument: this user namespace "
                          "does not map both"));
}

TEST(Containers, AProcessWhoseIdIsNotMappedStarts)
{
    const std::string line = live([] {
        support::become_ordinary();
        require(::unshare(CLONE_NEWUSER) == 0);
    });
    EXPECT_THAT(line, HasSubstr("user namespaces are refused: Operation not permitted"));
}

TEST(Containers, ARootFileSystemThatIsReadOnlyIsEnough)
{
    const support::Folder folder{"/var/tmp"};
    DaemonStart start;
    start.state_folder = folder.path();
    start.before_exec = [&] { make_root_read_only(folder.path()); };
    EXPECT_THAT(live(start), Not(HasSubstr("empty")));
}

TEST(Containers, Process1ExitsOnSigterm)
{
    DaemonStart start;
    start.wait_until_it_serves = false;
    start.before_exec = become_process_1;
    EXPECT_THAT(live(start), Not(HasSubstr("empty")));
}

TEST(Containers, NoProcIsNeeded)
{
    EXPECT_THAT(live([] {
                    have_own_mounts();
                    require(::mount("none", "/proc", "tmpfs", 0, nullptr) == 0);
                }),
                Not(HasSubstr("empty")));
    EXPECT_THAT(live([] {
                    have_own_mounts();
                    require(::mount("none", "/proc", "tmpfs", 0, nullptr) == 0);
                    support::become_ordinary();
                }),
                Not(HasSubstr("empty")));
}

TEST(Containers, AUmaskWithoutAccessForOthersIsNoProblem)
{
    EXPECT_THAT(live([] { ::umask(077); }), Not(HasSubstr("empty")));
}

TEST(Containers, ExecutablesOnlyForRootAreOneClearLine)
{
    const support::Folder folder;
    const auto copied = std::filesystem::copy_options::recursive;
    std::filesystem::copy(support::installation(), folder / "installed", copied);
    for (const auto& entry : std::filesystem::recursive_directory_iterator{folder / "installed"}) {
        std::filesystem::permissions(entry.path(), std::filesystem::perms::owner_all);
    }
    DaemonStart start;
    start.installed_in = folder / "installed";
    EXPECT_THAT(fails([] {}, start),
                HasSubstr("probably because of the umask at their installation: chmod -R a+rX "));
}

} // namespace
