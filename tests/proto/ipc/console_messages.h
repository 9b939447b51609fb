// Every message to and from the console, with a value in every field.
#pragma once

#include <string>
#include <vector>

#include "proto/ipc/admin.h"
#include "proto/ipc/console.h"
#include "proto/ipc/console_setup.h"
#include "proto/ipc/supervision.h"
#include "tests/proto/ipc/values.h"

namespace ipc
{

inline std::vector<SupervisorToConsole> supervisor_to_console()
{
    return {Ping{7},
            SetVerbosity{Verbosity::details},
            SocketState{Service::metrics, *base::parse_address("::1"), 9109},
            ProcessState{"responder", 1, 815, base::UnixTime{base::Seconds{1}}, 3, "landlock (refused)"},
            ProcessState{"supervisor", 0, 812, base::UnixTime{base::Seconds{1}}, {}, ""},
            StateEnd{},
            ReloadOutcome{1, ReloadResult::refused, "nanodnsd.conf:1:1: found nothing"}};
}
inline std::vector<ConsoleToSupervisor> console_to_supervisor()
{
    return {Ready{3}, Pong{7}, AskState{}, AskReload{1}, SetVerbosity{Verbosity::requests}};
}
inline std::vector<ConsolePart> console_parts()
{
    const dns::CompactName home{name("home.dyn.example.org")};
    return {ConsoleSetup{{true, 2},
                         1,
                         2,
                         3,
                         home,
                         dns::CompactName{name("ns.example.org")},
                         "/etc/nanodnsd.conf",
                         base::UnixTime{base::Seconds{1}},
                         base::UnixTime{base::Seconds{2}}},
            ConfiguredHost{home, ConfiguredKind::fixed, 60, {address4}, {address6}, {}},
            ConfiguredHost{home, ConfiguredKind::follower, 60, {}, {}, home}};
}

inline std::vector<admin::ClientToConsole> client_to_console()
{
    const dns::CompactName home{name("home.dyn.example.org")};
    return {admin::Hello{2, 1000},
            admin::AskStatus{},
            admin::AskHosts{"ho*", admin::Filter::refused},
            admin::AskHosts{},
            admin::AskHost{home},
            admin::Set{home, address4, address6},
            admin::Set{home, std::nullopt, address6},
            admin::Clear{home, true, false, true},
            admin::Watch{home, {3, 4}},
            admin::Watch{std::nullopt, {}},
            admin::AskCounters{},
            admin::Reload{},
            admin::SetVerbosity{Verbosity::details}};
}
inline base::UnixTime at(std::int64_t seconds)
{
    return base::UnixTime{base::Seconds{seconds}};
}
inline admin::HostRow whole_admin_row()
{
    admin::HostRow row;
    row.name = dns::CompactName{name("home.dyn.example.org")};
    row.kind = admin::HostKind::follower;
    row.a = {address4, address4};
    row.aaaa = {address6};
    row.a_left_out = 3;
    row.aaaa_left_out = 4;
    row.acme_txt = {{'a'}, {'b'}};
    row.ttl = 60;
    row.changed = at(1);
    row.seen = at(2);
    row.expires = at(3);
    row.lifetime = base::Seconds{4};
    row.expect = base::Seconds{5};
    row.overdue_since = at(6);
    row.from = *base::parse_address("192.0.2.9");
    row.dialect = "dyndns2";
    row.uid = 1000;
    row.follows = dns::CompactName{name("office.dyn.example.org")};
    row.prefix = base::prefix_of(address6, 56);
    row.refused = admin::RefusedAttempts{4, 3, at(7), row.from, "duckdns", "wrong secret"};
    return row;
}
inline std::vector<admin::ConsoleToClient> console_to_client()
{
    const dns::CompactName home{name("home.dyn.example.org")};
    return {admin::Welcome{"1.1.0", home},
            admin::Refusal{admin::Refused::no_such_host, "there is no host home"},
            admin::Done{},
            admin::Done{admin::Place{1, 2}, 3},
            whole_admin_row(),
            admin::HostRow{},
            admin::HostFollower{home},
            admin::Outcome{true, 7, address4, std::nullopt},
            admin::Watching{},
            admin::Changed{
                {1, 2}, at(3), 4, home, {address4, address6}, {}, "api", *base::parse_address("::1"), 5},
            admin::StatusDaemon{1, at(2), "/nanodnsd.conf", at(3), 4, 5, 6, 7, 8, 9, home, at(10)},
            admin::StatusCertificate{home, at(1)},
            admin::StatusSocket{admin::Socket::https, *base::parse_address("::"), 443},
            admin::StatusProcess{"responder", 1, 815, at(2), 3, "landlock (refused)"},
            admin::CountersSince{at(1)},
            admin::Counter{"updates_total", "dialect=\"api\"", 28}};
}

inline base::UnixTime second(std::int64_t number)
{
    return base::UnixTime{base::Seconds{number}};
}
inline HostRow whole_row()
{
    HostRow row;
    row.id = RequestId{7};
    row.index = HostIndex{3};
    row.name = dns::CompactName{name("home.dyn.example.org")};
    row.kind = HostKind::follower;
    row.has_configured_a = true;
    row.has_configured_aaaa = true;
    row.address4 = address4;
    row.address6 = address6;
    row.prefix = base::prefix_of(address6, 56);
    row.challenge = {{'a'}, {'b'}};
    row.changed = second(1);
    row.seen = second(2);
    row.expires = second(3);
    row.lifetime = base::Seconds{4};
    row.expect = base::Seconds{5};
    row.overdue_since = second(6);
    row.origin = {*base::parse_address("203.0.113.9"), Dialect::page, Administrator{1000, true}};
    row.follows = dns::CompactName{name("nas.dyn.example.org")};
    row.refused = {9, 8, second(7), base::Address{address6}, Dialect::httpreq, RefusalReason::invalid_value};
    return row;
}
inline std::vector<ConsoleToKeeper> console_to_keeper()
{
    const dns::CompactName host{name("home.dyn.example.org")};
    return {AskHosts{RequestId{1}, HostIndex{64}, 64},
            AskHost{RequestId{2}, host},
            SetHost{RequestId{3}, {1000, false}, host, address4, address6},
            SetHost{RequestId{4}, {}, host, {}, {}},
            ClearHost{RequestId{5}, {1001, true}, host, true, false, true},
            AskChanges{RequestId{6}, {7, 8}},
            AskSummary{RequestId{9}}};
}
inline std::vector<KeeperToConsole> keeper_to_console()
{
    const dns::CompactName host{name("home.dyn.example.org")};
    const Origin client{*base::parse_address("203.0.113.9"), Dialect::dyndns2, {}};
    return {whole_row(),
            HostRow{},
            RowFollower{RequestId{7}, host},
            RowsEnd{RequestId{7}, HostIndex{64}, {1, 2}, 3},
            RowsEnd{},
            HostChanged{RequestId{3}, Administered::unavailable, 5, address4, address6},
            Changed{RequestId{6}, {7, 9}, second(1), 5, host, {address4, {}}, {{}, address6}, client, true},
            ChangesEnd{RequestId{6}, {7, 9}, true},
            ChangesLost{RequestId{6}, {1, 2}},
            NewChanges{},
            Summary{RequestId{9}, 5, {1, 2}, 3, 2, 1, host, second(7)},
            Summary{}};
}

} // namespace ipc
