#include "daemon/start/service_manager.h"
#include "tests/support/failure.h"

#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace
{

using privsep::UniqueFd;

/// The service manager's end of NOTIFY_SOCKET, in the abstract namespace.
class Manager
{
public:
    Manager()
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        socklen_t size = sizeof(sa_family_t);
        EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), size), 0); // autobind, unix(7)
        size = sizeof address;
        ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size);
        const std::string name{static_cast<const char*>(address.sun_path) + 1,
                               size - sizeof(sa_family_t) - 1};
        ::setenv("NOTIFY_SOCKET", ("@" + name).c_str(), 1);
    }
    ~Manager()
    {
        for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) {
            ::unsetenv(name);
        }
    }
    Manager(const Manager&) = delete;
    Manager& operator=(const Manager&) = delete;
    std::string heard()
    {
        std::array<char, 500> text{};
        const ssize_t size = ::recv(socket_.get(), text.data(), text.size(), MSG_DONTWAIT);
        return {text.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
    }

private:
    UniqueFd socket_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
};

TEST(Notifier, SendsTheMessagesOfSdNotify)
{
    Manager manager;
    supervisor::Notifier notifier = supervisor::connect_notifier();
    notifier.ready("serving x");
    EXPECT_EQ(manager.heard(), "READY=1\nSTATUS=serving x");
    notifier.watchdog();
    EXPECT_EQ(manager.heard(), "WATCHDOG=1");
    notifier.reloading();
    EXPECT_EQ(manager.heard().rfind("RELOADING=1\nMONOTONIC_USEC=", 0), 0U);
    notifier.stopping();
    EXPECT_EQ(manager.heard().rfind("STOPPING=1", 0), 0U);
}

TEST(Notifier, IsToBeCalledThreeTimesInAWatchdogPeriod)
{
    Manager manager;
    ::setenv("WATCHDOG_USEC", "30000000", 1);
    EXPECT_EQ(supervisor::connect_notifier().watchdog_interval(), base::Uptime{10000});
    ::setenv("WATCHDOG_USEC", "1", 1);
    EXPECT_EQ(supervisor::connect_notifier().watchdog_interval(), base::Uptime{1});
    ::setenv("WATCHDOG_PID", "1", 1);
    EXPECT_FALSE(supervisor::connect_notifier().watchdog_interval());
}

TEST(Notifier, IsSilentWithoutAServiceManager)
{
    supervisor::Notifier notifier = supervisor::connect_notifier();
    notifier.ready("x");
    EXPECT_FALSE(notifier.watchdog_interval());
}

/// Descriptors from 3 on belong to the test runner, so this runs in a new process.
int in_another_process(int (*check)())
{
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::_exit(check());
    }
    int status = -1;
    ::waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(PassedSockets, HaveTheirNamesAndAreClosedOnExec)
{
    EXPECT_EQ(in_another_process([] {
                  ::dup2(STDERR_FILENO, 3);
                  ::dup2(STDERR_FILENO, 4);
                  ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
                  ::setenv("LISTEN_FDS", "2", 1);
                  ::setenv("LISTEN_FDNAMES", "dns:", 1);
                  const auto passed = supervisor::take_passed_sockets();
                  const bool good = passed && passed->size() == 2 && (*passed)[0].name == "dns" &&
                                    (*passed)[1].name.empty() && ::fcntl(4, F_GETFD) == FD_CLOEXEC;
                  return good ? 0 : 1;
              }),
              0);
}

TEST(PassedSockets, AreIgnoredIfTheyAreForAnotherProcess)
{
    EXPECT_EQ(in_another_process([] {
                  ::setenv("LISTEN_PID", "1", 1);
                  ::setenv("LISTEN_FDS", "2", 1);
                  return supervisor::take_passed_sockets() ? 1 : 0;
              }),
              0);
}

TEST(PassedSockets, AreRefusedIfTheirNumberIsInvalid)
{
    EXPECT_EQ(support::failure_of([] {
                  ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
                  ::setenv("LISTEN_FDS", "two", 1);
                  supervisor::take_passed_sockets();
              }),
              "LISTEN_FDS is 'two', expected a number from 1 to 1000");
}

TEST(PassedSockets, AreRefusedWithoutANameForEach)
{
    EXPECT_EQ(support::failure_of([] {
                  ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
                  ::setenv("LISTEN_FDS", "2", 1);
                  ::setenv("LISTEN_FDNAMES", "dns", 1);
                  supervisor::take_passed_sockets();
              }),
              "LISTEN_FDNAMES is 'dns', expected 2 names, separated by ':'");
}

} // namespace
