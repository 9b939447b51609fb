// The answers of a console with the zone of the manual's examples.
#pragma once

#include "tests/ctl/console.h"

namespace ctl_test
{

inline base::Address4 ip4(const char* text)
{
    return *base::parse_address4(text);
}
inline base::Address6 ip6(const char* text)
{
    return *base::parse_address6(text);
}

inline admin::HostRow home_row()
{
    admin::HostRow row;
    row.name = named("home");
    row.a = {ip4("192.0.2.7")};
    row.aaaa = {ip6("2001:db8:aa:1::1")};
    row.ttl = 60;
    row.changed = now - 2 * hour - minute;
    row.seen = now - 4 * minute;
    row.expires = now + 34 * day + hour;
    row.lifetime = 35 * day;
    row.expect = day;
    row.from = *base::parse_address("192.0.2.7");
    row.dialect = "dyndns2";
    row.prefix = base::prefix_of(ip6("2001:db8:bb:100::"), 56);
    return row;
}
inline admin::HostRow nas_row()
{
    admin::HostRow row;
    row.name = named("nas");
    row.kind = admin::HostKind::follower;
    row.a = {ip4("192.0.2.7")};
    row.aaaa = {ip6("2001:db8:bb:100::5678:1")};
    row.ttl = 60;
    row.changed = now - 2 * hour - minute;
    row.expires = now + 34 * day + hour;
    row.follows = named("home");
    return row;
}
inline admin::HostRow shed_row()
{
    admin::HostRow row;
    row.name = named("shed");
    row.ttl = 60;
    row.changed = now - 9 * day;
    row.seen = now - 9 * day;
    row.lifetime = 35 * day;
    row.expect = day;
    row.overdue_since = now - 8 * day;
    row.from = *base::parse_address("192.0.2.9");
    row.dialect = "duckdns";
    row.refused = admin::RefusedAttempts{5, 3, now - 20 * minute, row.from, "duckdns", "wrong secret"};
    return row;
}
inline admin::HostRow www_row()
{
    admin::HostRow row;
    row.name = named("www");
    row.kind = admin::HostKind::fixed;
    row.a = {ip4("192.0.2.1")};
    row.aaaa = {ip6("2001:db8::1")};
    row.ttl = 300;
    return row;
}

inline const admin::Done end_of_hosts{admin::Place{7, 100}, 1732};

inline Answer sample_hosts(const admin::AskHosts& request)
{
    const auto chosen = [&](const admin::HostRow& row) {
        const bool matches =
            request.pattern.empty() || base::matches(request.pattern, ctl::Names::whole(row.name));
        const bool is_refused = row.refused && row.refused->since_success != 0;
        return matches &&
               (request.filter == admin::Filter::all ||
                (request.filter == admin::Filter::overdue ? row.overdue_since.has_value() : is_refused));
    };
    Answer answer;
    for (const admin::HostRow& row : {home_row(), nas_row(), shed_row(), www_row()}) {
        if (chosen(row)) {
            answer.emplace_back(row);
            if (row.name.to_text() == home_row().name.to_text()) {
                answer.emplace_back(admin::HostFollower{named("nas")});
            }
        }
    }
    answer.emplace_back(end_of_hosts);
    return answer;
}

inline admin::Refusal no_such_host()
{
    return {admin::Refused::no_such_host, "no such host"};
}

inline Answer sample_host(const dns::CompactName& name)
{
    for (const admin::HostRow& row : {home_row(), nas_row(), shed_row(), www_row()}) {
        if (row.name.get() == name.get()) {
            const bool is_home = row.name.get() == named("home").get();
            return is_home ? Answer{row, admin::HostFollower{named("nas")}, end_of_hosts}
                           : Answer{row, end_of_hosts};
        }
    }
    return {no_such_host()};
}

inline Answer sample_status()
{
    admin::StatusDaemon daemon;
    daemon.serial = 1732;
    daemon.up_since = now - 3 * day - 4 * hour - minute;
    daemon.config = "/etc/nanodnsd/nanodnsd.conf";
    daemon.config_read = now - 3 * day;
    daemon.hosts = 14;
    daemon.with_address = 12;
    daemon.overdue = 1;
    daemon.changed = 3;
    daemon.unchanged = 28;
    daemon.refused = 3;
    daemon.last_host = named("home");
    daemon.last_at = now - 4 * minute;
    const base::Address any = *base::parse_address("::");
    const base::UnixTime up = now - 3 * day - minute;
    return {
        daemon,
        admin::StatusCertificate{dns::CompactName{*dns::Name::from_text("ns.mydomain.test")}, now + 61 * day},
        admin::StatusSocket{admin::Socket::dns_tcp, any, 53},
        admin::StatusSocket{admin::Socket::dns_udp, any, 53},
        admin::StatusSocket{admin::Socket::http, any, 80},
        admin::StatusSocket{admin::Socket::https, any, 443},
        admin::StatusSocket{admin::Socket::control, {}, 0},
        admin::StatusProcess{"supervisor", 0, 4000812, up, std::nullopt, ""},
        admin::StatusProcess{"responder", 0, 4000815, up, 0, ""},
        admin::StatusProcess{"updater-tls", 0, 4000816, up, 2, "landlock (refused)"},
        admin::Done{}};
}

inline Answer sample_change(const dns::CompactName& name, const admin::Outcome& outcome)
{
    if (name.get() == named("home").get()) {
        return {outcome};
    }
    if (name.get() == named("www").get()) {
        return {admin::Refusal{admin::Refused::not_allowed,
                               "www is static: change its section in the configuration"}};
    }
    return {no_such_host()};
}

/// Answers every request but Watch.
inline Answer sample_answer(const admin::ClientToConsole& request)
{
    if (std::holds_alternative<admin::Hello>(request)) {
        return {welcome};
    }
    if (const auto* hosts = std::get_if<admin::AskHosts>(&request)) {
        return sample_hosts(*hosts);
    }
    if (const auto* host = std::get_if<admin::AskHost>(&request)) {
        return sample_host(host->name);
    }
    if (std::holds_alternative<admin::AskStatus>(request)) {
        return sample_status();
    }
    if (const auto* set = std::get_if<admin::Set>(&request)) {
        return sample_change(set->name, {true, 1733, set->address4, set->address6});
    }
    if (const auto* clear = std::get_if<admin::Clear>(&request)) {
        return sample_change(
            clear->name,
            {true, 1733, clear->a ? std::nullopt : std::optional{ip4("192.0.2.7")}, std::nullopt});
    }
    if (std::holds_alternative<admin::AskCounters>(request)) {
        return {admin::CountersSince{now - 3 * day},
                admin::Counter{"dns_queries_total", R"(transport="udp",family="4")", 12345},
                admin::Counter{"state_expiries_total", "", 7}, admin::Done{}};
    }
    Answer done{admin::Done{}};
    done.closes = std::holds_alternative<admin::Reload>(request); // the console is replaced
    return done;
}

} // namespace ctl_test
