// The checks of the unit, the sockets, the clock and the sandbox, in both states.
#include <gtest/gtest.h>

#include "proto/base/text.h"
#include "tests/ctl/doctor/facts.h"

namespace
{

using namespace doctor_test;

std::string said_of_unit(const std::function<void(ctl::Unit&)>& change)
{
    doctor::Facts facts = good_facts();
    change(*facts.manager->service);
    return said(doctor::check_unit, facts);
}

TEST(DoctorUnit, FailsOrWarns)
{
    EXPECT_EQ(said_of_unit([](ctl::Unit& unit) {
                  unit.active_state = "failed";
                  unit.result = "exit-code";
              }),
              line("FAIL", "nanodnsd.service failed: exit-code",
                   "journalctl -u nanodnsd.service -n 20; systemctl restart nanodnsd.service"));
    EXPECT_EQ(said_of_unit([](ctl::Unit& unit) { unit.active_state = "inactive"; }),
              line("FAIL", "nanodnsd.service is inactive", "systemctl start nanodnsd.service"));
    EXPECT_EQ(said_of_unit([](ctl::Unit& unit) { unit.load_state = "masked"; }),
              line("FAIL", "nanodnsd.service is masked", "systemctl unmask nanodnsd.service"));
    EXPECT_EQ(said_of_unit([](ctl::Unit& unit) { unit.file_state = "disabled"; }),
              line("warn", "nanodnsd.service is not enabled, so it does not start with the system",
                   "systemctl enable nanodnsd.service"));
    EXPECT_EQ(said_of_unit([](ctl::Unit& unit) {
                  unit.restarts = 2;
                  unit.active_at = now - 5 * minute;
              }),
              line("warn", "nanodnsd.service was restarted 5 min ago; 2 restarts",
                   "journalctl -u nanodnsd.service --since=-1h"));
    EXPECT_EQ(said_of_unit([](ctl::Unit& unit) { unit.restarts = 2; }),
              line("ok", "nanodnsd.service is active (running), enabled, 2 restarts"));
}

// It never becomes "failed", because systemd always starts it again.
TEST(DoctorUnit, FailsIfItIsStartedAgainAndAgain)
{
    const std::string log = "journalctl -u nanodnsd.service -n 20";
    const auto said_of = [](const char* sub_state, const char* result, std::uint32_t restarts) {
        return said_of_unit([&](ctl::Unit& unit) {
            unit.active_state = "activating";
            unit.sub_state = sub_state;
            unit.result = result;
            unit.restarts = restarts;
            unit.active_at.reset();
        });
    };
    for (const char* sub_state : {"auto-restart", "auto-restart-queued"}) {
        EXPECT_EQ(said_of(sub_state, "exit-code", 17),
                  line("FAIL", "nanodnsd.service failed: exit-code, 17 restarts", log));
    }
    EXPECT_EQ(said_of("start", "success", 1), line("FAIL", "nanodnsd.service failed: 1 restart", log));
    EXPECT_EQ(said_of("start", "success", 0),
              line("FAIL", "nanodnsd.service is activating", "systemctl start nanodnsd.service"));
}

TEST(DoctorUnit, MayNotBeThere)
{
    doctor::Facts facts = good_facts();
    facts.manager->service.reset();
    EXPECT_EQ(said(doctor::check_unit, facts), line("skip", "the daemon was not started by a unit"));
    facts.running = no_facts().running;
    EXPECT_EQ(said(doctor::check_unit, facts), line("skip", "there is no unit nanodnsd.service"));
}

const std::string enable_https = "systemctl enable nanodnsd-https.socket && "
                                 "systemctl restart nanodnsd-https.socket nanodnsd.service";

TEST(DoctorSockets, MustListen)
{
    doctor::Facts facts = good_facts();
    facts.manager->sockets[2].active_state = "inactive";
    EXPECT_EQ(said(doctor::check_sockets, facts),
              line("FAIL", "nanodnsd-https.socket does not listen: it is inactive", enable_https));
    facts.manager->sockets[2].active_state = "failed";
    facts.manager->sockets[2].result = "resources";
    EXPECT_EQ(said(doctor::check_sockets, facts),
              line("FAIL", "nanodnsd-https.socket failed: resources", enable_https));
    facts = good_facts();
    facts.running->sockets.pop_back();
    EXPECT_EQ(said(doctor::check_sockets, facts),
              line("FAIL", "the daemon does not listen for https", enable_https));
    facts.manager = no_facts().manager;
    EXPECT_EQ(said(doctor::check_sockets, facts),
              line("FAIL", "the daemon does not listen for https", "kill 4812 # and start nanodnsd again"));
    facts.main_pid = 0; // its own number of a process is that of another one here
    EXPECT_EQ(said(doctor::check_sockets, facts), line("FAIL", "the daemon does not listen for https",
                                                       "ps -C nanodnsd # stop it, and start it again"));
}

TEST(DoctorSockets, AreThoseOfTheConfig)
{
    doctor::Facts facts = good_facts();
    facts.config = parsed(server + "[http]\nport = off\n" + hosts);
    EXPECT_EQ(said(doctor::check_sockets, facts), line("ok", "dns listens"));
    facts.config = parsed(server + "[metrics]\nport = 9109\n" + hosts);
    EXPECT_EQ(said(doctor::check_sockets, facts),
              line("FAIL", "the daemon does not listen for metrics",
                   "systemctl enable nanodnsd-metrics.socket && "
                   "systemctl restart nanodnsd-metrics.socket nanodnsd.service"));
    facts.running->sockets.push_back({admin::Socket::metrics, *base::parse_address("127.0.0.1"), 9109});
    EXPECT_EQ(said(doctor::check_sockets, facts), line("ok", "dns, http and metrics listen"));
}

TEST(DoctorSockets, AreLookedAtThoughTheServiceDoesNotRun)
{
    doctor::Facts facts = good_facts();
    facts.running = no_facts().running;
    facts.manager->service->active_state = "inactive";
    EXPECT_EQ(said(doctor::check_sockets, facts), line("ok", "dns, http and https listen"))
        << "the first query starts it";
    facts.manager->sockets[0].active_state = "inactive";
    EXPECT_EQ(said(doctor::check_sockets, facts),
              line("FAIL", "nanodnsd-dns.socket does not listen: it is inactive",
                   "systemctl enable nanodnsd-dns.socket && "
                   "systemctl restart nanodnsd-dns.socket nanodnsd.service"));
    facts.manager->sockets.clear(); // a unit of the administrator, which binds the ports
    EXPECT_EQ(said(doctor::check_sockets, facts), line("skip", "no daemon listens on /run/nanodnsd/control"));
}

TEST(DoctorSockets, MustListenIfTheyAreEnabled)
{
    const std::string name = "nanodnsd-control.socket";
    const std::string enable =
        base::filled("systemctl enable {} && systemctl restart {} nanodnsd.service", {name, name});
    doctor::Facts facts = good_facts();
    facts.manager->sockets.push_back(unit(name.c_str(), "running"));
    ctl::Unit& control = facts.manager->sockets.back();
    const std::string all_listen = line("ok", "dns, http and https listen");
    EXPECT_EQ(said(doctor::check_sockets, facts), all_listen);
    facts.running = no_facts().running;
    control.active_state = "inactive";
    EXPECT_EQ(said(doctor::check_sockets, facts),
              line("FAIL", name + " does not listen: it is inactive", enable));
    control.file_state = "disabled";
    EXPECT_EQ(said(doctor::check_sockets, facts), all_listen) << "nobody wants it";
    control.active_state = "failed";
    control.result = "resources";
    EXPECT_EQ(said(doctor::check_sockets, facts), line("FAIL", name + " failed: resources", enable));
    facts.manager->service.reset(); // not the daemon's
    EXPECT_EQ(said(doctor::check_sockets, facts), line("skip", "no daemon listens on /run/nanodnsd/control"));
}

// A member of the group of the control socket may not read it.
TEST(DoctorSockets, MustListenIfTheConfigIsNotKnown)
{
    doctor::Facts facts = good_facts();
    facts.config = no_facts().config;
    EXPECT_EQ(said(doctor::check_sockets, facts), line("ok", "dns listens"));
    facts.manager->sockets[2].active_state = "failed";
    facts.manager->sockets[2].result = "resources";
    EXPECT_EQ(said(doctor::check_sockets, facts),
              line("FAIL", "nanodnsd-https.socket failed: resources", enable_https));
}

TEST(DoctorSockets, StartWithTheSystem)
{
    doctor::Facts facts = good_facts();
    facts.manager->sockets[2].file_state = "disabled";
    EXPECT_EQ(said(doctor::check_sockets, facts),
              line("warn", "nanodnsd-https.socket is not enabled, so it does not start with the system",
                   "systemctl enable nanodnsd-https.socket"));
    facts.manager->sockets[2].file_state = "enabled";
    facts.manager->sockets[1].file_state = "disabled";
    EXPECT_EQ(said(doctor::check_sockets, facts), line("ok", "dns, http and https listen"))
        << "the service starts it";
}

TEST(DoctorClock, MustBeSynchronisedAndAfterTheBuild)
{
    doctor::Facts facts = good_facts();
    facts.clock_is_synchronised = false;
    EXPECT_EQ(said(doctor::check_clock, facts),
              line("warn", "the clock is not synchronised", "timedatectl set-ntp true"));
    facts.manager = no_facts().manager; // a system without systemd
    EXPECT_EQ(said(doctor::check_clock, facts),
              line("warn", "the clock is not synchronised", "chronyd -q 'pool pool.ntp.org iburst'"));
    facts = good_facts();
    facts.built = now + day;
    EXPECT_EQ(
        said(doctor::check_clock, facts),
        line("FAIL",
             "the clock shows 2026-11-28T12:00:00Z, which is before this program was installed or built",
             "timedatectl set-ntp true"));
}

TEST(DoctorSandbox, NamesWhatIsMissing)
{
    doctor::Facts facts = good_facts();
    for (const char* name : {"responder", "responder", "updater"}) {
        facts.running->processes.push_back({name, 0, 820, now, 0, "Landlock (not supported)"});
    }
    EXPECT_EQ(said(doctor::check_sandbox, facts),
              line("warn", "responder and updater run without Landlock (not supported)",
                   "uname -r; cat /sys/kernel/security/lsm"));
}

} // namespace
