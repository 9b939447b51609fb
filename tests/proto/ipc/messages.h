// Every message of every channel, with a value in every field.
#pragma once

#include <vector>

#include "proto/ipc/config.h"
#include "proto/ipc/control.h"
#include "proto/ipc/handshake.h"
#include "proto/ipc/keyholder_setup.h"
#include "proto/ipc/setup.h"
#include "proto/ipc/update.h"
#include "proto/ipc/zone_feed.h"
#include "tests/proto/ipc/console_messages.h"
#include "tests/proto/ipc/values.h"

namespace ipc
{

using ByteVector = std::vector<std::uint8_t>;

inline Propose proposal()
{
    Propose proposal;
    proposal.id = RequestId{0x01020304};
    proposal.token = *base::Token::from("secret");
    proposal.client = *base::parse_address("203.0.113.9");
    proposal.hosts = {name("home.dyn.example.org"), name("office.dyn.example.org")};
    proposal.names_may_be_relative = true;
    proposal.all_or_nothing = false;
    proposal.ipv4 = {Change::set, address4, true};
    proposal.ipv6 = {Change::remove, address6};
    proposal.prefix = {Change::set, base::prefix_of(address6, 56)};
    return proposal;
}
/// With an account instead of hosts.
inline Propose challenge()
{
    Propose proposal;
    proposal.id = RequestId{9};
    proposal.client_is_known = false;
    proposal.account = ChallengeAccount{{1, 2}, {3, 4}};
    proposal.missing_removes = false;
    proposal.txt = TxtChange::set;
    proposal.value = {'x', '_', '-'};
    proposal.dialect = Dialect::acme_dns;
    return proposal;
}

inline std::vector<UpdaterToKeeper> updater_to_keeper()
{
    return {proposal(), challenge(), Propose{},
            Look{RequestId{3}, *base::Token::from("secret"), base::Address{address6}, false, name("home")},
            Look{}};
}
inline std::vector<KeeperToUpdater> keeper_to_updater()
{
    const HostOutcome all{Verdict::committed, Reason::none, address4, address6,
                          base::prefix_of(address6, 48)};
    return {Settled{RequestId{7}, {all, {Verdict::unchanged}, {Verdict::refused}}},
            Settled{RequestId{8}, {{Verdict::outside_zone}}, dns::CompactName{name("dyn.example.org")}},
            Settled{RequestId{9}, {{Verdict::unsuitable, Reason::own_address}}},
            Settled{RequestId{0xFFFFFFFF}, {{Verdict::unavailable}}},
            Seen{RequestId{4},
                 dns::CompactName{name("home.dyn.example.org")},
                 true,
                 address4,
                 address6,
                 base::prefix_of(address6, 48),
                 {ChallengeValue{'x'}, ChallengeValue{'y'}},
                 base::never,
                 base::Seconds{5}},
            Seen{}};
}
inline std::vector<KeeperToResponder> keeper_to_responder()
{
    return {HostRecords{HostIndex{3}, 1795374003, address4, address6},
            HostRecords{HostIndex{4}, 1, std::nullopt, address6},
            HostRecords{HostIndex{5}, 2, address4, std::nullopt},
            HostRecords{HostIndex{6}, 3, std::nullopt, std::nullopt},
            HostRecords{HostIndex{7}, 4, std::nullopt, address6, true},
            HostTxt{HostIndex{8}, 5, {{'a'}, {'b'}}},
            HostTxt{HostIndex{9}, 6, {}},
            Complete{0xFFFFFFFF}};
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
    return {Ping{77},
            Attach{Role::updater, 0},
            Attach{Role::responder, 5},
            Quit{},
            ReportStatistics{},
            StateInPlace{false},
            cookie_secrets(1, true),
            cookie_secrets(9, false),
            SetVerbosity{Verbosity::requests}};
}
inline std::vector<ChildToSupervisor> child_to_supervisor()
{
    return {Ready{0x1FFF}, Pong{77}, PeerReport{Role::responder, 3},
            Unusable{"/etc/nanodnsd/tls/privkey.pem: found no private key"}};
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
inline std::vector<UpdaterToKeyholder> updater_to_keyholder()
{
    return {Sign{RequestId{7}, SignatureScheme::rsa_pss_sha512, {1, 2, 3}}};
}
inline std::vector<KeyholderToUpdater> keyholder_to_updater()
{
    return {Signed{RequestId{7}, {4, 5}}, Signed{}};
}
inline std::vector<KeyholderPart> keyholder_parts()
{
    return {KeyholderSetup{{true, 1}, "/chain", "/key", {name("ns.example.org")}, "c:3:4: ", "c:5:6: "}};
}
inline std::vector<UpdaterPart> updater_parts()
{
    return {
        UpdaterSetup{{true, 1}, 2, 16, base::Seconds{3}, {}, ProxyHeader::forwarded, "/chain", false, 443}};
}
inline std::vector<SupervisorToReader> supervisor_to_reader()
{
    return {ReadConfig{}, MakeSetups{{{Role::responder, 1, 2, 3, 0}, {Role::updater, 0, 0, 0, 4}}, true, 443},
            MakeSetups{}};
}
inline std::vector<ReaderToSupervisor> reader_to_supervisor()
{
    return {Ready{0x1FFF},
            Endpoint{Service::http, *base::parse_address("192.0.2.1"), 80, false},
            Endpoint{Service::dns_tcp, *base::parse_address("::"), 53, true},
            ConfigSummary{name("dyn.example.org"),
                          "somebody",
                          "users",
                          70000,
                          3,
                          base::Seconds{4},
                          base::Seconds{5},
                          base::Seconds{6},
                          0x1E,
                          {"/chain", "/key"},
                          {7, 8},
                          {9, 10},
                          "/run/nanodnsd/control",
                          "nanodnsd-admin"},
            ConfigHasErrors{"nanodnsd.conf:1:1: found an error"},
            SetupMade{Role::responder, 7}};
}
inline std::vector<ReaderPart> reader_parts()
{
    return {ReaderSetup{
        {true, 2}, "/etc/nanodnsd.conf", "/var/lib/nanodnsd/nanodnsd.state", true, true, true, false, start}};
}
inline Account whole_account()
{
    Account account{HostIndex{4}, name("all.dyn.example.org"), {digest_of(3), {4}}, base::Seconds{3600}};
    account.is_static = true;
    account.more_tokens = {{digest_of(5), {6}}};
    account.missing = Missing::keep;
    account.private_addresses = PrivateAddresses::replaced;
    account.requires_address = true;
    account.suffix = address6;
    account.allow_from = {*base::parse_network("192.0.2.0/24"), *base::parse_network("2001:db8::/32")};
    account.token_sets_challenge = true;
    account.has_a = true;
    account.challenge_keys = {{digest_of(9), {10}}};
    return account;
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
        whole_account(),
        Follower{HostIndex{5}, name("nas.dyn.example.org"), HostIndex{2}, address6, true},
        Group{{{digest_of(7), {8}}}, true, {*base::parse_network("192.0.2.0/24")}, {HostIndex{2}}},
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
    check(supervisor_to_console());
    check(console_to_supervisor());
    check(console_parts());
    check(responder_parts());
    check(updater_parts());
    check(updater_to_keyholder());
    check(keyholder_to_updater());
    check(keyholder_parts());
    check(keeper_parts());
    check(console_to_keeper());
    check(keeper_to_console());
    check(supervisor_to_reader());
    check(reader_to_supervisor());
    check(reader_parts());
    check(client_to_console());
    check(console_to_client());
}

} // namespace ipc
