// The check of the hosts, in both states.
#include <gtest/gtest.h>

#include "tests/ctl/doctor/facts.h"

namespace
{

using namespace doctor_test;

std::string said_of_host(const admin::HostRow& row)
{
    doctor::Facts facts = good_facts();
    facts.running->hosts = {row};
    return said(doctor::check_hosts, facts);
}

// A line is pasted into a shell, which knows neither -S nor that the name is no pattern.
TEST(DoctorHosts, HaveALineForTheSocketThatWasAsked)
{
    doctor::Facts facts = good_facts();
    facts.ctl_program = "nanodnsctl -S /tmp/control";
    admin::HostRow row = ctl_test::shed_row();
    row.name = named("*");
    row.refused.reset();
    facts.running->hosts = {row};
    EXPECT_EQ(said(doctor::check_hosts, facts),
              line("warn", "* has been overdue for 8 d: its last report came 9 d ago",
                   "nanodnsctl -S /tmp/control show '*'"));
    facts.running->hosts.front().name = named("-cam"); // no option
    EXPECT_EQ(said(doctor::check_hosts, facts),
              line("warn", "-cam has been overdue for 8 d: its last report came 9 d ago",
                   "nanodnsctl -S /tmp/control show -- -cam"));
    EXPECT_EQ(facts.edit(), "${EDITOR:-vi} " + path + " && nanodnsctl -S /tmp/control reload");
}

TEST(DoctorHosts, NamesTheSilentAndTheRefused)
{
    EXPECT_EQ(said_of_host(ctl_test::shed_row()),
              line("warn", "shed has been overdue for 8 d: its last report came 9 d ago") +
                  line("warn",
                       "shed was refused 3 times since its last success, most recently 20 min ago: wrong "
                       "secret, from "
                       "192.0.2.9",
                       "nanodnsctl show shed"));
    admin::HostRow silent = ctl_test::shed_row();
    silent.seen.reset();
    silent.changed.reset();
    silent.refused.reset();
    EXPECT_EQ(said_of_host(silent),
              line("warn", "shed has been overdue for 8 d: it has never reported", "nanodnsctl show shed"));
    silent.overdue_since.reset();
    EXPECT_EQ(said_of_host(silent), line("warn", "shed was never updated", "nanodnsctl show shed"));
    silent.refused = admin::RefusedAttempts{1, 1, now, std::nullopt, "", "wrong secret"};
    silent.seen = now;
    EXPECT_EQ(said_of_host(silent),
              line("warn", "shed was refused once since its last success, most recently now: wrong secret",
                   "nanodnsctl show shed"));
    silent.refused->since_success = 0;
    EXPECT_EQ(said_of_host(silent), line("ok", "12 of 14 have an address; none is overdue or refused"));
}

TEST(DoctorHosts, WarnsOfALifetimeThatEndsBeforeTheNextReport)
{
    admin::HostRow row = ctl_test::home_row();
    row.lifetime = hour;
    EXPECT_EQ(
        said_of_host(row),
        line("warn", "home expires after 1 h, but reports only every 1 d: set expire=35d in [@home]", edit));
    row.expect = 35 * day;
    row.lifetime = 34 * day;
    EXPECT_EQ(said_of_host(row),
              line("warn",
                   "home expires after 34 d, but reports only every 35 d: set expire=never in [@home]",
                   edit));
    row.lifetime = hour;
    row.expect.reset();
    EXPECT_EQ(said_of_host(row), line("ok", "12 of 14 have an address; none is overdue or refused"));
    row.a.clear();
    row.aaaa.clear();
    row.seen = now - 2 * hour;
    row.changed = now - hour;
    EXPECT_EQ(said_of_host(row),
              line("warn",
                   "home reported 2 h ago, and its addresses expired after 1 h: set expire=35d in [@home]",
                   edit));
    row.changed = now - 2 * hour;
    EXPECT_EQ(said_of_host(row), line("ok", "12 of 14 have an address; none is overdue or refused"))
        << "a client has removed them";
    row.changed = now - hour;
    row.lifetime.reset();
    EXPECT_EQ(said_of_host(row), line("ok", "12 of 14 have an address; none is overdue or refused"));
}

TEST(DoctorHosts, AreOnlyThoseWithAClient)
{
    admin::HostRow row = ctl_test::www_row();
    row.a.clear();
    row.aaaa.clear();
    EXPECT_EQ(said_of_host(row), line("ok", "12 of 14 have an address; none is overdue or refused"));
}

} // namespace
