// Users, capabilities and descriptors of the real daemon's processes, from /proc.
#include <algorithm>
#include <csignal>
#include <dirent.h>
#include <filesystem>
#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <sched.h>
#include <set>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/daemon.h"

namespace
{

using support::Daemon;
using support::DaemonStart;
using testing::HasSubstr;

const std::vector<std::string> children{"keeper", "updater", "responder"};

/// The value of "Key:" in /proc/PID/status.
std::string status(pid_t pid, const std::string& key)
{
    const std::string text = support::read_proc(pid, "status");
    const std::size_t at = text.find("\n" + key + ":\t") + key.size() + 3;
    return text.substr(at, text.find('\n', at) - at);
}

std::string link_of(pid_t pid, const std::string& name)
{
    std::error_code error;
    return std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/" + name, error).string();
}

/// The targets of the descriptors, without the numbers of sockets.
std::multiset<std::string> descriptors(pid_t pid)
{
    std::multiset<std::string> result;
    for (const auto& entry : std::filesystem::directory_iterator{"/proc/" + std::to_string(pid) + "/fd"}) {
        const std::string target = link_of(pid, "fd/" + entry.path().filename().string());
        result.insert(target.substr(0, target.find(":[")));
    }
    return result;
}

class LockedDown : public testing::Test
{
protected:
    void expect_locked_down(pid_t pid) const
    {
        EXPECT_EQ(status(pid, "CapPrm"), "0000000000000000");
        EXPECT_EQ(status(pid, "CapEff"), "0000000000000000");
        EXPECT_EQ(status(pid, "CapInh"), "0000000000000000");
        EXPECT_EQ(status(pid, "CapAmb"), "0000000000000000");
        EXPECT_EQ(status(pid, "NoNewPrivs"), "1");
        EXPECT_EQ(status(pid, "Seccomp"), "2");
        EXPECT_EQ(support::read_proc(pid, "environ"), "");
        struct stat about {
        };
        ASSERT_EQ(::stat(("/proc/" + std::to_string(pid) + "/mem").c_str(), &about), 0);
        EXPECT_EQ(about.st_uid, 0U) << "proc(5): the files of a process that is not dumpable belong to root";
        EXPECT_THAT(support::read_proc(pid, "limits"), testing::ContainsRegex("Max core file size +0 +0"));
        EXPECT_THAT(support::read_proc(pid, "limits"), testing::ContainsRegex("Max processes +0 +0"));
    }
    void expect_nothing_to_reach(pid_t pid) const
    {
        EXPECT_TRUE(std::filesystem::is_empty("/proc/" + std::to_string(pid) + "/root/"));
        for (const char* kind : {"ns/net", "ns/ipc", "ns/mnt"}) {
            EXPECT_NE(link_of(pid, kind), link_of(::getpid(), kind)) << kind;
        }
    }
};

TEST_F(LockedDown, AllChildrenAreAndNoneIsRoot)
{
    Daemon daemon;
    const passwd* nobody = ::getpwnam("nanodnsd") != nullptr ? ::getpwnam("nanodnsd") : ::getpwnam("nobody");
    const std::string uid = std::to_string(nobody->pw_uid);
    const std::string gid = std::to_string(nobody->pw_gid);
    for (const std::string& name : children) {
        SCOPED_TRACE(name);
        const pid_t pid = daemon.child(name).value();
        expect_locked_down(pid);
        expect_nothing_to_reach(pid);
        EXPECT_EQ(status(pid, "Uid"), uid + "\t" + uid + "\t" + uid + "\t" + uid);
        EXPECT_EQ(status(pid, "Gid"), gid + "\t" + gid + "\t" + gid + "\t" + gid);
        EXPECT_EQ(status(pid, "Groups"), gid + " ");
    }
}

TEST_F(LockedDown, EachHoldsOnlyItsOwnDescriptors)
{
    Daemon daemon;
    using Set = std::multiset<std::string>;
    const Set common{"/dev/null", "/dev/null", "pipe", "socket", "anon_inode"}; // 0, 1, log, control, epoll
    const auto with = [&](std::initializer_list<std::string> more) {
        Set all = common;
        for (const std::string& one : more) {
            all.insert(one);
        }
        return all;
    };
    const auto found = [&](const char* name) {
        Set result;
        for (const std::string& target : descriptors(daemon.child(name).value())) {
            result.insert(target.rfind("anon_inode", 0) == 0 ? "anon_inode" : target);
        }
        return result;
    };
    const std::string state = daemon.state_path();
    EXPECT_EQ(found("keeper"), with({state + ".0", state + ".1", "socket", "socket"})); // updater, responder
    EXPECT_EQ(found("updater"), with({"socket", "socket"}));                            // HTTP, keeper
    EXPECT_EQ(found("responder"), with({"socket", "socket", "socket"}));                // UDP, TCP, keeper
}

TEST_F(LockedDown, EachOfSeveralWorkersIs)
{
    DaemonStart start;
    start.config = support::server_config("workers = 3\n") + support::sample_hosts();
    Daemon daemon{start};
    const std::vector<pid_t> workers = daemon.all_of("responder");
    ASSERT_EQ(workers.size(), 3U);
    std::set<std::string> sockets;
    for (const pid_t pid : workers) {
        expect_locked_down(pid);
        expect_nothing_to_reach(pid);
        EXPECT_EQ(descriptors(pid).size(), 8U) << "0, 1, log, control, epoll, UDP, TCP, keeper";
        for (const auto& entry :
             std::filesystem::directory_iterator{"/proc/" + std::to_string(pid) + "/fd"}) {
            const std::string target = link_of(pid, "fd/" + entry.path().filename().string());
            EXPECT_TRUE(target.rfind("socket:", 0) != 0 || sockets.insert(target).second)
                << target << " is also open in another worker";
        }
    }
}

// Restarts and reloads need it.
TEST_F(LockedDown, TheSupervisorKeepsOnlyCapSysChroot)
{
    Daemon daemon;
    const pid_t pid = daemon.process().pid();
    EXPECT_EQ(status(pid, "CapPrm"), "0000000000040000"); // CAP_SYS_CHROOT
    EXPECT_EQ(status(pid, "CapEff"), "0000000000000000");
    EXPECT_EQ(status(pid, "CapBnd"), "0000000000040000");
    EXPECT_EQ(status(pid, "NoNewPrivs"), "1");
    EXPECT_EQ(status(pid, "Seccomp"), "2");
    EXPECT_THAT(status(pid, "Uid"), testing::Not(testing::StartsWith("0")));
    EXPECT_NE(link_of(pid, "ns/net"), link_of(::getpid(), "ns/net"));
}

TEST_F(LockedDown, TheSupervisorCanReadAConfigThatOnlyRootMayRead)
{
    DaemonStart start;
    Daemon daemon{start};
    daemon.stop();
    ::chmod(daemon.config_path().c_str(), 0600);
    daemon.start();
    EXPECT_EQ(status(daemon.process().pid(), "CapPrm"), "0000000000040004"); // and CAP_DAC_READ_SEARCH
    EXPECT_EQ(status(daemon.process().pid(), "CapAmb"), "0000000000040000"); // but not for the children
    expect_locked_down(daemon.child("responder").value());
    EXPECT_TRUE(daemon.reload());
    EXPECT_EQ(status(daemon.process().pid(), "CapEff"), "0000000000000000");
}

/// Makes those folders read-only in which an empty root is made first.
void make_run_and_tmp_read_only()
{
    const auto is_done = [](const char* folder) {
        return ::mount(folder, folder, "", MS_BIND, nullptr) == 0 &&
               ::mount("", folder, "", MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) == 0;
    };
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("", "/", "", MS_REC | MS_PRIVATE, nullptr) != 0 ||
        !is_done("/run") || !is_done("/tmp")) {
        ::_exit(1);
    }
}

