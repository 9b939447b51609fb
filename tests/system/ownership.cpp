// Files of another user: the message, and the command in it.
#include <filesystem>
#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/daemon.h"

namespace
{

using support::Daemon;
using support::DaemonStart;
using testing::HasSubstr;
using testing::Not;

/// The output of a daemon that exits with status 1.
std::string failure(Daemon& daemon)
{
    EXPECT_EQ(daemon.process().wait(), 1);
    return daemon.process().output();
}

/// A daemon that is not started yet, whose config an ordinary user cannot read.
DaemonStart ordinary_start()
{
    DaemonStart start;
    start.before_exec = support::become_ordinary;
    return start;
}

TEST(Ownership, AStateOfAnotherUserIsOneLineWithTheCommand)
{
    const support::Folder folder{"/var/tmp"};
    support::write_file(folder / "nanodnsd.state.0", "");
    ::chmod((folder / "nanodnsd.state.0").c_str(), 0600);
    DaemonStart start = ordinary_start();
    start.state_folder = folder.path();
    start.wait_until_it_serves = false;
    Daemon daemon{start};
    EXPECT_THAT(failure(daemon),
                HasSubstr("belongs to uid 0, and this is uid 54321: chown 54321: " + folder.path() +
                          "/nanodnsd.state.0 " + folder.path() + "/nanodnsd.state.1"));
}

// The daemon ran as `nobody` before and has its own user now.
TEST(Ownership, AStateOfNobodyIsOneLineWithTheCommandForTheNewUser)
{
    const support::Folder folder{"/var/tmp"};
    const std::string state = folder / "nanodnsd.state.0";
    support::write_file(state, "");
    ::chmod(state.c_str(), 0600);
    ASSERT_EQ(::chown(state.c_str(), 65534, 65534), 0);
    DaemonStart start;
    start.config = support::server_config("user = games\n") + support::sample_hosts();
    start.state_folder = folder.path();
    start.wait_until_it_serves = false;
    Daemon daemon{start};
    const std::string uid = std::to_string(::getpwnam("games")->pw_uid);
    EXPECT_THAT(failure(daemon), HasSubstr("the state " + state + " belongs to uid 65534, and this is uid " +
                                           uid + ": chown games: " + state + " "));
}

// A daemon that waited for a writer would not exit.
TEST(Ownership, AFifoInPlaceOfTheStateIsOneLine)
{
    for (const std::string name : {"nanodnsd.state.0", "nanodnsd.state.1", "nanodnsd.state"}) {
        const support::Folder folder{"/var/tmp"};
        ASSERT_EQ(::mkfifo((folder / name).c_str(), 0644), 0);
        DaemonStart start;
        start.state_folder = folder.path();
        start.wait_until_it_serves = false;
        Daemon daemon{start};
        EXPECT_THAT(failure(daemon), HasSubstr("nanodnsd: the state " + (folder / name) +
                                               " is not a regular file: move it away, or see -s\n"));
    }
}

TEST(Ownership, AFolderThatOthersMayWriteIsAnErrorForRoot)
{
    const support::Folder folder{"/var/tmp"};
    ASSERT_EQ(::chmod(folder.path().c_str(), 0777), 0);
    DaemonStart start;
    start.state_folder = folder.path();
    start.wait_until_it_serves = false;
    Daemon daemon{start};
    EXPECT_THAT(failure(daemon), HasSubstr("nanodnsd: other users may write to " + folder.path() +
                                           ", the folder of the state, and replace the state: chmod go-w " +
                                           folder.path() + "\n"));
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

// As the volume of a container often is.
TEST(Ownership, AFolderThatOthersMayWriteIsAWarningForAnotherUser)
{
    const support::Folder folder{"/var/tmp"};
    ASSERT_EQ(::chmod(folder.path().c_str(), 0777), 0);
    DaemonStart start = ordinary_start();
    start.state_folder = folder.path();
    Daemon daemon{start};
    EXPECT_THAT(daemon.process().output(), HasSubstr("other users may write to " + folder.path()));
    EXPECT_EQ(daemon.update("hostname=home.dyn.example.org&token=secret&ipv4=192.0.2.7"), "200 ok updated");
}

TEST(Ownership, RunningAsNobodyIsAWarningWithTheCommands)
{
    ASSERT_EQ(::getpwnam("nanodnsd"), nullptr) << "this machine has a user nanodnsd";
    Daemon daemon;
    const std::string state = daemon.state_path();
    const std::string folder = state.substr(0, state.rfind('/'));
    EXPECT_THAT(daemon.process().output(),
                HasSubstr("there is no user nanodnsd: running as nobody, which other daemons use too"));
    EXPECT_THAT(daemon.process().output(),
                HasSubstr("useradd --system --no-create-home --shell /usr/sbin/nologin nanodnsd; give it the "
                          "state: chown nanodnsd: " +
                          folder));
}

TEST(Ownership, AConfiguredUserIsNoWarning)
{
    DaemonStart start;
    start.config = support::server_config("user = nobody\n") + support::sample_hosts();
    Daemon daemon{start};
    EXPECT_THAT(daemon.process().output(), Not(HasSubstr("there is no user nanodnsd")));
}

TEST(Ownership, AnUnreadableConfigIsOneLineWithTheCommand)
{
    Daemon daemon{ordinary_start()};
    const std::string config = daemon.config_path();
    ::chmod(config.c_str(), 0600);
    EXPECT_TRUE(daemon.reload("must be able to read it: chgrp 54321 " + config + " && chmod 640 " + config));
    EXPECT_EQ(daemon.dig("printer.dyn.example.org", "A").empty(), false) << "the old config stays in force";
    EXPECT_EQ(daemon.stop(), 0);
    const support::Result checked =
        support::run({"setpriv", "--reuid=54321", "--regid=54321", "--clear-groups",
                      support::installation() + "/bin/nanodnsd", "-n", "-c", config});
    EXPECT_EQ(checked.status, 1);
    EXPECT_THAT(checked.output,
                HasSubstr("Permission denied: uid 54321 with gid 54321 must be able to read it"));
}

TEST(Ownership, AnUnreadableFolderOfTheConfigIsNamed)
{
    Daemon daemon{ordinary_start()};
    ::chmod(daemon.folder().path().c_str(), 0700);
    const std::string folder = daemon.folder().path();
    EXPECT_TRUE(daemon.reload("uid 54321 with gid 54321 must be able to enter " + folder + ": chgrp 54321 " +
                              folder + " && chmod g+x " + folder));
}

TEST(Ownership, TheCommandAgainstReadableTokensKeepsThemReadableForTheDaemon)
{
    DaemonStart start;
    start.config = support::server_config("user = games\ngroup = daemon\n") + support::sample_hosts();
    Daemon daemon{start};
    const std::string config = daemon.config_path();
    const std::string command =
        "chgrp " + std::to_string(::getgrnam("daemon")->gr_gid) + " " + config + " && chmod 640 " + config;
    EXPECT_THAT(daemon.process().output(), HasSubstr("all users of this machine can read it: " + command));
    ASSERT_EQ(support::run({"sh", "-c", command}).status, 0);
    EXPECT_TRUE(daemon.reload());
    EXPECT_EQ(daemon.stop(), 0);
    daemon.start();
    EXPECT_THAT(daemon.process().output(), Not(HasSubstr("everybody")));
    EXPECT_THAT(daemon.process().output(), Not(HasSubstr("keeping CAP_DAC_READ_SEARCH")));
}

TEST(Ownership, TokensInAPrivateFolderAreNoWarning)
{
    Daemon daemon;
    EXPECT_THAT(daemon.process().output(), HasSubstr("all users of this machine can read it"));
    EXPECT_EQ(daemon.stop(), 0);
    ::chmod(daemon.folder().path().c_str(), 0700);
    daemon.start();
    EXPECT_THAT(daemon.process().output(), Not(HasSubstr("all users of this machine can read it")));
}

} // namespace
