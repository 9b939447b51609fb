#include "daemon/start/control_socket.h"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

#include "privsep/fail.h"
#include "tests/support/failure.h"

namespace
{

using supervisor::bind_control_socket;
using supervisor::Service;
using supervisor::Sockets;
using testing::HasSubstr;

class ControlSocket : public testing::Test
{
protected:
    ControlSocket() = default;
    ControlSocket(const ControlSocket&) = delete;
    ControlSocket& operator=(const ControlSocket&) = delete;
    ~ControlSocket() override { std::filesystem::remove_all(folder_); }

    Sockets bind(const std::string& group = "")
    {
        ipc::ConfigSummary config;
        config.control_path = path_;
        config.control_group = group;
        return bind_control_socket({Service::control, {}, 0, false}, config, ::getegid());
    }
    std::string failure(const std::string& group = "")
    {
        return support::failure_of([&] { bind(group); });
    }
    struct stat about() const
    {
        struct stat result {
        };
        EXPECT_EQ(::lstat(path_.c_str(), &result), 0);
        return result;
    }
    /// A socket of another program at the path.
    privsep::UniqueFd other(int type) const
    {
        privsep::UniqueFd fd{::socket(AF_UNIX, type | SOCK_CLOEXEC, 0)};
        const sockaddr_un address = address_of_path();
        EXPECT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        EXPECT_EQ(::listen(fd.get(), 1), 0);
        return fd;
    }
    int connect(const privsep::UniqueFd& client) const
    {
        const sockaddr_un address = address_of_path();
        return ::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    }
    sockaddr_un address_of_path() const
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path_.copy(address.sun_path, sizeof address.sun_path - 1);
        return address;
    }

    const std::string folder_ = [] {
        std::string name = testing::TempDir() + "control.XXXXXX";
        EXPECT_NE(::mkdtemp(name.data()), nullptr);
        return name;
    }();
    std::string path_ = folder_ + "/control";
};

TEST_F(ControlSocket, HasMode0660WhateverTheUmask)
{
    for (const mode_t mask : {0U, 022U, 077U, 0777U}) {
        const mode_t before = ::umask(mask);
        const Sockets sockets = bind();
        EXPECT_EQ(::umask(before), mask) << "it is as before";
        EXPECT_EQ(about().st_mode & 07777U, 0660U);
        EXPECT_EQ(sockets.of(Service::control).size(), 1U);
    }
}

TEST_F(ControlSocket, IsReplacedIfNobodyServesIt)
{
    other(SOCK_SEQPACKET).reset();
    ASSERT_TRUE(S_ISSOCK(about().st_mode));
    const Sockets sockets = bind();
    EXPECT_EQ(about().st_mode & 07777U, 0660U);
}

TEST_F(ControlSocket, IsAnErrorIfSomebodyServesIt)
{
    const Sockets sockets = bind();
    EXPECT_THAT(failure(), HasSubstr("cannot listen on " + path_ + ": test_daemon_sta (pid " +
                                     std::to_string(::getpid()) + ") serves it; stop that process"));
}

