// What the service manager knows, and `status` with it and without a daemon.
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/fsuid.h>

#include "ctl/bus.h"
#include "tests/ctl/fake_bus.h"
#include "tests/ctl/json_file.h"
#include "tests/ctl/sample.h"

#if NANODNSD_SYSTEMD

namespace
{

using ctl_test::BusContent;
using ctl_test::BusProperties;
using ctl_test::Console;
using ctl_test::day;
using ctl_test::FakeBus;
using ctl_test::minute;
using ctl_test::now;
using ctl_test::sample_answer;
using testing::HasSubstr;

constexpr std::uint32_t supervisor = 4000812; // of ctl_test::sample_status()

std::string path_of_unit(const std::string& name)
{
    std::string path = "systemd1/unit/"; // each other byte than a letter or a digit as _ and two digits
    for (const char c : name) {
        path += c == '-' ? "_2d" : c == '.' ? "_2e" : std::string{c};
    }
    return path;
}

std::uint64_t microseconds(base::UnixTime time)
{
    return static_cast<std::uint64_t>(time.time_since_epoch().count()) * 1'000'000 + 999'999;
}

void add(BusProperties& properties, const ctl::Unit& unit)
{
    const auto add_one = [&](const char* name, ctl_test::BusValue value) {
        properties[path_of_unit(unit.name) + ' ' + name] = std::move(value);
    };
    add_one("Id", unit.name);
    add_one("LoadState", unit.load_state);
    add_one("ActiveState", unit.active_state);
    add_one("SubState", unit.sub_state);
    add_one("UnitFileState", unit.file_state);
    add_one("Result", unit.result);
    add_one("StateChangeTimestamp", unit.since ? microseconds(*unit.since) : std::uint64_t{0});
    add_one("ActiveEnterTimestamp", unit.active_at ? microseconds(*unit.active_at) : std::uint64_t{0});
    add_one("NRestarts", unit.restarts);
    add_one("MainPID", unit.main_pid);
}

ctl::Unit running_service()
{
    return {ctl::service_unit, "loaded",      "active",      "running",        "enabled",
            "success",         now - 3 * day, now - 3 * day, std::uint32_t{1}, supervisor};
}
ctl::Unit listening_socket(const char* name)
{
    return {name, "loaded", "active", "running", "enabled", "success", now - 3 * day, now - 3 * day, 0, 0};
}

BusContent sample_bus(const ctl::Unit& service)
{
    BusContent content;
    add(content.properties, service);
    add(content.properties, listening_socket("nanodnsd-dns.socket"));
    ctl::Unit https = listening_socket("nanodnsd-https.socket");
    https.active_state = "inactive";
    https.sub_state = "dead";
    https.file_state = "disabled";
    https.since.reset();
    https.active_at.reset();
    add(content.properties, https);
    ctl::Unit control = https;
    control.name = "nanodnsd-control.socket";
    control.load_state = "not-found";
    add(content.properties, control);
    if (service.main_pid != 0) {
        content.units_of_processes[service.main_pid] = "/org/freedesktop/" + path_of_unit(service.name);
    }
    return content;
}

ctl_test::Ran run_with(const FakeBus& bus, const std::vector<std::string>& arguments,
                       const std::string& socket, std::chrono::milliseconds patience = ctl::usual_patience)
{
    ctl_test::How how;
    how.bus = bus.address();
    how.patience = patience;
    return ctl_test::run(arguments, socket, how);
}

TEST(CtlBus, KnowsUnits)
{
    const FakeBus fake{sample_bus(running_service())};
    ctl::Bus bus{fake.address(), ctl_test::no_hurry};
    ASSERT_TRUE(bus.is_connected()) << bus.why_not();
    EXPECT_EQ(bus.unit(ctl::service_unit), running_service());
    EXPECT_EQ(bus.unit_of(supervisor), running_service());
    EXPECT_EQ(bus.unit_of(1), std::nullopt);
    EXPECT_EQ(bus.unit("other.service"), std::nullopt);
    EXPECT_EQ(bus.unit("nanodnsd-dns.socket"), listening_socket("nanodnsd-dns.socket"));
    EXPECT_FALSE(bus.unit("nanodnsd-control.socket")->is_there());
    EXPECT_TRUE(bus.is_connected()) << "an error is an answer";
}

TEST(CtlBus, KnowsTheMainProcessAlone)
{
    BusContent content = sample_bus(running_service());
    content.units_of_processes[77] = "/org/freedesktop/" + path_of_unit(ctl::service_unit);
    const FakeBus fake{std::move(content)};
    ctl::Bus bus{fake.address(), ctl_test::no_hurry};
    EXPECT_EQ(bus.unit_of(77), std::nullopt);
}

TEST(CtlBus, KnowsTheClockAndTheStubOfResolved)
{
    BusContent content;
    content.properties["timedate1 NTPSynchronized"] = true;
    content.properties["resolve1 DNSStubListener"] = "udp";
    ctl::Unit resolved = running_service();
    resolved.name = "systemd-resolved.service";
    add(content.properties, resolved);
    {
        const FakeBus fake{content};
        ctl::Bus bus{fake.address(), ctl_test::no_hurry};
        EXPECT_EQ(bus.is_clock_synchronised(), true);
        EXPECT_EQ(bus.resolved_stub(), "udp");
    }
    resolved.active_state = "inactive";
    add(content.properties, resolved);
    content.properties["timedate1 NTPSynchronized"] = false;
    const FakeBus fake{content};
    ctl::Bus bus{fake.address(), ctl_test::no_hurry};
    EXPECT_EQ(bus.is_clock_synchronised(), false);
    EXPECT_EQ(bus.resolved_stub(), std::nullopt) << "asking would start it";
}

TEST(CtlBus, IsNotNeeded)
{
    ctl::Bus none{""};
    EXPECT_FALSE(none.is_connected());
    EXPECT_EQ(none.unit(ctl::service_unit), std::nullopt);
    EXPECT_EQ(ask_manager(none, supervisor), std::nullopt);
    ctl::Bus nowhere{"unix:path=/no/such/socket"};
    EXPECT_EQ(nowhere.why_not(), "No such file or directory");
    ctl::Bus odd{"what is this"};
    EXPECT_FALSE(odd.is_connected());
}

// It waits no longer than its patience, however many questions there are.
TEST(CtlBus, GivesUpABusThatHangs)
{
    const std::chrono::milliseconds patience{50};
    BusContent content = sample_bus(running_service());
    content.answers = 3;
    const FakeBus fake{std::move(content)};
    ctl::Bus bus{fake.address(), patience};
    EXPECT_EQ(ask_manager(bus, supervisor), std::nullopt);
    EXPECT_FALSE(bus.is_connected());
    EXPECT_EQ(bus.is_clock_synchronised(), std::nullopt);
    EXPECT_LE(fake.asked(), 4U) << "it was asked again";

    const ctl::Fd silent{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)}; // nobody accepts
    struct sockaddr_un address {
    };
    address.sun_family = AF_UNIX;
    const std::string name = "nanodnsctl-test-" + std::to_string(::getpid());
    name.copy(address.sun_path + 1, name.size());
    const auto size = static_cast<socklen_t>(offsetof(struct sockaddr_un, sun_path) + 1 + name.size());
    ASSERT_EQ(::bind(silent.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    ASSERT_EQ(::listen(silent.get(), 1), 0);
    ctl::Bus silent_bus{"unix:abstract=" + name, patience};
    EXPECT_FALSE(silent_bus.is_connected());
    EXPECT_EQ(silent_bus.why_not(), "Connection timed out");
}

TEST(CtlStatus, HasTheUnit)
{
    const Console console{sample_answer};
    const FakeBus bus{sample_bus(running_service())};
    const auto ran = run_with(bus, {"status"}, console.path());
    EXPECT_THAT(ran.out, HasSubstr(", up 3 d 4 h\n"
                                   "  unit         active (running), enabled, 1 restart\n"
                                   "  sockets      dns 53 udp tcp"));
    EXPECT_EQ(run_with(bus, {"status", "--json"}, console.path()).out,
              ctl_test::json_file("status-with-unit.json"));
}

TEST(CtlStatus, HasNoUnitOfAnotherProcess)
{
    const Console console{sample_answer};
    ctl::Unit service = running_service();
    service.main_pid = 5;
    const FakeBus bus{sample_bus(service)};
    EXPECT_THAT(run_with(bus, {"status"}, console.path()).out, testing::Not(HasSubstr("  unit")));
    EXPECT_THAT(run_with(bus, {"status", "--json"}, console.path()).out, HasSubstr(R"("unit":null)"));
}

ctl::Unit failed_service()
{
    ctl::Unit service = running_service();
    service.active_state = "activating";
    service.sub_state = "auto-restart";
    service.result = "exit-code";
    service.since = now - 5 * minute;
    service.restarts = 17;
    service.main_pid = 0;
    return service;
}

TEST(CtlStatus, IsThatOfTheServiceManagerWithoutADaemon)
{
    const FakeBus bus{sample_bus(failed_service())};
    const auto ran = run_with(bus, {"status"}, "/no/such/socket");
    EXPECT_EQ(ran.status, 3);
    EXPECT_EQ(ran.out, "\xE2\x97\x8F nanodnsd has failed\n"
                       "  unit   activating (auto-restart), enabled, 17 restarts\n"
                       "  since  5 min ago\n"
                       "  socket unit            state             enabled\n"
                       "  nanodnsd-dns.socket    active (running)  enabled\n"
                       "  nanodnsd-https.socket  inactive (dead)   disabled\n"
                       "! nanodnsd.service failed (exit-code): journalctl -u nanodnsd.service says why\n");
    EXPECT_THAT(ran.err, HasSubstr("no daemon listens on /no/such/socket"));
    const auto json = run_with(bus, {"status", "--json"}, "/no/such/socket");
    EXPECT_EQ(json.status, 3);
    EXPECT_EQ(json.out, ctl_test::json_file("status-without-daemon.json"));
}

TEST(CtlStatus, SaysThatNothingStartsTheService)
{
    ctl::Unit service = failed_service();
    service.active_state = "inactive";
    service.sub_state = "dead";
    BusContent content;
    add(content.properties, service);
    const FakeBus bus{content};
    EXPECT_EQ(run_with(bus, {"status"}, "/no/such/socket").out,
              "\xE2\x97\x8B nanodnsd does not run\n"
              "  unit   inactive (dead), enabled, 17 restarts\n"
              "  since  5 min ago\n"
              "! no socket starts it: systemctl enable --now nanodnsd.service\n");
    service.load_state = "not-found";
    add(content.properties, service);
    const FakeBus without{content};
    EXPECT_EQ(run_with(without, {"status"}, "/no/such/socket").out,
              "\xE2\x97\x8B nanodnsd.service is not installed\n");
    EXPECT_EQ(ctl_test::run({"status"}, "/no/such/socket").out, "") << "there is no bus";
}

// While the service manager tries to start the daemon, it holds the socket, and nobody answers.
TEST(CtlStatus, TellsADaemonThatHangsFromNone)
{
    const Console silent{[](const auto&) { return ctl_test::Answer{ipc::admin::CountersSince{}}; }};
    const std::chrono::milliseconds patience{20};
    const FakeBus failing{sample_bus(failed_service())};
    EXPECT_EQ(run_with(failing, {"status"}, silent.path()).status, 1) << "another protocol";
    const ctl::Fd socket{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)}; // nobody accepts
    struct sockaddr_un address {
    };
    address.sun_family = AF_UNIX;
    const std::string path = silent.folder() + "/nobody";
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(socket.get(), 4), 0);
    const auto ran = run_with(failing, {"status"}, path, patience);
    EXPECT_EQ(ran.status, 3);
    EXPECT_EQ(ran.err, "nanodnsctl: nanodnsd does not answer\n");
    const FakeBus running{sample_bus(running_service())};
    const auto hangs = run_with(running, {"status"}, path, patience);
    EXPECT_EQ(hangs.status, 1);
    EXPECT_THAT(hangs.out, HasSubstr("nanodnsd is active, but does not answer on its control socket\n"));
}

