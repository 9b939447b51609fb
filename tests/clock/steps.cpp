// The effect of steps of the wall clock on lifetimes in the running daemon: none within a boot, also if
// processes are restarted. The executables are the real ones except for the source of the time
// (processes/clock.cpp), so a test can let time pass at once.
#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <fcntl.h>
#include <filesystem>
#include <gtest/gtest.h>
#include <limits>
#include <sys/mman.h>
#include <sys/stat.h>

#include "tests/clock/added_time.h"
#include "tests/support/cookies.h"
#include "tests/support/daemon.h"

namespace
{

using support::Daemon;

constexpr std::int64_t minute = 60;
constexpr std::int64_t day = 86400;
constexpr std::int64_t year = 31557600;
constexpr std::int64_t lifetime = 3600;
constexpr const char* home = "home.dyn.example.org";

std::int64_t seconds_of(clockid_t clock)
{
    timespec now{};
    ::clock_gettime(clock, &now);
    return now.tv_sec;
}

/// The clocks of one daemon, and its executables.
class Clock
{
public:
    Clock()
    {
        const std::string path = folder_ / "clock";
        support::write_file(path, std::string(sizeof(clock_test::AddedTime), '\0'));
        ::chmod(path.c_str(), 0644);
        const privsep::UniqueFd file{::open(path.c_str(), O_RDWR | O_CLOEXEC)};
        void* memory =
            ::mmap(nullptr, sizeof(clock_test::AddedTime), PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
        EXPECT_NE(memory, MAP_FAILED);
        added_ = static_cast<volatile clock_test::AddedTime*>(memory);
        install(path);
    }
    Clock(const Clock&) = delete;
    Clock& operator=(const Clock&) = delete;
    ~Clock() { ::munmap(const_cast<clock_test::AddedTime*>(added_), sizeof(clock_test::AddedTime)); }

    std::string installation() const { return folder_ / "installed"; }
    std::int64_t uptime() const { return seconds_of(CLOCK_BOOTTIME) + added_->uptime_ms / 1000; }
    /// Advances both clocks.
    void pass(std::int64_t seconds)
    {
        added_->uptime_ms = added_->uptime_ms + 1000 * seconds;
        step(seconds);
    }
    /// Advances only the uptime.
    void pass_uptime(std::int64_t seconds) { added_->uptime_ms = added_->uptime_ms + 1000 * seconds; }
    /// Steps only the wall clock.
    void step(std::int64_t seconds) { added_->wall_s = added_->wall_s + seconds; }
    void set_wall(std::int64_t time) { added_->wall_s = time - seconds_of(CLOCK_REALTIME); }
    std::int64_t wall() const { return seconds_of(CLOCK_REALTIME) + added_->wall_s; }
    /// Simulates a reboot of the machine a minute ago.
    void reboot() { added_->uptime_ms = 1000 * (minute - seconds_of(CLOCK_BOOTTIME)); }

private:
    void install(const std::string& path_of_clock) const
    {
        const auto placeholder = clock_test::placeholder();
        const std::string wanted{placeholder.data(), placeholder.size()};
        std::string written = path_of_clock;
        written.resize(wanted.size());
        for (const char* name :
             {"bin/nanodnsd", "libexec/nanodnsd/responder", "libexec/nanodnsd/updater",
              "libexec/nanodnsd/updater-tls", "libexec/nanodnsd/keyholder", "libexec/nanodnsd/console",
              "libexec/nanodnsd/keeper", "libexec/nanodnsd/reader"}) {
            std::string executable = support::read_file(std::string{CLOCK_BUILD "/"} + name);
            const std::size_t at = executable.find(wanted);
            ASSERT_NE(at, std::string::npos) << name;
            executable.replace(at, wanted.size(), written);
            const std::filesystem::path to{installation() + "/" + name};
            std::filesystem::create_directories(to.parent_path());
            support::write_file(to, executable);
            ::chmod(to.c_str(), 0755);
        }
        for (const char* name : {"", "/bin", "/libexec", "/libexec/nanodnsd"}) {
            ::chmod((installation() + name).c_str(), 0755);
        }
    }

    support::Folder folder_;
    volatile clock_test::AddedTime* added_ = nullptr;
};

struct Event {
    const char* name;
    void (*happen)(Daemon&);
};

void restart_in_order(Daemon& daemon)
{
    EXPECT_EQ(daemon.stop(), 0);
    daemon.start();
}
void restart_after_a_crash(Daemon& daemon)
{
    daemon.kill_all();
    daemon.start();
}

constexpr std::array events{
    Event{"reload", [](Daemon& daemon) { EXPECT_TRUE(daemon.reload()); }},
    Event{"death of the keeper", [](Daemon& daemon) { daemon.replace("keeper", SIGKILL); }},
    Event{"restart", restart_in_order},
    Event{"restart after kill -9", restart_after_a_crash},
};

constexpr std::array<std::int64_t, 7> steps{0,        10 * minute, -10 * minute, 3 * day,
                                            -3 * day, 10 * year,   -10 * year};

std::string text_of(std::int64_t step)
{
    const std::string sign = step < 0 ? "-" : "+";
    const std::int64_t size = std::abs(step);
    if (size >= year) {
        return sign + std::to_string(size / year) + " years";
    }
    return size >= day ? sign + std::to_string(size / day) + " days"
                       : sign + std::to_string(size / minute) + " min";
}

/// The keeper reads the time when it receives a request.
void wake_keeper(const Daemon& daemon)
{
    for (int i = 0; i < 2; ++i) {
        const std::string reply = daemon.update("hostname=office.dyn.example.org&token=other&ipv4=192.0.2.9");
        EXPECT_TRUE(reply.starts_with("200 ok ")) << reply;
    }
}

bool has_address(const Daemon& daemon)
{
    wake_keeper(daemon);
    return !daemon.dig(home, "A").empty();
}

/// An uptime between two that are known: what a process does takes time on a busy machine.
struct Moment {
    std::int64_t earliest = 0;
    std::int64_t latest = 0;
    Moment operator+(std::int64_t seconds) const { return {earliest + seconds, latest + seconds}; }
};

Moment update(const Daemon& daemon, const Clock& clock)
{
    static int number = 0;
    const std::string address = "198.51.100." + std::to_string(++number % 250);
    const std::int64_t before = clock.uptime();
    EXPECT_EQ(daemon.update(std::string{"hostname="} + home + "&token=secret&ipv4=" + address),
              "200 ok updated");
    return {before, clock.uptime()};
}

/// Lets time pass until the address is gone: between the last check that found it and the first that did not.
Moment expiry(const Daemon& daemon, Clock& clock, const Moment& expected)
{
    constexpr std::int64_t margin = 3;
    Moment seen{0, clock.uptime()};
    bool is_near = false;
    while (has_address(daemon)) {
        seen.earliest = seen.latest;
        if (seen.latest > expected.latest + margin) {
            return {seen.latest, std::numeric_limits<std::int64_t>::max()};
        }
        clock.pass(is_near ? 1 : std::max(expected.earliest - margin - clock.uptime(), std::int64_t{1}));
        is_near = true;
        seen.latest = clock.uptime();
    }
    seen.latest = clock.uptime();
    return seen;
}

void check(const char* what, const char* event, const std::string& step, const Moment& expected,
           const Moment& seen)
{
    std::printf("%-22s | %-22s | %-9s | %lld to %lld s | %lld to %lld s\n", what, event, step.c_str(),
                static_cast<long long>(expected.earliest), static_cast<long long>(expected.latest),
                static_cast<long long>(seen.earliest), static_cast<long long>(seen.latest));
    constexpr std::int64_t rounding = 1; // all times are in whole seconds
    EXPECT_LE(seen.earliest, expected.latest + rounding) << event << ' ' << step;
    EXPECT_GE(seen.latest, expected.earliest - rounding) << event << ' ' << step;
}

support::DaemonStart start_in(const Clock& clock)
{
    support::DaemonStart start;
    start.config = support::server_config() + "[@home]\ntoken = secret\nexpire = 1h\n" +
                   "[@office]\ntoken = other\nexpire = 1h\n";
    start.installed_in = clock.installation();
    return start;
}

class WithinABoot : public testing::TestWithParam<Event>
{
};

TEST_P(WithinABoot, AStepOfTheWallClockChangesNoLifetime)
{
    Clock clock;
    Daemon daemon{start_in(clock)};
    for (const std::int64_t step : steps) {
        constexpr std::int64_t passed = 10 * minute;
        const Moment expected = update(daemon, clock) + lifetime;
        clock.pass(passed);
        clock.step(step);
        GetParam().happen(daemon);
        check("within a boot", GetParam().name, text_of(step), expected, expiry(daemon, clock, expected));
    }
}

INSTANTIATE_TEST_SUITE_P(Over, WithinABoot, testing::ValuesIn(events), [](const auto& test) {
    std::string name = test.param.name;
    std::erase_if(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; });
    return name;
});

class OverABoot : public testing::TestWithParam<Event>
{
protected:
    /// Starts a lifetime, stops the daemon in order, and reboots the machine.
    void boot_after_an_update(std::int64_t wall_after_it)
    {
        std::int64_t uncertainty = 0; // of updated_at_
        {
            auto first = start("0a");
            const Moment update_took = update(*first, clock_);
            updated_at_ = clock_.wall();
            uncertainty = update_took.latest - update_took.earliest;
            EXPECT_EQ(first->stop(), 0);
        }
        clock_.reboot();
        booted_.earliest = clock_.uptime() - uncertainty;
        clock_.set_wall(wall_after_it == 0 ? 0 : updated_at_ + wall_after_it);
        daemon_ = start("0b");
        booted_.latest = clock_.uptime();
    }
    std::unique_ptr<Daemon> start(const std::string& boot) const
    {
        support::DaemonStart how = start_in(clock_);
        how.state_folder = state_.path();
        how.environment = {"NANODNSD_BOOT_ID=" + boot + std::string(30, '7')};
        return std::make_unique<Daemon>(how);
    }