// The kernel does not say who.
TEST_F(ControlSocket, IsAnErrorIfSomebodyServesItWhoAcceptsNothing)
{
    const privsep::UniqueFd listener = other(SOCK_SEQPACKET);
    std::vector<privsep::UniqueFd> clients;
    for (int result = 0; result == 0;) {
        clients.emplace_back(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        result = connect(clients.back());
    }
    EXPECT_EQ(errno, EAGAIN);
    EXPECT_EQ(failure(), "cannot listen on " + path_ +
                             ": a process serves it that accepts no more connections now; stop that "
                             "process, or set another socket= in [control]");
    EXPECT_TRUE(S_ISSOCK(about().st_mode));
}

TEST_F(ControlSocket, IsAnErrorIfAnotherKindOfSocketIsThere)
{
    const privsep::UniqueFd fd = other(SOCK_STREAM);
    EXPECT_THAT(failure(), HasSubstr("a socket of another program is there"));
}

TEST_F(ControlSocket, IsAnErrorIfAnotherFileIsThere)
{
    std::ofstream{path_} << "precious";
    EXPECT_THAT(failure(), HasSubstr("it exists and is not a socket"));
    EXPECT_EQ(std::filesystem::file_size(path_), 8U);
    ::unlink(path_.c_str());
    ASSERT_EQ(::symlink("/etc/passwd", path_.c_str()), 0);
    EXPECT_THAT(failure(), HasSubstr("it exists and is not a socket"));
    EXPECT_TRUE(S_ISLNK(about().st_mode));
}

// /run is empty after each boot.
TEST_F(ControlSocket, HasItsFolderMade)
{
    ::rmdir(folder_.c_str());
    const mode_t before = ::umask(077);
    const Sockets sockets = bind();
    EXPECT_EQ(::umask(before), 077U) << "it is as before";
    EXPECT_EQ(about().st_mode & 07777U, 0660U);
    struct stat of_folder {
    };
    EXPECT_EQ(::stat(folder_.c_str(), &of_folder), 0);
    EXPECT_EQ(of_folder.st_mode & 07777U, 0755U);
}

TEST_F(ControlSocket, NeedsTheFolderAboveIt)
{
    ::rmdir(folder_.c_str());
    std::ofstream{folder_} << "a file";
    EXPECT_THAT(failure(), HasSubstr(": Not a directory"));
    ::unlink(folder_.c_str());
    path_ = folder_ + "/folder/control";
    EXPECT_THAT(failure(), HasSubstr("create its folder"));
}

TEST_F(ControlSocket, HasTheGroupThatIsConfigured)
{
    bind("daemon"); // this test needs to be root
    EXPECT_EQ(about().st_gid, 1U);
    EXPECT_EQ(failure("no-such-group"), "there is no group no-such-group: add it, or set another group= in "
                                        "[control]");
}

// A daemon that is not started as root, and whose user is not a member.
TEST_F(ControlSocket, SaysThatItCannotHaveTheGroupOfAdministrators)
{
    const std::string file = folder_ + "/group";
    std::ofstream{file} << "nanodnsd-admin:x:4322:\n";
    ASSERT_EQ(::chmod(folder_.c_str(), 0777), 0);
    testing::internal::CaptureStderr();
    const std::string failed = support::failure_of([&] {
        privsep::require(::unshare(CLONE_NEWNS) == 0 &&
                             ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                             ::mount(file.c_str(), "/etc/group", nullptr, MS_BIND, nullptr) == 0,
                         "the file of groups");
        privsep::require(::setgroups(0, nullptr) == 0 && ::setgid(4321) == 0 && ::setuid(4321) == 0,
                         "another user");
        bind();
    });
    EXPECT_EQ(failed, "");
    EXPECT_THAT(testing::internal::GetCapturedStderr(),
                HasSubstr("cannot give " + path_ +
                          " to the group nanodnsd-admin: Operation not permitted, so its members cannot use "
                          "it; add the daemon's user to the group, or set group= in [control]\n"));
}

// Of a daemon that is not started as root. The socket is what an earlier one, started as root, has left.
TEST_F(ControlSocket, SaysWhyItCannotBeReplaced)
{
    const privsep::UniqueFd listener = other(SOCK_SEQPACKET);
    ASSERT_EQ(::chmod(folder_.c_str(), 0755), 0);
    ASSERT_EQ(::chmod(path_.c_str(), 0600), 0);
    const auto failure_of_user = [&] {
        return support::failure_of([&] {
            privsep::require(::setgroups(0, nullptr) == 0 && ::setgid(4321) == 0 && ::setuid(4321) == 0,
                             "another user");
            bind();
        });
    };
    EXPECT_EQ(failure_of_user(),
              "cannot listen on " + path_ +
                  ": no permission to see whether the socket there is served; remove it if "
                  "it is not, or set another socket= in [control]");
    ASSERT_EQ(::chmod(path_.c_str(), 0666), 0);
    ASSERT_EQ(::shutdown(listener.get(), SHUT_RDWR), 0);
    EXPECT_EQ(failure_of_user(), "cannot listen on " + path_ +
                                     ": nobody serves the socket there, and it cannot be removed (Permission "
                                     "denied); remove it, or set another socket= in [control]");
}

TEST_F(ControlSocket, HasTheGroupOfTheDaemonOtherwise)
{
    const Sockets sockets = bind();
    EXPECT_EQ(about().st_gid, ::getegid()); // this machine has no group nanodnsd-admin
}

} // namespace
