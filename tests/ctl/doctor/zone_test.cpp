// The checks of the answers, the name servers and the delegation, in both states.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/ctl/doctor/facts.h"

namespace
{

using namespace doctor_test;
using doctor::Transport;

/// One answer over UDP, which `change` makes a bad one.
std::string said_of_answer(const std::function<void(doctor::Answer&)>& change)
{
    doctor::Facts facts = good_facts();
    facts.answers = {answer(Transport::udp, "2600::5")};
    change(facts.answers.front());
    return said(doctor::check_answers, facts);
}
std::string bad_answer(const std::string& problem)
{
    return line("FAIL", "2600::5 port 53 over UDP: " + problem,
                "dig +norecurse @2600::5 -p 53 dyn.mydomain.test SOA");
}

TEST(DoctorAnswers, SayHowManyWereAsked)
{
    doctor::Facts facts = good_facts();
    facts.not_asked = 4;
    const std::string asked = line("skip", "1 of 5 addresses were asked");
    EXPECT_EQ(said(doctor::check_answers, facts),
              line("ok", "198.51.100.5 answers over UDP and TCP, serial 1732") + asked);
    facts.answers.pop_back();
    facts.answers.front().rcode = 5;
    EXPECT_EQ(said(doctor::check_answers, facts),
              line("FAIL", "198.51.100.5 port 53 over UDP: answers with RCODE 5",
                   "dig +norecurse @198.51.100.5 -p 53 dyn.mydomain.test SOA") +
                  asked);
}

TEST(DoctorAnswers, FailOneByOne)
{
    EXPECT_EQ(said_of_answer([](doctor::Answer& one) { one.error = "Connection refused"; }),
              bad_answer("no answer: Connection refused"));
    EXPECT_EQ(said_of_answer([](doctor::Answer& one) { one.rcode = 5; }), bad_answer("answers with RCODE 5"));
    EXPECT_EQ(said_of_answer([](doctor::Answer& one) { one.is_authoritative = false; }),
              bad_answer("its answer is not authoritative: another program uses the port, or the daemon "
                         "serves another zone"));
    EXPECT_EQ(said_of_answer([](doctor::Answer& one) { one.serial = std::nullopt; }),
              bad_answer("its answer has no SOA record"));
    EXPECT_EQ(said_of_answer([](doctor::Answer& one) { one.serial = 1731; }),
              bad_answer("its answer has serial 1731, but the keeper has 1732"));
    EXPECT_EQ(said_of_answer([](doctor::Answer& one) {
                  one.name_servers = {"a.example.org", "b.example.org"};
              }),
              bad_answer("its answer has the name servers a.example.org b.example.org, but the configuration "
                         "has ns.dyn.mydomain.test"));
}

TEST(DoctorAnswers, MayBeTruncatedAndGrowMeanwhile)
{
    EXPECT_EQ(said_of_answer([](doctor::Answer& one) {
                  one.is_truncated = true;
                  one.name_servers.clear();
                  one.serial = std::nullopt;
              }),
              line("ok", "2600::5 answers over UDP"));
    doctor::Facts facts = good_facts();
    facts.running->serial_after = 1734;
    facts.answers = {answer(Transport::tcp, "192.0.2.1"), answer(Transport::tcp, "192.0.2.2")};
    facts.answers[0].serial = 1733;
    facts.answers[1].serial = 1734;
    EXPECT_EQ(said(doctor::check_answers, facts),
              line("ok", "192.0.2.1 192.0.2.2 answer over TCP, serial 1734"));
}

TEST(DoctorAnswers, AreSkippedWithoutAnAddress)
{
    doctor::Facts facts = good_facts();
    facts.answers.clear();
    EXPECT_EQ(said(doctor::check_answers, facts), line("skip", "this machine has no address to ask"));
}

const std::string dynamic = "[@home]\ntoken = Vjxq0Yv3WbD0PH9Zq0sT1A\n";

TEST(DoctorNameServers, FailWithoutAnAddress)
{
    doctor::Facts facts = good_facts();
    facts.config = parsed(server + dynamic);
    const std::string text = "ns.dyn.mydomain.test lies in the zone and has no address";
    EXPECT_EQ(
        said(doctor::check_name_servers, facts),
        line("FAIL", text,
             "printf '%s\\n' '' '[@ns]' a=198.51.100.5 aaaa=2600::5 >>" + path + " && nanodnsctl reload"));
    facts.running = no_facts().running;
    EXPECT_EQ(said(doctor::check_name_servers, facts),
              line("FAIL", text,
                   "printf '%s\\n' '' '[@ns]' a=198.51.100.5 aaaa=2600::5 >>" + path +
                       " && systemctl reload nanodnsd.service"));
    facts.running = good_daemon();
    facts.own_addresses = {ip("127.0.0.1"), ip("192.168.1.2")};
    EXPECT_EQ(
        said(doctor::check_name_servers, facts),
        line("FAIL", text, "printf '%s\\n' '' '[@ns]' a=PUBLIC-ADDRESS >>" + path + " && nanodnsctl reload"));
    facts.config = parsed(server + dynamic + "[@ns]\ntxt = \"x\"\n");
    EXPECT_EQ(said(doctor::check_name_servers, facts), line("FAIL", text, edit));
}

TEST(DoctorNameServers, WarnOfAPrivateAddress)
{
    doctor::Facts facts = good_facts();
    facts.config = parsed(server + dynamic + "[@ns]\na = 192.168.1.2\n");
    EXPECT_EQ(said(doctor::check_name_servers, facts),
              line("warn",
                   "ns.dyn.mydomain.test has an address that the internet cannot reach: correct [@ns]",
                   edit));
}

TEST(DoctorNameServers, MayBeDynamicOrOfAWildcardOrElsewhere)
{
    doctor::Facts facts = good_facts();
    facts.config = parsed(server + dynamic + "[@ns]\ntoken = Vjxq0Yv3WbD0PH9Zq0sT1B\n");
    admin::HostRow row = ctl_test::home_row();
    row.name = named("ns");
    row.a = {ctl_test::ip4("198.51.100.9")};
    row.aaaa.clear();
    facts.running->name_servers = {row};
    EXPECT_EQ(said(doctor::check_name_servers, facts),
              line("ok", "ns.dyn.mydomain.test has a public address"));
    facts.config = parsed(server + dynamic + "[@*]\na = 198.51.100.9\n");
    facts.running->name_servers.clear();
    EXPECT_EQ(said(doctor::check_name_servers, facts),
              line("ok", "ns.dyn.mydomain.test has a public address"));
    facts.config =
        parsed("[server]\ndomain = dyn.mydomain.test\nemail = admin@mydomain.test\n"
               "nameserver = ns.dyn.mydomain.test ns2.dyn.mydomain.test\n[@*]\na = 198.51.100.9\n");
    EXPECT_EQ(said(doctor::check_name_servers, facts),
              line("ok", "ns.dyn.mydomain.test ns2.dyn.mydomain.test have public addresses"));
    facts.config = parsed("[server]\ndomain = dyn.mydomain.test\nnameserver = ns.example.org\n"
                          "email = admin@mydomain.test\n");
    EXPECT_EQ(said(doctor::check_name_servers, facts), line("ok", "no name server lies in the zone"));
}

// A member of the group of the control socket may not read the configuration.
TEST(DoctorNameServers, AreThoseOfTheAnswersWithoutTheConfig)
{
    doctor::Facts facts = good_facts();
    facts.config = no_facts().config;
    EXPECT_EQ(
        said(doctor::check_name_servers, facts),
        line("FAIL", "ns.dyn.mydomain.test lies in the zone and has no address",
             "printf '%s\\n' '' '[@ns]' a=198.51.100.5 aaaa=2600::5 >>" + path + " && nanodnsctl reload"));
    admin::HostRow row = ctl_test::www_row();
    row.name = named("*");
    row.a = {ctl_test::ip4("198.51.100.5")};
    row.aaaa.clear();
    facts.running->hosts = {row};
    EXPECT_EQ(said(doctor::check_name_servers, facts),
              line("ok", "ns.dyn.mydomain.test has a public address"));
    EXPECT_THAT(said(doctor::check_delegation, facts),
                testing::HasSubstr("dyn.mydomain.test. NS ns.dyn.mydomain.test.\n             "
                                   "ns.dyn.mydomain.test. A 198.51.100.5\n"));
    facts.answers.clear();
    EXPECT_EQ(said(doctor::check_name_servers, facts),
              line("skip", path + " cannot be read: Permission denied"));
}

TEST(DoctorDelegation, HasNoRecordsIfTheConfigIsNotKnown)
{
    doctor::Facts facts = no_facts();
    facts.names = ctl::Names{named("@")};
    EXPECT_EQ(said(doctor::check_delegation, facts),
              line("skip", "the delegation by the parent zone cannot be seen from here",
                   "dig +trace dyn.mydomain.test NS"));
}

} // namespace