    Clock clock_;
    support::Folder state_;
    std::unique_ptr<Daemon> daemon_;
    std::int64_t updated_at_ = 0;
    Moment booted_;
};

// a machine without a clock of its own: NTP sets the time two minutes after the start
TEST_P(OverABoot, SettingTheClockLaterChangesNoLifetime)
{
    for (const std::int64_t off : {std::int64_t{0}, 10 * minute, 3 * day, 10 * year}) {
        boot_after_an_update(0);
        clock_.pass(2 * minute);
        clock_.set_wall(updated_at_ + 5 * minute + off);
        GetParam().happen(*daemon_);
        const Moment expected = booted_ + lifetime;
        check("booted without a clock", GetParam().name, "set " + text_of(off), expected,
              expiry(*daemon_, clock_, expected));
        daemon_.reset();
        std::filesystem::remove_all(state_ / "nanodnsd.state.0");
        std::filesystem::remove_all(state_ / "nanodnsd.state.1");
    }
}

TEST_P(OverABoot, AClockThatIsAheadIsUsed)
{
    boot_after_an_update(20 * minute);
    GetParam().happen(*daemon_);
    const Moment expected = booted_ + (lifetime - 20 * minute);
    check("booted 20 min later", GetParam().name, "+0 min", expected, expiry(*daemon_, clock_, expected));
}

INSTANTIATE_TEST_SUITE_P(Then, OverABoot, testing::ValuesIn(events), [](const auto& test) {
    std::string name = test.param.name;
    std::erase_if(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; });
    return name;
});

