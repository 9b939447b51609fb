// Every message of every channel, with a value in every field.
#pragma once

#include <vector>

#include "proto/ipc/config.h"
#include "proto/ipc/control.h"
#include "proto/ipc/setup.h"
#include "proto/ipc/update.h"
#include "proto/ipc/zone_feed.h"

namespace ipc
{

using ByteVector = std::vector<std::uint8_t>;

inline dns::Name name(const char* text)
{
    return *dns::Name::from_text(text);
}

inline Digest digest_of(std::uint8_t byte)
{
    Digest digest;
    digest.fill(byte);
    return digest;
}

inline const base::Address4 address4{{192, 0, 2, 7}};
inline const base::Address6 address6{{0x20, 1, 0xD, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9}};

inline Propose proposal()
{
    return {RequestId{0x01020304},
            *base::Token::from("secret"),
            name("home.dyn.example.org"),
            Change::set,
            address4,
            Change::remove,
            address6,
            *base::parse_address("203.0.113.9")};
}

inline std::vector<UpdaterToKeeper> updater_to_keeper()
{
    return {proposal(), Propose{}};
}
inline std::vector<KeeperToUpdater> keeper_to_updater()
{
    return {Settled{RequestId{7}, Verdict::committed}, Settled{RequestId{8}, Verdict::unchanged},
            Settled{RequestId{9}, Verdict::refused}, Settled{RequestId{0xFFFFFFFF}, Verdict::unavailable}};
}
inline std::vector<KeeperToResponder> keeper_to_responder()
{
    return {HostRecords{HostIndex{3}, 1795374003, address4, address6},
            HostRecords{HostIndex{4}, 1, std::nullopt, address6},
            HostRecords{HostIndex{5}, 2, address4, std::nullopt},
            HostRecords{HostIndex{6}, 3, std::nullopt, std::nullopt}, Complete{0xFFFFFFFF}};
}
inline const base::FixedPoint start{{1, 2}, base::UnixTime{base::Seconds{3}}, base::Uptime{4}};

inline CookieSecrets cookie_secrets(std::uint8_t first, bool has_previous)
{
    CookieSecrets result;
    result.current = {first, 2};
    result.previous = {3};
    result.has_previous = has_previous;
    return result;
}
inline std::vector<SupervisorToChild> supervisor_to_child()
{
    return {
        Ping{77},           Attach{Role::updater, 0}, Attach{Role::responder, 5}, Quit{},
        ReportStatistics{}, StateInPlace{false},      cookie_secrets(1, true),    cookie_secrets(9, false)};
}
inline std::vector<ChildToSupervisor> child_to_supervisor()
{
    return {Ready{0x1FFF}, Pong{77}, PeerReport{Role::responder, 3}};
}

inline std::vector<ResponderPart> responder_parts()
{
    ResponderSetup setup;
    setup.log = {true, 2};
    setup.apex = name("dyn.example.org");
    setup.name_servers = {name("ns1.example.org"), name("ns2.example.org")};
    setup.mailbox = name("host\\.master.example.org");
    setup.negative_ttl = 3600;
    setup.any = AnyPolicy::all;
    return {setup, HostSetup{name("www.dyn.example.org"), 300, {{1, {192, 0, 2, 1}}, {16, {}}}}, HostSetup{}};
}
inline std::vector<UpdaterPart> updater_parts()
{
    return {UpdaterSetup{{true, 1}, 2, 16, base::Seconds{3}}};
}
inline std::vector<SupervisorToReader> supervisor_to_reader()
{
    return {ReadConfig{}, MakeSetups{{{Role::responder, 1, 2, 3, 0}, {Role::updater, 0, 0, 0, 4}}, true},
            MakeSetups{}};
}
inline std::vector<ReaderToSupervisor> reader_to_supervisor()
{
    return {Ready{0x1FFF},
            Endpoint{Service::http, *base::parse_address("192.0.2.1"), 80, false},
            Endpoint{Service::dns_tcp, *base::parse_address("::"), 53, true},
            ConfigSummary{name("dyn.example.org"), "somebody", "users", 70000, 3, base::Seconds{4},
                          base::Seconds{5}},
            ConfigHasErrors{"nanodnsd.conf:1:1: found an error"},
            SetupMade{Role::responder, 7}};
}
inline std::vector<ReaderPart> reader_parts()
{
    return {ReaderSetup{
        {true, 2}, "/etc/nanodnsd.conf", "/var/lib/nanodnsd/nanodnsd.state", true, true, true, false, start}};
}
inline std::vector<KeeperPart> keeper_parts()
{
    return {
        KeeperSetup{{false, 1},
                    "/var/lib/nanodnsd/nanodnsd.state",
                    start,
                    1,
                    2,
                    3,
                    dns::CompactName{name("dyn.example.org")},
                    digest_of(1),
                    {2, 3}},
        Account{HostIndex{2}, name("home.dyn.example.org"), {digest_of(3), {4}}, base::Seconds{3600}, true},
        StaticHost{0x01020304},
        ImportedHost{name("home.dyn.example.org"), base::UnixTime{base::Seconds{1800000000}}, address4,
                     address6}};
}

template <typename Variant>
ByteVector record_of(const Variant& message)
{
    ByteVector room(max_record);
    const Bytes record = encode(message, room);
    return {record.begin(), record.end()};
}

/// Calls `check` with the messages of every edge and direction.
void for_every_edge(auto check)
{
    check(updater_to_keeper());
    check(keeper_to_updater());
    check(keeper_to_responder());
    check(supervisor_to_child());
    check(child_to_supervisor());
    check(responder_parts());
    check(updater_parts());
    check(keeper_parts());
    check(supervisor_to_reader());
    check(reader_to_supervisor());
    check(reader_parts());
}

} // namespace ipc
