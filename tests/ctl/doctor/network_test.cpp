// The checks of the port, of how updates come in, and of losses, in both states.
#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>

#include "tests/ctl/doctor/facts.h"

namespace
{

using namespace doctor_test;
using doctor::Transport;

const std::string drop_in =
    "mkdir -p /etc/systemd/system/nanodnsd-dns.socket.d && printf '%s\\n' '[Socket]' ListenDatagram= "
    "ListenStream= "
    "ListenDatagram=198.51.100.5:53 'ListenDatagram=[2600::5]:53' ListenStream=198.51.100.5:53 "
    "'ListenStream=[2600::5]:53' >/etc/systemd/system/nanodnsd-dns.socket.d/addresses.conf && "
    "systemctl daemon-reload && systemctl restart nanodnsd-dns.socket nanodnsd.service";

const std::string stop = "systemctl status 312 # stop that program, or let it listen on fewer addresses";

/// The daemon does not run, because its sockets cannot be bound.
doctor::Facts facts_of_stub()
{
    doctor::Facts facts = good_facts();
    facts.running = no_facts().running;
    facts.main_pid = 0;
    facts.manager->service->active_state = "failed";
    facts.stub = "yes";
    facts.listeners = std::vector{of_resolved(Transport::udp), of_resolved(Transport::tcp)};
    return facts;
}

TEST(DoctorPort, SaysWhoHasIt)
{
    doctor::Facts facts = facts_of_stub();
    EXPECT_EQ(said(doctor::check_port, facts),
              line("FAIL", "systemd-resolve (pid 312) uses port 53 on 127.0.0.53", drop_in));
    for (doctor::Listener& one : *facts.listeners) {
        one.pid = 0;
    }
    EXPECT_EQ(said(doctor::check_port, facts),
              line("FAIL", "the stub of systemd-resolved uses port 53 on 127.0.0.53", drop_in));
    facts.stub = "no";
    EXPECT_EQ(said(doctor::check_port, facts),
              line("FAIL", "a process of uid 101 uses port 53 on 127.0.0.53", drop_in));
    for (doctor::Listener& one : *facts.listeners) {
        one.address = ip("::");
        one.is_any = true;
    }
    EXPECT_EQ(said(doctor::check_port, facts),
              line("FAIL", "a process of uid 101 uses port 53 on all addresses",
                   "ss -lntup 'sport = :53' # stop that program, or let it listen on fewer addresses"));
    facts.listeners->front().pid = 312;
    facts.listeners->pop_back();
    EXPECT_EQ(said(doctor::check_port, facts),
              line("FAIL", "systemd-resolve (pid 312) uses port 53 on all addresses", stop));
}

TEST(DoctorPort, HasAnAddressEachInTheConfigWithoutUnits)
{
    doctor::Facts facts = facts_of_stub();
    facts.manager = no_facts().manager;
    EXPECT_EQ(said(doctor::check_port, facts),
              line("FAIL", "systemd-resolve (pid 312) uses port 53 on 127.0.0.53",
                   "sed -i -e '/^ *\\[server\\]/,/^ *\\[/s/^ *listen *=/# &/' "
                   "-e '/^ *\\[server\\]/a listen = 198.51.100.5 2600::5' " +
                       path));
    facts.config->server.listen = {ip("198.51.100.5")};
    EXPECT_EQ(said(doctor::check_port, facts), line("FAIL", "no program uses port 53", "nanodnsd -c " + path))
        << "the stub does not prevent it";
}

TEST(DoctorPort, MayBeSharedWithTheStub)
{
    doctor::Facts facts = good_facts();
    facts.listeners->push_back(of_resolved(Transport::udp));
    EXPECT_EQ(
        said(doctor::check_port, facts),
        line("ok", "nanodnsd listens on 2 sockets; systemd-resolve (pid 312) uses port 53 on 127.0.0.53"));
}

// As the DNS server of libvirt on the address of its bridge.
TEST(DoctorPort, LeavesAnAddressToTheOtherProgram)
{
    doctor::Facts facts = good_facts();
    facts.own_addresses.push_back(ip("192.168.122.1"));
    facts.listeners->push_back(of_resolved(Transport::tcp));
    facts.listeners->back().address = ip("192.168.122.1");
    facts.listeners->back().program = "dnsmasq";
    const std::string found = "dnsmasq (pid 312) uses port 53 on 192.168.122.1";
    EXPECT_EQ(said(doctor::check_port, facts),
              line("warn", found + ", and gets queries for nanodnsd", drop_in));
    facts.running = no_facts().running;
    facts.listeners->erase(facts.listeners->begin(), facts.listeners->begin() + 2);
    EXPECT_EQ(said(doctor::check_port, facts), line("FAIL", found, drop_in));
    facts.own_addresses = {ip("127.0.0.1"), ip("192.168.122.1")};
    EXPECT_EQ(said(doctor::check_port, facts), line("FAIL", found, stop)) << "no address is left";
}

/// The result of the line for a config, without units.
std::string after_line_for_addresses(const std::string& config)
{
    const std::string file = testing::TempDir() + "doctor-listen.conf";
    std::ofstream{file} << config;
    doctor::Facts facts = facts_of_stub();
    facts.manager = no_facts().manager;
    facts.config_path = file;
    const std::string command = doctor::check_port(facts).front().advice;
    EXPECT_EQ(std::system(command.c_str()), 0); // NOLINT: it is for a shell
    std::ifstream changed{file};
    return {std::istreambuf_iterator<char>{changed}, {}};
}

TEST(DoctorPort, HasALineThatReplacesAddressesOfTheConfig)
{
    const std::string rest = "domain = dyn.mydomain.test\n[http]\nlisten = 127.0.0.1\n";
    const std::string listen = "listen = 198.51.100.5 2600::5\n";
    EXPECT_EQ(after_line_for_addresses("[server]\n" + rest), "[server]\n" + listen + rest);
    EXPECT_EQ(after_line_for_addresses("[server]\nlisten = ::\n listen=192.0.2.1\n" + rest),
              "[server]\n" + listen + "# listen = ::\n#  listen=192.0.2.1\n" + rest);
}

TEST(DoctorPort, MayBeOfTheOtherFamily)
{
    doctor::Facts facts = facts_of_stub();
    facts.manager = no_facts().manager;
    facts.config->server.listen = {ip("0.0.0.0")};
    for (doctor::Listener& one : *facts.listeners) {
        one.address = ip("::1");
    }
    EXPECT_EQ(said(doctor::check_port, facts),
              line("FAIL", "no program uses port 53", "nanodnsd -c " + path));
    facts.config->server.listen = {ip("::")};
    EXPECT_NE(said(doctor::check_port, facts).find("FAIL  check  systemd-resolve (pid 312)"),
              std::string::npos);
}

TEST(DoctorUpdates, WarnOfPlainHttp)
{
    doctor::Facts facts = good_facts();
    facts.config = parsed(server + hosts);
    facts.running->sockets.pop_back();
    const auto warning = [&](const std::string& where) {
        return line(
            "warn",
            "HTTP on " + where +
                " is not encrypted, so others can read tokens: add [https] with certificate and key, or a "
                "proxy with HTTPS and trusted_proxy in [http]",
            facts.edit());
    };
    EXPECT_EQ(said(doctor::check_updates, facts), warning("port 80 of all addresses"));
    facts.running->sockets.back().address = ip("127.0.0.1");
    EXPECT_EQ(said(doctor::check_updates, facts), line("ok", "plain HTTP is served only to this machine"));
    facts.running->sockets.back().port = 0; // a Unix socket
    facts.running->sockets.back().address = {};
    EXPECT_EQ(said(doctor::check_updates, facts), line("ok", "plain HTTP is served only to this machine"));
    facts.running = no_facts().running;
    EXPECT_EQ(said(doctor::check_updates, facts), warning("port 80 of all addresses"));
    facts.config = parsed(server + "[http]\nlisten = 192.0.2.1 127.0.0.1\nport = 8080\n" + hosts);
    EXPECT_EQ(said(doctor::check_updates, facts), warning("port 8080 of 192.0.2.1"));
}

TEST(DoctorUpdates, HaveTwoWaysOut)
{
    doctor::Facts facts = good_facts();
    facts.config = parsed(server + "[http]\ntrusted_proxy = 192.0.2.1\n" + hosts);
    EXPECT_EQ(said(doctor::check_updates, facts), line("ok", "updates come through a trusted proxy"));
    facts.config = parsed(server + https + "[http]\nport = off\n" + hosts);
    EXPECT_EQ(said(doctor::check_updates, facts), line("ok", "updates come over HTTPS"));
}

TEST(DoctorLosses, AreCounted)
{
    doctor::Facts facts = good_facts();
    facts.listeners->front().dropped = 17;
    facts.running->limited = 5;
    const std::string dropped =
        "17 datagrams were dropped because the buffer was full: set ReceiveBuffer= of nanodnsd-dns.socket";
    const std::string limited = line(
        "warn", "the rate limit was reached by 5 queries: see rate_limit in [server]", "nanodnsctl stats");
    EXPECT_EQ(said(doctor::check_losses, facts),
              line("warn", dropped,
                   "mkdir -p /etc/systemd/system/nanodnsd-dns.socket.d && printf '%s\\n' '[Socket]' "
                   "ReceiveBuffer=8M >/etc/systemd/system/nanodnsd-dns.socket.d/buffer.conf && "
                   "systemctl daemon-reload && systemctl restart nanodnsd-dns.socket nanodnsd.service") +
                  limited);
    facts.manager = no_facts().manager;
    EXPECT_EQ(said(doctor::check_losses, facts),
              line("warn", dropped, "sysctl -w net.core.rmem_default=8388608") + limited);
}

} // namespace
