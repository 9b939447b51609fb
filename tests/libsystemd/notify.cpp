// sd_notify(3) and the daemon, with the same NOTIFY_SOCKET: the datagrams are the same, byte by byte.
#include <cinttypes>
#include <csignal>
#include <ctime>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <systemd/sd-daemon.h>

#include "daemon/start/service_manager.h"
#include "proto/ipc/config.h"
#include "tests/libsystemd/oracle.h"
#include "tests/support/daemon.h"

namespace
{

using oracle::Datagram;
using oracle::Manager;

/// Microseconds of CLOCK_MONOTONIC, as sd_notify(3) wants them in RELOADING=1.
std::uint64_t monotonic()
{
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 +
           static_cast<std::uint64_t>(now.tv_nsec) / 1000;
}

/// The MONOTONIC_USEC in a datagram; 0: none.
std::uint64_t monotonic_in(const Datagram& heard)
{
    const std::string before = "\nMONOTONIC_USEC=";
    const std::size_t found = heard.bytes.find(before);
    return found == std::string::npos
               ? 0
               : std::strtoull(heard.bytes.c_str() + found + before.size(), nullptr, 10);
}

/// The text of STATUS=, which is the last assignment of each datagram that has it.
std::string status_in(const Datagram& heard)
{
    const std::size_t found = heard.bytes.find("STATUS=");
    return found == std::string::npos ? "" : heard.bytes.substr(found + 7);
}

supervisor::Notifier notifier_of(const std::string& socket)
{
    ::setenv("NOTIFY_SOCKET", socket.c_str(), 1);
    supervisor::Notifier notifier = supervisor::connect_notifier();
    ::unsetenv("NOTIFY_SOCKET");
    return notifier;
}

/// The parameter is a name of a socket; one in the abstract namespace is made unique.
class SdNotify : public testing::TestWithParam<const char*>
{
public:
    /// What libsystemd sends if a service says this of itself, as if `sender` had sent it.
    Datagram libsystemd_says(const std::string& state, pid_t sender = ::getpid()) const
    {
        ::setenv("NOTIFY_SOCKET", reference_.name().c_str(), 1);
        EXPECT_EQ(::sd_notify(1, state.c_str()), 1);
        Datagram heard = reference_.hear();
        EXPECT_EQ(heard.sender, ::getpid());
        heard.sender = sender;
        return heard;
    }
    /// Expects RELOADING=1 with a time since `earliest`, with or without other messages of the watchdog
    /// before.
    void expect_reloading(std::uint64_t earliest, pid_t sender = ::getpid()) const
    {
        const Datagram heard = manager_.hear_other();
        const std::uint64_t when = monotonic_in(heard);
        EXPECT_GE(when, earliest);
        EXPECT_LE(when, monotonic());
        EXPECT_EQ(heard,
                  libsystemd_says(
                      "RELOADING=1\nMONOTONIC_USEC=" + std::to_string(when) + "\nSTATUS=reloading", sender));
    }

    static std::string name(const std::string& end)
    {
        const std::string given = GetParam();
        return given[0] == '@' ? given + std::to_string(::getpid()) + end : given;
    }

protected:
    const Manager manager_{name("")};
    const Manager reference_{name("-reference")};
};

TEST_P(SdNotify, SendsTheDatagramsOfTheNotifier)
{
    supervisor::Notifier notifier = notifier_of(manager_.name());
    notifier.ready("serving x");
    EXPECT_EQ(manager_.hear(), libsystemd_says("READY=1\nSTATUS=serving x"));
    notifier.status("not serving");
    EXPECT_EQ(manager_.hear(), libsystemd_says("STATUS=not serving"));
    notifier.watchdog();
    EXPECT_EQ(manager_.hear(), libsystemd_says("WATCHDOG=1"));
    notifier.stopping();
    EXPECT_EQ(manager_.hear(), libsystemd_says("STOPPING=1\nSTATUS=stopping"));
    const std::uint64_t before = monotonic();
    notifier.reloading();
    expect_reloading(before);
}

TEST_P(SdNotify, SendsTheDatagramsOfTheDaemon)
{
    support::DaemonStart start;
    start.environment = {"NOTIFY_SOCKET=" + manager_.name(), "WATCHDOG_USEC=300000"};
    support::Daemon daemon{start};
    const pid_t pid = daemon.process().pid();
    const Datagram ready = libsystemd_says("READY=1\nSTATUS=serving dyn.example.org. with 3 hosts", pid);
    EXPECT_EQ(manager_.hear_other(), ready);
    EXPECT_EQ(manager_.hear(), libsystemd_says("WATCHDOG=1", pid));

    std::uint64_t before = monotonic();
    daemon.process().signal(SIGHUP);
    expect_reloading(before, pid);
    EXPECT_EQ(manager_.hear_other(), ready);

    daemon.configure("no config\n");
    before = monotonic();
    daemon.process().signal(SIGHUP);
    expect_reloading(before, pid);
    const Datagram refused = manager_.hear_other();
    EXPECT_THAT(status_in(refused), testing::HasSubstr("the last reload was refused"));
    EXPECT_EQ(refused, libsystemd_says("READY=1\nSTATUS=" + status_in(refused), pid));

    daemon.process().signal(SIGTERM);
    EXPECT_EQ(manager_.hear_other(), libsystemd_says("STOPPING=1\nSTATUS=stopping", pid));
    EXPECT_EQ(daemon.process().wait(), 0);
}

TEST_P(SdNotify, SendsTheStatusOfADaemonThatCannotServe)
{
    support::DaemonStart start;
    start.config = "no config\n";
    start.environment = {"NOTIFY_SOCKET=" + manager_.name()};
    start.wait_until_it_serves = false;
    support::Daemon daemon{start};
    const Datagram heard = manager_.hear();
    EXPECT_THAT(status_in(heard), testing::StartsWith("not serving, next start in 10 s: "));
    EXPECT_EQ(heard, libsystemd_says("STATUS=" + status_in(heard), daemon.process().pid()));
    daemon.process().signal(SIGTERM);
    EXPECT_EQ(daemon.process().wait(), ipc::exit_config_errors);
}

INSTANTIATE_TEST_SUITE_P(Each, SdNotify, testing::Values("notify", "@nanodnsd-test-notify-"));

/// Whether libsystemd and the daemon reach a socket of this name.
void expect_agreement_on(const std::string& name, bool is_reached)
{
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
    EXPECT_EQ(::sd_notify(1, "READY=1") > 0, is_reached) << name;
    EXPECT_EQ(notifier_of(name).is_heard(), is_reached) << name;
}

TEST(SdNotifySocket, MayHaveTheNamesThatTheDaemonTakes)
{
    for (const char* name : {"", "/", "@", "notify", "./notify", "/nowhere", "@nowhere", "vsock:2:1"}) {
        expect_agreement_on(name, false);
    }
    const std::string abstract = "@nanodnsd-test-name-" + std::to_string(::getpid());
    for (const std::size_t size : {100U, 107U, 108U}) {
        const Manager manager{abstract + std::string(size - abstract.size(), 'x')};
        expect_agreement_on(manager.name(), size < 108);
    }
    const std::size_t folder = Manager{"x"}.name().size() - 1;
    const Manager longest{std::string(107 - folder, 'x')};
    expect_agreement_on(longest.name(), true);
    expect_agreement_on(longest.name() + "x", false);
}

} // namespace