/// A daemon that hangs after its greeting: the console gives up, or hangs as well.
ctl_test::Answering hanging(bool refuses)
{
    return [refuses](const ipc::admin::ClientToConsole& request) -> ctl_test::Answer {
        if (std::holds_alternative<ipc::admin::Hello>(request)) {
            return {ctl_test::welcome};
        }
        return refuses ? ctl_test::Answer{ipc::admin::Refusal{ipc::admin::Refused::failed, "not in time"}}
                       : ctl_test::Answer{ipc::admin::CountersSince{}};
    };
}

TEST(CtlStatus, IsThatOfTheServiceManagerIfADaemonHangsAfterItsGreeting)
{
    const FakeBus bus{sample_bus(running_service())};
    const std::string unit = "\n  unit   active (running), enabled, 1 restart\n";
    const Console refusing{hanging(true)};
    const auto refused = run_with(bus, {"status"}, refusing.path());
    EXPECT_EQ(refused.status, 1);
    EXPECT_THAT(refused.out, testing::StartsWith("\xE2\x97\x8F nanodnsd is active" + unit));
    EXPECT_EQ(refused.err, "nanodnsctl: not in time\n");
    const Console silent{hanging(false)};
    const std::chrono::milliseconds patience{20};
    const auto ran = run_with(bus, {"status"}, silent.path(), patience);
    EXPECT_EQ(ran.status, 1);
    EXPECT_THAT(ran.out, testing::StartsWith("\xE2\x97\x8F nanodnsd is active, but does not answer on its "
                                             "control socket" +
                                             unit));
    EXPECT_EQ(ran.err, "nanodnsctl: nanodnsd does not answer\n");
    EXPECT_THAT(run_with(bus, {"status", "--json"}, silent.path(), patience).out,
                HasSubstr(R"("unit":{"name":"nanodnsd.service","active_state":"active")"));
}

