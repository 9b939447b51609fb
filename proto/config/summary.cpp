#include "proto/config/summary.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "proto/base/address.h"
#include "proto/base/text.h"
#include "proto/config/options.h"

namespace config
{

namespace
{

void append_word(std::string& text, const std::string& word)
{
    base::append(text, " {}", {word});
}

std::string names(const std::vector<dns::Name>& list)
{
    std::string text;
    for (const dns::Name& name : list) {
        append_word(text, name.to_text());
    }
    return text;
}

std::string listeners(const std::vector<base::Address>& addresses)
{
    std::string text;
    for (const base::Address& address : addresses) {
        append_word(text, to_text(address));
    }
    return addresses.empty() ? "all addresses" : text.substr(1);
}

std::string port(std::uint16_t number)
{
    return number == 0 ? "any free port" : base::filled("port {}", {number});
}

std::string connections(std::uint16_t count, base::Seconds timeout)
{
    return base::filled("{} connections, timeout {}", {count, to_text(timeout)});
}

std::string_view or_not_set(std::string_view text)
{
    return text.empty() ? "not set" : text;
}

std::string cookies(const Server& server)
{
    const std::string_view policy = server.cookies == CookiePolicy::strict ? "strict" : "relaxed";
    const std::size_t secrets = server.cookie_secrets.size();
    return secrets == 0 ? base::filled("{}, a new secret each day", {policy})
                        : base::filled("{}, {} secrets set", {policy, secrets});
}

std::string endpoints(const Http& interface)
{
    if (!interface.is_on) {
        return "off";
    }
    return base::filled("{}, {}, {}", {listeners(interface.listen), port(interface.port),
                                       connections(interface.connections, interface.timeout)});
}

std::string control(const Control& control)
{
    return control.group.empty() ? control.path : base::filled("{}, group {}", {control.path, control.group});
}

std::string metrics(const Http& interface)
{
    return base::filled("{}, {}", {interface.listen.empty() ? "127.0.0.1" : listeners(interface.listen),
                                   port(interface.port)});
}

std::string zone_lines(const Config& config)
{
    const Server& server = config.server;
    const std::string dns = listeners(server.listen);
    return base::filled(
        "domain        {}\n"
        "name servers {}\n"
        "mailbox       {}\n"
        "dns udp       {}, {}\n"
        "dns tcp       {}, {}, {}\n"
        "http          {}\n"
        "{}{}{}",
        {server.domain.to_text(), names(server.name_servers), server.mailbox.to_text(), dns,
         port(config.udp.port), dns, port(config.tcp.port),
         connections(config.tcp.connections, config.tcp.timeout), endpoints(config.http),
         config.https.is_on ? base::filled("https         {}\n", {endpoints(config.https)}) : "",
         config.control.path.empty() ? "" : base::filled("control       {}\n", {control(config.control)}),
         config.metrics.is_on ? base::filled("metrics       {}\n", {metrics(config.metrics)}) : ""});
}

void append_server_lines(std::string& text, const Server& server)
{
    base::append(text,
                 "negative ttl  {}\n"
                 "any           {}\n"
                 "cookies       {}\n"
                 "nsid          {}\n"
                 "rate limit    {}\n"
                 "statistics    {}\n"
                 "workers       {}\n"
                 "user          {}\n"
                 "group         {}\n",
                 {to_text(server.negative_ttl), server.any == AnyPolicy::all ? "all" : "minimal",
                  cookies(server), or_not_set(server.nsid),
                  server.rate_limit == 0 ? "off" : base::filled("{} per second", {server.rate_limit}),
                  server.stats_interval.count() == 0 ? "off" : "every " + to_text(server.stats_interval),
                  server.workers, or_not_set(server.user), or_not_set(server.group)});
}

/// In quotes, with the escapes of read_data().
std::string quoted(base::Bytes bytes)
{
    std::string text = "\"";
    for (const std::uint8_t byte : bytes) {
        const auto letter = static_cast<char>(byte);
        if (byte < ' ' || byte > '~') {
            base::append(text, "\\{}{}{}", {byte / 100U, byte / 10U % 10U, byte % 10U});
            continue;
        }
        text += letter == '"' || letter == '\\' ? "\\" : "";
        text += letter;
    }
    return text + "\"";
}

/// Length-prefixed strings up to the end.
std::string strings(base::Reader& in)
{
    std::string text;
    while (in.left() != 0) {
        base::append(text, "{}{}", {text.empty() ? "" : " ", quoted(in.take(in.u8()))});
    }
    return text;
}

std::string name(base::Reader& in)
{
    return dns::Name::read(in).to_text();
}

/// The value as the config may have it. read_data() has made the data.
std::string value(const Record& record)
{
    base::Reader in{record.data};
    switch (record.type) {
    case dns::Type::mx:
        return base::filled("{} {}", {unsigned{in.u16()}, name(in)});
    case dns::Type::srv: {
        const unsigned priority = in.u16();
        const unsigned weight = in.u16();
        const unsigned port = in.u16();
        return base::filled("{} {} {} {}", {priority, weight, port, name(in)});
    }
    case dns::Type::txt:
        return strings(in);
    case dns::Type::caa: {
        const unsigned flags = in.u8();
        const std::string tag{base::as_text(in.take(in.u8()))};
        return base::filled("{} {} {}", {flags, tag, quoted(in.rest())});
    }
    default:
        return name(in);
    }
}

/// By type, in the order of the manual.
void append_records(std::string& text, const Host& host)
{
    for (const Option& option : options()) {
        const auto* const kind = std::get_if<HostRecord>(&option.kind);
        for (const Record& record : host.records) {
            if (kind != nullptr && record.type == kind->type) {
                base::append(text, ", {} {}", {option.name, value(record)});
            }
        }
    }
}

/// How its addresses change.
std::string changes(const Host& host)
{
    if (host.is_follower()) {
        return base::filled(" follows {}", {host.leader.front().name.to_text()});
    }
    if (!host.is_dynamic()) {
        return " static";
    }
    std::string text = host.expire == base::never ? " dynamic, never expires"
                                                  : " dynamic, expires after " + to_text(host.expire);
    if (host.expect != base::Seconds{}) {
        base::append(text, ", expected every {}", {to_text(host.expect)});
    }
    return text;
}

void append_networks(std::string& text, const std::vector<base::Network>& allow_from)
{
    text += allow_from.empty() ? "" : ", allow_from";
    for (const base::Network& network : allow_from) {
        append_word(text, to_text(network));
    }
}

/// What differs from the default.
void append_rules(std::string& text, const Host& host)
{
    struct Rule {
        bool is_set;
        std::string_view text;
    };
    const auto is_private = [&host](PrivateAddresses which) { return host.private_addresses == which; };
    for (const auto& [is_set, rule] :
         {Rule{host.has_leaders_a, "follow_a yes"}, Rule{host.missing == Missing::remove, "missing remove"},
          Rule{host.missing == Missing::keep, "missing keep"},
          Rule{is_private(PrivateAddresses::refused), "allow_private no"},
          Rule{is_private(PrivateAddresses::replaced), "allow_private client"},
          Rule{host.requires_address, "require_address yes"},
          Rule{host.may_have_challenge(), "ACME challenges"}}) {
        if (is_set) {
            base::append(text, ", {}", {rule});
        }
    }
    append_networks(text, host.allow_from);
}

void append_host(std::string& text, const Host& host)
{
    base::append(text, "{}{}, ttl {}", {host.name.to_text(), changes(host), to_text(host.ttl)});
    if (host.suffix) {
        base::append(text, ", suffix {}", {to_text(*host.suffix)});
    }
    append_rules(text, host);
    for (const base::Address4& address : host.a) {
        base::append(text, ", a {}", {to_text(address)});
    }
    for (const base::Address6& address : host.aaaa) {
        base::append(text, ", aaaa {}", {to_text(address)});
    }
    append_records(text, host);
    const bool is_empty = host.a.empty() && host.aaaa.empty() && host.records.empty();
    const bool may_have_records = host.is_dynamic() || host.is_follower() || host.may_have_challenge();
    text += is_empty && !may_have_records ? ", no records\n" : "\n";
}

} // namespace

std::string summary(const Config& config)
{
    std::string text = zone_lines(config);
    append_server_lines(text, config.server);
    base::append(text, "hosts         {}\n", {config.hosts.size()});
    for (const Host& host : config.hosts) {
        append_host(text, host);
    }
    if (!config.groups.empty()) {
        base::append(text, "groups        {}\n", {config.groups.size()});
    }
    for (const Group& group : config.groups) {
        base::append(text, "{}, tokens {}, hosts", {group.name, group.secrets.size()});
        for (const HostRef& host : group.hosts) {
            append_word(text, host.name.to_text());
        }
        append_networks(text, group.allow_from);
        text += '\n';
    }
    return text;
}

std::string to_text(base::Seconds time)
{
    constexpr std::array<std::pair<std::int64_t, const char*>, 3> units{
        {{86400, "d"}, {3600, "h"}, {60, "m"}}};
    for (const auto& [seconds, letter] : units) {
        if (time.count() != 0 && time.count() % seconds == 0) {
            return base::filled("{}{}", {time.count() / seconds, letter});
        }
    }
    return base::filled("{}s", {time.count()});
}

} // namespace config