// The reader starts before the state's folder is made.
TEST_F(LockedDown, TheEmptyRootIsInTheStatesFolderIfNoOtherPlaceIsWritable)
{
    const support::Folder folder{"/var/tmp"};
    DaemonStart start;
    start.before_exec = make_run_and_tmp_read_only;
    start.state_folder = folder / "new";
    Daemon daemon{start};
    expect_locked_down(daemon.child("responder").value());
    EXPECT_TRUE(
        std::filesystem::is_empty("/proc/" + std::to_string(daemon.child("keeper").value()) + "/root/"));
}

TEST_F(LockedDown, WithoutGroupTheUsersGroupIsTaken)
{
    DaemonStart start;
    start.config = support::server_config("user = games\n") + support::sample_hosts();
    Daemon daemon{start};
    const passwd* games = ::getpwnam("games");
    for (const std::string& name : children) {
        const pid_t pid = daemon.child(name).value();
        EXPECT_THAT(status(pid, "Uid"), testing::StartsWith(std::to_string(games->pw_uid) + "\t"));
        EXPECT_EQ(status(pid, "Groups"), std::to_string(games->pw_gid) + " ");
    }
}

TEST_F(LockedDown, AConfiguredGroupIsTaken)
{
    DaemonStart start;
    start.config = support::server_config("user = games\ngroup = daemon\n") + support::sample_hosts();
    Daemon daemon{start};
    EXPECT_EQ(status(daemon.child("keeper").value(), "Groups"),
              std::to_string(::getgrnam("daemon")->gr_gid) + " ");
}