// One that was started by hand.
TEST(CtlStatus, IsNotThatOfAServiceThatDoesNotRunIfAnotherDaemonHangs)
{
    ctl::Unit service = failed_service();
    service.active_state = "inactive";
    const FakeBus bus{sample_bus(service)};
    const Console refusing{hanging(true)};
    const auto ran = run_with(bus, {"status"}, refusing.path());
    EXPECT_EQ(ran.status, 1);
    EXPECT_EQ(ran.out, "");
    EXPECT_EQ(ran.err, "nanodnsctl: not in time\n");
}

// The standard error says why.
TEST(CtlStatus, DoesNotCallADaemonSilentThatRefusesOrMayNotBeAsked)
{
    const std::string heading = "\xE2\x97\x8F nanodnsd is active\n";
    const FakeBus bus{sample_bus(running_service())};
    const Console busy{[](const auto&) -> ctl_test::Answer {
        return {ipc::admin::Refusal{ipc::admin::Refused::busy, "16 clients are connected"}};
    }};
    const auto refused = run_with(bus, {"status"}, busy.path());
    EXPECT_EQ(refused.status, 1);
    EXPECT_THAT(refused.out, testing::StartsWith(heading));
    namespace fs = std::filesystem;
    const fs::path bus_path = bus.address().substr(bus.address().find('=') + 1);
    fs::permissions(bus_path.parent_path(), fs::perms{0755});
    fs::permissions(bus_path, fs::perms{0666});
    fs::permissions(busy.path(), fs::perms{0});
    constexpr uid_t nobody = 65534;
    const int own = ::setfsuid(nobody); // without the right of root to pass every mode
    const auto closed = run_with(bus, {"status"}, busy.path());
    ::setfsuid(static_cast<uid_t>(own));
    EXPECT_EQ(closed.status, 5);
    EXPECT_THAT(closed.out, testing::StartsWith(heading));
}

} // namespace

#endif
