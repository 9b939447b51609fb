#include "proto/config/options.h"

#include <algorithm>

namespace config
{

namespace
{

using base::Seconds;

constexpr Seconds max_negative_ttl{86400}; // RFC 2308 section 5: longer times are problematic
constexpr Seconds max_time{2147483};       // the limit of the predecessor's timers
constexpr Seconds max_expire{0x7FFFFFFE};  // the predecessor's limit
constexpr std::uint64_t max_u32 = 0xFFFFFFFF;
constexpr std::uint64_t max_u16 = 0xFFFF;

constexpr std::string_view example_hash =
    "{SSHA256}M5ow91e5ccbFIXWFxq81jou+WZrrCFtxUbTw4SjNJ197Tp8tHIpeP20LLEqej31h";

Host& host(Config& c) noexcept
{
    return c.hosts.back();
}

std::vector<Secret>& host_secrets(Config& c) noexcept
{
    return host(c).secrets;
}

std::vector<Secret>& group_secrets(Config& c) noexcept
{
    return c.groups.back().secrets;
}

void set(FilePath& file, std::string_view path, Position at)
{
    file.path = path;
    file.at = at;
}

// One row per option: its name, its meaning, how its value is read, and where the value is stored.
// clang-format off
constexpr auto documented = std::to_array<DocumentedOption>({
    {Section::server, "domain", Need::required, "", "dyn.example.org",
     "the zone to serve",
     DomainName{[](Config& c, const dns::Name& name) { c.server.domain = name; }}},
    {Section::server, "nameserver", Need::required, "", "ns.example.org",
     "the names of the zone's name servers, the primary first",
     NameList{max_name_servers,
              [](Config& c) -> auto& { return c.server.name_servers; },
              [](Config& c) -> auto& { return c.server.name_servers_at; }}},
    {Section::server, "email", Need::required, "", "hostmaster@example.org",
     "the mail address of the person responsible for the zone",
     Mailbox{[](Config& c, const dns::Name& name) { c.server.mailbox = name; }}},
    {Section::server, "user", Need::optional, "", "nanodnsd",
     "the user to change to, when started as root",
     Account{"root", [](Config& c, std::string_view name) { c.server.user = name; }}},
    {Section::server, "group", Need::optional, "", "nanodnsd",
     "the group to change to, when started as root",
     Account{"", [](Config& c, std::string_view name) { c.server.group = name; }}},
    {Section::server, "listen", Need::optional, "", "192.0.2.1 2001:db8::1",
     "addresses on which to serve DNS",
     AddressList{max_listen_addresses, [](Config& c) -> auto& { return c.server.listen; }}},
    {Section::server, "ttl", Need::optional, "60s", "",
     "TTL of the hosts' records",
     Time{Seconds{0}, base::max_ttl, [](Config& c, Seconds time) { c.server.ttl = time; }}},
    {Section::server, "negative_ttl", Need::optional, "60s", "",
     "how long resolvers may cache that a name or a record does not exist",
     Time{Seconds{0}, max_negative_ttl, [](Config& c, Seconds time) { c.server.negative_ttl = time; }}},
    {Section::server, "any", Need::optional, "minimal", "",
     "how a query for ANY is answered",
     Choice{"minimal or all",
            [](Config& c, auto which) { c.server.any = which == 0 ? AnyPolicy::minimal : AnyPolicy::all; }}},
    {Section::server, "cookies", Need::optional, "relaxed", "",
     "how to answer a UDP client without a valid DNS cookie",
     Choice{"relaxed or strict",
            [](Config& c, auto which) {
                c.server.cookies = which == 0 ? CookiePolicy::relaxed : CookiePolicy::strict;
            }}},
    {Section::server, "cookie_secret", Need::optional, "", "00112233445566778899aabbccddeeff",
     "secret for DNS cookies, the same on all servers that share an address",
     HexSecret{max_cookie_secrets, [](Config& c) -> auto& { return c.server.cookie_secrets; }}},
    {Section::server, "nsid", Need::optional, "", "ns1",
     "identifier of this server for clients that ask for it",
     PlainText{max_nsid_bytes,
               [](Config& c, std::string_view text, Position /*at*/) { c.server.nsid = text; }}},
    {Section::server, "rate_limit", Need::optional, "1000", "",
     "UDP replies per second to one client network",
     Number{0, max_u32, [](Config& c, auto n) { c.server.rate_limit = static_cast<std::uint32_t>(n); }}},
    {Section::server, "stats_interval", Need::optional, "1d", "",
     "how often to log the query statistics",
     Time{Seconds{0}, max_time, [](Config& c, Seconds time) { c.server.stats_interval = time; }}},
    {Section::server, "workers", Need::optional, "1", "",
     "number of responders",
     Number{1, max_workers, [](Config& c, auto n) { c.server.workers = static_cast<std::uint16_t>(n); }}},

    {Section::udp, "port", Need::optional, "53", "",
     "port of DNS over UDP",
     Number{0, max_u16, [](Config& c, auto n) { c.udp.port = static_cast<std::uint16_t>(n); }}},

    {Section::tcp, "port", Need::optional, "53", "",
     "port of DNS over TCP",
     Number{0, max_u16, [](Config& c, auto n) { c.tcp.port = static_cast<std::uint16_t>(n); }}},
    {Section::tcp, "connections", Need::optional, "16", "",
     "maximum number of open DNS connections",
     Number{1, max_u16, [](Config& c, auto n) { c.tcp.connections = static_cast<std::uint16_t>(n); }}},
    {Section::tcp, "timeout", Need::optional, "3s", "",
     "how long a DNS connection may be idle",
     Time{Seconds{1}, max_time, [](Config& c, Seconds time) { c.tcp.timeout = time; }}},

    {Section::http, "port", Need::optional, "80", "",
     "port of the update interface",
     Number{0, max_u16,
            [](Config& c, auto n) {
                c.http.is_on = n != Number::off;
                c.http.port = static_cast<std::uint16_t>(n);
            },
            true}},
    {Section::http, "connections", Need::optional, "64", "",
     "maximum number of open HTTP connections",
     Number{1, max_u16, [](Config& c, auto n) { c.http.connections = static_cast<std::uint16_t>(n); }}},
    {Section::http, "timeout", Need::optional, "3s", "",
     "how long a client may take to send an update, and then the server to store it",
     Time{Seconds{1}, max_time, [](Config& c, Seconds time) { c.http.timeout = time; }}},
    {Section::http, "listen", Need::optional, "", "192.0.2.1 2001:db8::1",
     "addresses of the update interface",
     AddressList{max_listen_addresses, [](Config& c) -> auto& { return c.http.listen; }}},

    {Section::http, "trusted_proxy", Need::optional, "", "127.0.0.1 ::1 192.0.2.0/24",
     "proxies that say for which client they ask",
     NetworkList{max_trusted_proxies, [](Config& c) -> auto& { return c.http.trusted_proxies; }}},
    {Section::http, "proxy_header", Need::optional, "x-forwarded-for", "",
     "the header field in which they say it",
     Choice{"x-forwarded-for or forwarded",
            [](Config& c, auto which) {
                c.http.proxy_header = which == 0 ? ProxyHeader::x_forwarded_for : ProxyHeader::forwarded;
            }}},
    {Section::http, "page", Need::optional, "yes", "",
     "whether there is a page for people, also over HTTPS",
     Choice{"yes or no", [](Config& c, auto which) { c.http.has_page = which == 0; }}},

    {Section::https, "certificate", Need::required, "", "/etc/nanodnsd/tls/fullchain.pem",
     "the certificate and its chain, in PEM form",
     PlainText{max_path_bytes,
               [](Config& c, std::string_view path, Position at) { set(c.https.certificate, path, at); }}},
    {Section::https, "key", Need::required, "", "/etc/nanodnsd/tls/privkey.pem",
     "the certificate's private key, in PEM form",
     PlainText{max_path_bytes,
               [](Config& c, std::string_view path, Position at) { set(c.https.key, path, at); }}},
    {Section::https, "port", Need::optional, "443", "",
     "port of the update interface over HTTPS",
     Number{0, max_u16, [](Config& c, auto n) { c.https.port = static_cast<std::uint16_t>(n); }}},
    {Section::https, "connections", Need::optional, "16", "",
     "maximum number of open HTTPS connections",
     Number{1, max_u16, [](Config& c, auto n) { c.https.connections = static_cast<std::uint16_t>(n); }}},
    {Section::https, "timeout", Need::optional, "10s", "",
     "how long a client may take for the handshake and the update, and then the server to store it",
     Time{Seconds{1}, max_time, [](Config& c, Seconds time) { c.https.timeout = time; }}},
    {Section::https, "listen", Need::optional, "", "192.0.2.1 2001:db8::1",
     "addresses of the update interface over HTTPS",
     AddressList{max_listen_addresses, [](Config& c) -> auto& { return c.https.listen; }}},

    {Section::control, "socket", Need::optional, "off", "",
     "path of the socket for nanodnsctl",
     SocketPath{max_socket_path_bytes,
                [](Config& c, std::string_view path) {
                    c.control.is_off = path == "off";
                    c.control.path = c.control.is_off ? "" : path;
                }}},
    {Section::control, "group", Need::optional, "", "nanodnsd-admin",
     "the group whose members may use the socket",
     Account{"", [](Config& c, std::string_view name) { c.control.group = name; }}},

    {Section::metrics, "port", Need::required, "", "9109",
     "port of the metrics for Prometheus",
     Number{0, max_u16, [](Config& c, auto n) { c.metrics.port = static_cast<std::uint16_t>(n); }}},
    {Section::metrics, "listen", Need::optional, "127.0.0.1", "",
     "addresses of the metrics",
     AddressList{max_listen_addresses, [](Config& c) -> auto& { return c.metrics.listen; }}},

    {Section::group, "token", Need::optional, "", "choose-a-long-random-text",
     "a secret that authorizes updates of each host of the group",
     TokenText{max_secrets_of_host, group_secrets}},
    {Section::group, "token_hash", Need::optional, "", example_hash,
     "a hash of a token, instead of the token",
     HashText{max_secrets_of_host, group_secrets}},
    {Section::group, "hosts", Need::optional, "", "home office",
     "the hosts of the group",
     HostNames{default_max_hosts, [](Config& c) -> auto& { return c.groups.back().hosts; }, true}},
    {Section::group, "allow_from", Need::optional, "", "192.0.2.0/24 2001:db8::/32",
     "where the clients are that may use the group's tokens",
     NetworkList{max_allowed_networks, [](Config& c) -> auto& { return c.groups.back().allow_from; }}},

    {Section::host, "token", Need::optional, "", "choose-a-long-random-text",
     "a secret that authorizes updates of the host",
     TokenText{max_secrets_of_host, host_secrets}},
    {Section::host, "token_hash", Need::optional, "", example_hash,
     "a hash of a token, instead of the token",
     HashText{max_secrets_of_host, host_secrets}},
    {Section::host, "allow_from", Need::optional, "", "192.0.2.0/24 2001:db8::/32",
     "where the clients are that may update the host",
     NetworkList{max_allowed_networks, [](Config& c) -> auto& { return host(c).allow_from; }}},
    {Section::host, "missing", Need::optional, "", "keep",
     "what becomes of an address that an update does not name",
     Choice{"remove or keep",
            [](Config& c, auto which) { host(c).missing = which == 0 ? Missing::remove : Missing::keep; }}},
    {Section::host, "allow_private", Need::optional, "yes", "",
     "whether the host may have a private address",
     Choice{"yes, no or client",
            [](Config& c, auto which) {
                host(c).private_addresses = PrivateAddresses{static_cast<std::uint8_t>(which + 1)};
            }}},
    {Section::host, "require_address", Need::optional, "no", "",
     "whether a client must send an address",
     Choice{"no or yes", [](Config& c, auto which) { host(c).requires_address = which != 0; }}},
    {Section::host, "suffix", Need::optional, "", "::1:2:3:4",
     "the host's part of its IPv6 address, behind a prefix",
     Suffix{[](Config& c, const base::Address6& suffix) { host(c).suffix = suffix; }}},
    {Section::host, "follow", Need::optional, "", "home",
     "the host whose IPv6 prefix this host has",
     HostNames{1, [](Config& c) -> auto& { return host(c).leader; }, false}},
    {Section::host, "follow_a", Need::optional, "no", "",
     "whether this host has that host's IPv4 address, too",
     Choice{"no or yes", [](Config& c, auto which) { host(c).has_leaders_a = which != 0; }}},
    {Section::host, "acme", Need::optional, "no", "",
     "whether the host's tokens may set the TXT records of ACME challenges",
     Choice{"no or yes", [](Config& c, auto which) { host(c).token_sets_challenge = which != 0; }}},
    {Section::host, "acme_hash", Need::optional, "", example_hash,
     "the hash of a key that may set the TXT records of ACME challenges, and nothing else",
     HashText{max_challenge_keys, [](Config& c) -> auto& { return host(c).challenge_keys; }}},
    {Section::host, "expire", Need::optional, "1d", "",
     "lifetime of the addresses after an update",
     Time{Seconds{1}, max_expire, [](Config& c, Seconds time) { host(c).expire = time; }, true}},
    {Section::host, "expect", Need::optional, "", "1d",
     "time within which the host should report",
     Time{Seconds{60}, max_expire, [](Config& c, Seconds time) { host(c).expect = time; }}},
    {Section::host, "ttl", Need::optional, "", "60s",
     "TTL of the host's records, instead of the server's",
     Time{Seconds{0}, base::max_ttl, [](Config& c, Seconds time) { host(c).ttl = time; }}},
    {Section::host, "a", Need::optional, "", "192.0.2.7",
     "an IPv4 address of the host",
     HostAddress4{max_host_addresses, [](Config& c) -> auto& { return host(c).a; }}},
    {Section::host, "aaaa", Need::optional, "", "2001:db8::7",
     "an IPv6 address of the host",
     HostAddress6{max_host_addresses, [](Config& c) -> auto& { return host(c).aaaa; }}},
    {Section::host, "txt", Need::optional, "", R"("v=spf1 -all")",
     "text of the host",
     HostRecord{max_host_records, dns::Type::txt}},
    {Section::host, "mx", Need::optional, "", "10 mail.example.org",
     "a mail server of the host, the lowest number first",
     HostRecord{max_host_records, dns::Type::mx}},
    {Section::host, "caa", Need::optional, "", R"(0 issue "ca.example.net")",
     "who may issue certificates for the host",
     HostRecord{max_host_records, dns::Type::caa}},
    {Section::host, "srv", Need::optional, "", "0 5 5060 sip.example.org",
     "the location of a service",
     HostRecord{max_host_records, dns::Type::srv}},
    {Section::host, "cname", Need::optional, "", "www.example.org",
     "the name of which this host is an alias",
     HostRecord{max_host_records, dns::Type::cname}},
    {Section::host, "ns", Need::optional, "", "ns.example.net",
     "a name server to which this host and all names below it are delegated",
     HostRecord{max_host_records, dns::Type::ns}},
});
// clang-format on

constexpr auto table = [] {
    std::array<Option, documented.size()> rows;
    std::ranges::transform(documented, rows.begin(), [](const DocumentedOption& option) {
        return Option{option.section, option.name, option.kind};
    });
    return rows;
}();

static_assert(table.size() <= max_options);

constexpr bool is_required(const DocumentedOption& option) noexcept
{
    return option.need == Need::required;
}

constexpr auto required = [] {
    std::array<RequiredOption, std::ranges::count_if(documented, is_required)> rows{};
    std::size_t count = 0;
    for (const DocumentedOption& option : documented) {
        if (is_required(option)) {
            rows[count++] = {option.section, option.name, option.example, option.meaning};
        }
    }
    return rows;
}();

} // namespace

std::string_view section_name(Section section) noexcept
{
    constexpr std::array<std::string_view, 9> names{"server",  "udp",     "tcp",        "http", "https",
                                                    "control", "metrics", "group NAME", "@host"};
    return names[static_cast<std::size_t>(section)];
}

std::span<const DocumentedOption> documented_options() noexcept
{
    return documented;
}

std::span<const RequiredOption> required_options() noexcept
{
    return required;
}

std::span<const Option> options() noexcept
{
    return table;
}

const Option* find_option(Section section, std::string_view name) noexcept
{
    for (const Option& option : table) { // called for each key; std::find_if() would call a function per row
        if (option.section == section && option.name.size() == name.size() && option.name == name) {
            return &option;
        }
    }
    return nullptr;
}

bool is_start_only(const Option& option) noexcept
{
    constexpr auto names = std::to_array<std::string_view>({"listen", "port", "socket", "user", "group"});
    const bool is_of_server = option.section == Section::server || option.name != "group";
    return option.section != Section::host && is_of_server &&
           std::ranges::find(names, option.name) != names.end();
}

} // namespace config