TEST_F(LockedDown, AnUnknownUserIsOneClearLine)
{
    DaemonStart start;
    start.config = support::server_config("user = no-such-user\n") + support::sample_hosts();
    start.wait_until_it_serves = false;
    Daemon daemon{start};
    EXPECT_EQ(daemon.process().wait(), 1);
    EXPECT_THAT(daemon.process().output(), HasSubstr("there is no user 'no-such-user'"));
}

TEST_F(LockedDown, AnOrdinaryUsersDaemonWorksToo)
{
    DaemonStart start;
    start.before_exec = support::become_ordinary;
    Daemon daemon{start};
    EXPECT_EQ(daemon.update("hostname=home.dyn.example.org&token=secret&ipv4=192.0.2.1"), "200 ok updated");
    EXPECT_EQ(daemon.dig("home.dyn.example.org", "A"), "192.0.2.1");
    for (const std::string& name : children) {
        SCOPED_TRACE(name);
        expect_locked_down(daemon.child(name).value());
    }
    EXPECT_TRUE(daemon.reload());
    EXPECT_EQ(daemon.stop(), 0);
}

TEST_F(LockedDown, AnOrdinaryUserIsToldWhyAPortCannotBeBound)
{
    DaemonStart start;
    start.config = support::server_config("", "port = 53\n") + support::sample_hosts();
    start.before_exec = support::become_ordinary;
    start.wait_until_it_serves = false;
    const std::string limit = support::read_file("/proc/sys/net/ipv4/ip_unprivileged_port_start");
    ASSERT_GT(std::stoi(limit), 53) << "on this machine all users may bind port 53";
    Daemon daemon{start};
    EXPECT_EQ(daemon.process().wait(), 1);
    EXPECT_THAT(daemon.process().output(), HasSubstr("Permission denied"));
}

TEST_F(LockedDown, AStateFolderThatCannotBeWrittenIsOneClearLine)
{
    DaemonStart start;
    start.before_exec = support::become_ordinary;
    start.options = {"-s", "/etc/nanodnsd.state"};
    start.wait_until_it_serves = false;
    Daemon daemon{start};
    EXPECT_EQ(daemon.process().wait(), 1);
    EXPECT_THAT(daemon.process().output(),
                HasSubstr("cannot open the state /etc/nanodnsd.state.0: Permission denied"));
}

TEST_F(LockedDown, WorksUnderAUmaskOf777)
{
    DaemonStart start;
    start.before_exec = [] { ::umask(0777); };
    Daemon daemon{start};
    EXPECT_EQ(daemon.update("hostname=home.dyn.example.org&token=secret&ipv4=192.0.2.1"), "200 ok updated");
    struct stat about {
    };
    ASSERT_EQ(::stat((daemon.state_path() + ".0").c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777U, 0600U);
    expect_nothing_to_reach(daemon.child("keeper").value());
}

} // namespace
