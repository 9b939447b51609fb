// The whole report, in which all is well, nothing is known, or much is wrong.
#include <gtest/gtest.h>

#include "tests/ctl/doctor/facts.h"

namespace
{

using namespace doctor_test;

TEST(DoctorReport, HasALineForEachCheckIfAllIsWell)
{
    const doctor::Report report = doctor::examine(good_facts());
    EXPECT_EQ(
        doctor::as_text(report, {}),
        "ok    config        /etc/nanodnsd/nanodnsd.conf has no errors and no warnings\n"
        "ok    its readers   /etc/nanodnsd/nanodnsd.conf belongs to root:nanodnsd-config, mode 0640\n"
        "ok    unit          nanodnsd.service is active (running), enabled, 0 restarts\n"
        "ok    sockets       dns, http and https listen\n"
        "ok    port 53       nanodnsd listens on 2 sockets\n"
        "ok    answers       198.51.100.5 answers over UDP and TCP, serial 1732\n"
        "ok    name servers  ns.dyn.mydomain.test has a public address\n"
        "skip  delegation    the delegation by the parent zone cannot be seen from here\n"
        "                    dig +trace dyn.mydomain.test NS\n"
        "                    It has to show these records, which the registrar needs:\n"
        "                    dyn.mydomain.test. NS ns.dyn.mydomain.test.\n"
        "                    ns.dyn.mydomain.test. A 198.51.100.5\n"
        "                    ns.dyn.mydomain.test. AAAA 2600::5\n"
        "ok    certificate   the certificate of ns.dyn.mydomain.test expires in 61 d\n"
        "ok    clock         the clock is synchronised\n"
        "ok    hosts         12 of 14 have an address; none is overdue or refused\n"
        "ok    secrets       the tokens are long, and each section has its own\n"
        "ok    updates       updates may come over HTTPS\n"
        "ok    state         /var/lib/nanodnsd/nanodnsd.state: 4242 bytes, the last record is complete\n"
        "ok    sandbox       all processes have all layers of the sandbox\n"
        "ok    losses        no datagram was dropped, and the rate limit was not reached\n");
    EXPECT_FALSE(doctor::outcome(report, false));
    EXPECT_FALSE(doctor::outcome(report, true));
}

TEST(DoctorReport, SaysWhatItSkips)
{
    const doctor::Report report = doctor::examine(no_facts());
    EXPECT_EQ(doctor::as_text(report, {}),
              "skip  config        /etc/nanodnsd/nanodnsd.conf cannot be read: Permission denied\n"
              "skip  its readers   /etc/nanodnsd/nanodnsd.conf cannot be read: Permission denied\n"
              "skip  unit          cannot ask the service manager\n"
              "skip  sockets       no daemon listens on /run/nanodnsd/control\n"
              "skip  port 53       which program uses the port cannot be seen\n"
              "skip  answers       the zone is not known: /etc/nanodnsd/nanodnsd.conf cannot be read: "
              "Permission denied\n"
              "skip  name servers  /etc/nanodnsd/nanodnsd.conf cannot be read: Permission denied\n"
              "skip  delegation    the zone is not known: /etc/nanodnsd/nanodnsd.conf cannot be read: "
              "Permission denied\n"
              "skip  certificate   /etc/nanodnsd/nanodnsd.conf cannot be read: Permission denied\n"
              "skip  clock         whether the clock is synchronised is not known\n"
              "skip  hosts         no daemon listens on /run/nanodnsd/control\n"
              "skip  secrets       /etc/nanodnsd/nanodnsd.conf cannot be read: Permission denied\n"
              "skip  updates       /etc/nanodnsd/nanodnsd.conf cannot be read: Permission denied\n"
              "skip  state         /var/lib/nanodnsd/ cannot be read: Permission denied\n"
              "skip  sandbox       no daemon listens on /run/nanodnsd/control\n"
              "skip  losses        no daemon listens on /run/nanodnsd/control\n");
    EXPECT_FALSE(doctor::outcome(report, true));
}

const doctor::Report three_verdicts = {{"one", {doctor::fail("broken", "mend it")}},
                                       {"two", {doctor::warn("odd \"x\"", "look")}},
                                       {"three", {doctor::ok("well")}}};

TEST(DoctorReport, IsJson)
{
    EXPECT_EQ(doctor::as_json(three_verdicts),
              R"({"version":1,"failures":1,"warnings":1,"checks":[)"
              R"({"check":"one","verdict":"fail","text":"broken","advice":"mend it","notes":[]},)"
              R"({"check":"two","verdict":"warn","text":"odd \"x\"","advice":"look","notes":[]},)"
              R"({"check":"three","verdict":"ok","text":"well","advice":null,"notes":[]}]})"
              "\n");
}

TEST(DoctorReport, HasColoursOnATerminal)
{
    EXPECT_EQ(doctor::as_text(three_verdicts, {true, 80, true, true}),
              "\x1b[31mFAIL\x1b[0m  one    broken\n"
              "             mend it\n"
              "\x1b[33mwarn\x1b[0m  two    odd \"x\"\n"
              "             look\n"
              "\x1b[32mok\x1b[0m    three  well\n");
}

TEST(DoctorReport, FailsIfACheckFailsOrIfAWarningIsTooMuch)
{
    const auto failed = doctor::outcome(three_verdicts, false);
    ASSERT_TRUE(failed);
    EXPECT_EQ(failed->status, ctl::Exit::failed);
    EXPECT_EQ(failed->text, "doctor found 1 failure and 1 warning");
    const doctor::Report warned = {{"two", {doctor::warn("odd", "look"), doctor::warn("odd", "look")}}};
    EXPECT_FALSE(doctor::outcome(warned, false));
    const auto strict = doctor::outcome(warned, true);
    ASSERT_TRUE(strict);
    EXPECT_EQ(strict->text, "doctor found 0 failures and 2 warnings");
}

TEST(DoctorReport, ListsNoMoreThanTenFindingsOfACheckTheMostUrgentFirst)
{
    doctor::Facts facts = good_facts();
    facts.said->lines.assign(12, path + ":1:1: warning: odd");
    facts.said->lines.push_back(path + ":9:1: broken");
    const doctor::Findings config = doctor::examine(facts).front().findings;
    ASSERT_EQ(config.size(), 11U);
    EXPECT_EQ(config.front().text, path + ":9:1: broken");
    EXPECT_EQ(config.front().advice, edit);
    EXPECT_EQ(config[9].text, path + ":1:1: warning: odd");
    EXPECT_EQ(config.back().text, "3 more");
    EXPECT_EQ(config.back().verdict, doctor::Verdict::warn);
}

} // namespace
