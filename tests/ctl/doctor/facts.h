// Facts of a daemon and a system in which all is well, and the findings of one check as text.
#pragma once

#include <gtest/gtest.h>
#include <string>

#include "ctl/doctor/check.h"
#include "ctl/doctor/doctor.h"
#include "tests/ctl/sample.h"

namespace doctor_test
{

namespace admin = ipc::admin;
namespace doctor = ctl::doctor;
using ctl_test::day;
using ctl_test::hour;
using ctl_test::minute;
using ctl_test::named;
using ctl_test::now;

inline const std::string path = "/etc/nanodnsd/nanodnsd.conf";
inline const std::string edit = "${EDITOR:-vi} " + path + " && nanodnsctl reload";

inline base::Address ip(const char* text)
{
    return *base::parse_address(text);
}

inline const std::string server = "[server]\n"
                                  "domain = dyn.mydomain.test\n"
                                  "nameserver = ns.dyn.mydomain.test\n"
                                  "email = admin@mydomain.test\n";
inline const std::string https = "[https]\n"
                                 "certificate = /etc/nanodnsd/tls/fullchain.pem\n"
                                 "key = /etc/nanodnsd/tls/privkey.pem\n";
inline const std::string hosts = "[@ns]\n"
                                 "a = 198.51.100.5\n"
                                 "aaaa = 2600::5\n"
                                 "[@home]\n"
                                 "token = Vjxq0Yv3WbD0PH9Zq0sT1A\n"
                                 "expire = 35d\n";

inline config::Config parsed(const std::string& text)
{
    config::Parsed result = config::parse(text);
    EXPECT_TRUE(result.errors.empty()) << result.errors.front().text;
    return std::move(result.config);
}

inline doctor::Running good_daemon()
{
    doctor::Running running;
    running.status.serial = 1732;
    running.serial_before = 1732;
    running.serial_after = 1732;
    running.status.config = path;
    running.status.config_read = now - 3 * day;
    running.status.hosts = 14;
    running.status.with_address = 12;
    running.certificate = admin::StatusCertificate{named("ns"), now + 61 * day};
    const base::Address any = ip("::");
    running.sockets = {{admin::Socket::dns_udp, any, 53},
                       {admin::Socket::dns_tcp, any, 53},
                       {admin::Socket::http, any, 80},
                       {admin::Socket::https, any, 443}};
    running.processes = {{"supervisor", 0, 812, now, std::nullopt, ""}, {"keeper", 0, 815, now, 0, ""}};
    running.hosts = {ctl_test::home_row(), ctl_test::www_row()};
    return running;
}

inline ctl::Unit unit(const char* name, const char* sub_state)
{
    return {name, "loaded", "active", sub_state, "enabled", "success", now - 3 * day, now - 3 * day, 0, 0};
}

inline ctl::Manager good_manager()
{
    return {unit("nanodnsd.service", "running"),
            {unit("nanodnsd-dns.socket", "running"), unit("nanodnsd-http.socket", "running"),
             unit("nanodnsd-https.socket", "running")}};
}

inline doctor::Listener listener(doctor::Transport transport, const char* address)
{
    doctor::Listener one;
    one.transport = transport;
    one.address = ip(address);
    one.is_any = one.address == ip("::");
    one.port = 53;
    one.is_ours = true;
    one.pid = 815;
    one.program = "nanodnsd-responder";
    return one;
}
inline doctor::Listener of_resolved(doctor::Transport transport)
{
    doctor::Listener one = listener(transport, "127.0.0.53");
    one.is_ours = false;
    one.pid = 312;
    one.program = "systemd-resolve";
    one.uid = 101;
    return one;
}

inline doctor::Answer answer(doctor::Transport transport, const char* address)
{
    doctor::Answer one;
    one.transport = transport;
    one.address = ip(address);
    one.port = 53;
    one.is_authoritative = true;
    one.serial = 1732;
    one.name_servers = {"ns.dyn.mydomain.test"};
    return one;
}

inline doctor::Access good_access()
{
    doctor::Access access;
    access.way = {
        {0, 0, 0755, "/"}, {0, 0, 0755, "/etc"}, {0, 990, 0750, "/etc/nanodnsd"}, {0, 990, 0640, path}};
    access.owner = "root";
    access.group = "nanodnsd-config";
    access.service = doctor::Rights{61184, {990}, false};
    access.service_group = "nanodnsd-config";
    access.service_gid = 990;
    return access;
}

inline doctor::Facts good_facts()
{
    doctor::Facts facts;
    facts.now = now;
    facts.built = now - 30 * day;
    facts.config_path = path;
    facts.names = ctl::Names{named("@")};
    facts.config = parsed(server + https + hosts);
    facts.said = doctor::Said{};
    facts.access = good_access();
    facts.running = good_daemon();
    facts.main_pid = 4812;
    facts.own_addresses = {ip("127.0.0.1"), ip("198.51.100.5"), ip("2600::5")};
    facts.listeners =
        std::vector{listener(doctor::Transport::udp, "::"), listener(doctor::Transport::tcp, "::")};
    facts.answers = {answer(doctor::Transport::udp, "198.51.100.5"),
                     answer(doctor::Transport::tcp, "198.51.100.5")};
    facts.manager = good_manager();
    facts.clock_is_synchronised = true;
    facts.certificate_file = now - 29 * day;
    doctor::State state;
    state.path = "/var/lib/nanodnsd/nanodnsd.state";
    state.bytes = 4242;
    state.room = 1U << 30;
    state.is_in_place = true;
    state.incomplete = "none";
    facts.state = std::move(state);
    return facts;
}

/// Nothing is known: no right to read anything, no daemon, no bus.
inline doctor::Facts no_facts()
{
    doctor::Facts facts;
    facts.now = now;
    facts.config_path = path;
    facts.config = doctor::Known<config::Config>::unknown(path + " cannot be read: Permission denied");
    facts.said = doctor::Known<doctor::Said>::unknown(path + " cannot be read: Permission denied");
    facts.access = doctor::Known<doctor::Access>::unknown(path + " cannot be read: Permission denied");
    facts.running = doctor::Known<doctor::Running>::unknown("no daemon listens on /run/nanodnsd/control");
    facts.listeners =
        doctor::Known<std::vector<doctor::Listener>>::unknown("which program uses the port cannot be seen");
    facts.manager = doctor::Known<ctl::Manager>::unknown("cannot ask the service manager");
    facts.state =
        doctor::Known<doctor::State>::unknown("/var/lib/nanodnsd/ cannot be read: Permission denied");
    return facts;
}

/// The findings of one check, as `doctor` prints them.
inline std::string said(doctor::Findings (*check)(const doctor::Facts&), const doctor::Facts& facts)
{
    return doctor::as_text({{"check", check(facts)}}, {});
}
/// A line of said(), with the line below it.
inline std::string line(const std::string& verdict, const std::string& text, const std::string& advice = "")
{
    const std::string indent(13, ' ');
    return verdict + std::string(6 - verdict.size(), ' ') + "check  " + text + '\n' +
           (advice.empty() ? "" : indent + advice + '\n');
}

} // namespace doctor_test