/// The supervisor does what is due in the turn in which it begins a reload. The responders of a second one
/// start after that. No old one is left, since its patience would end with the next step of the clock.
void do_what_is_due(Daemon& daemon)
{
    for (int i = 0; i < 2; ++i) {
        ASSERT_TRUE(daemon.reload());
        EXPECT_TRUE(support::eventually([&] { return daemon.all_of("responder").size() == 1; }));
    }
}

// RFC 7873 section 7.1. The age of the cookies does not matter, since the wall clock does not move.
TEST(SecretsOfCookiesOverTime, MakeCookiesForADayAndAreAcceptedForAnHourMore)
{
    Clock clock;
    Daemon daemon{{.config = support::server_config("cookies = strict\n") + support::sample_hosts(),
                   .installed_in = clock.installation()}};
    const std::string first = support::learn_cookie(daemon);
    clock.pass_uptime(day - minute);
    do_what_is_due(daemon);
    EXPECT_TRUE(support::accepts_cookie(daemon, first));
    clock.pass_uptime(minute);
    do_what_is_due(daemon);
    EXPECT_TRUE(support::accepts_cookie(daemon, first));
    const std::string second = support::learn_cookie(daemon);
    clock.pass_uptime(lifetime);
    do_what_is_due(daemon);
    EXPECT_FALSE(support::accepts_cookie(daemon, first));
    EXPECT_TRUE(support::accepts_cookie(daemon, second));
    clock.pass_uptime(day - lifetime);
    do_what_is_due(daemon);
    EXPECT_TRUE(support::accepts_cookie(daemon, second));
    clock.pass_uptime(lifetime);
    do_what_is_due(daemon);
    EXPECT_FALSE(support::accepts_cookie(daemon, second));
}

} // namespace
