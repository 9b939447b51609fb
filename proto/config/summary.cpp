#include "proto/config/summary.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "proto/base/address.h"
#include "proto/config/options.h"

namespace config
{

namespace
{

std::string listeners(const std::vector<base::Address>& addresses)
{
    if (addresses.empty()) {
        return "all addresses";
    }
    std::string text;
    for (const base::Address& address : addresses) {
        text += (text.empty() ? "" : " ") + to_text(address);
    }
    return text;
}

std::string port(std::uint16_t number)
{
    return number == 0 ? "any free port" : "port " + std::to_string(number);
}

std::string line(std::string_view name, const std::string& value)
{
    constexpr std::size_t column = 14;
    std::string text{name};
    text.resize(std::max(column, text.size() + 1), ' ');
    return text + value + '\n';
}

std::string connections(std::uint16_t count, base::Seconds timeout)
{
    return std::to_string(count) + " connections, timeout " + to_text(timeout);
}

std::string or_not_given(const std::string& name)
{
    return name.empty() ? "not given" : name;
}

std::string cookies(const Server& server)
{
    const std::string policy = server.cookies == CookiePolicy::strict ? "strict" : "relaxed";
    const std::size_t secrets = server.cookie_secrets.size();
    return policy +
           (secrets == 0 ? ", secret made at the start" : ", " + std::to_string(secrets) + " secrets given");
}

std::string server_lines(const Config& config)
{
    const Server& server = config.server;
    std::string name_servers;
    for (const dns::Name& name : server.name_servers) {
        name_servers += (name_servers.empty() ? "" : " ") + name.to_text();
    }
    const std::string dns = listeners(server.listen) + ", ";
    return line("domain", server.domain.to_text()) + line("name servers", name_servers) +
           line("mailbox", server.mailbox.to_text()) + line("dns udp", dns + port(config.udp.port)) +
           line("dns tcp", dns + port(config.tcp.port) + ", " +
                               connections(config.tcp.connections, config.tcp.timeout)) +
           line("http", listeners(config.http.listen) + ", " + port(config.http.port) + ", " +
                            connections(config.http.connections, config.http.timeout)) +
           line("any", server.any == AnyPolicy::all ? "all" : "minimal") + line("cookies", cookies(server)) +
           line("nsid", or_not_given(server.nsid)) +
           line("rate limit",
                server.rate_limit == 0 ? "off" : std::to_string(server.rate_limit) + " a second") +
           line("statistics",
                server.stats_interval.count() == 0 ? "off" : "every " + to_text(server.stats_interval)) +
           line("workers", std::to_string(server.workers)) + line("user", or_not_given(server.user)) +
           line("group", or_not_given(server.group)) + line("hosts", std::to_string(config.hosts.size()));
}

/// How many there are of each type, in the order of the manual.
void append_records(std::string& text, const Host& host)
{
    for (const Option& option : options()) {
        const auto* const kind = std::get_if<HostRecord>(&option.kind);
        const auto count =
            kind == nullptr ? 0
                            : std::count_if(host.records.begin(), host.records.end(),
                                            [&](const Record& record) { return record.type == kind->type; });
        if (count != 0) {
            text.append(", ").append(option.name).append(" ") += std::to_string(count);
        }
    }
}

void append_host(std::string& text, const Host& host)
{
    text += host.name.to_text();
    text += host.is_dynamic() ? " dynamic, expires after " + to_text(host.expire) : " static";
    text += ", ttl " + to_text(host.ttl);
    for (const base::Address4& address : host.a) {
        text += ", a " + to_text(address);
    }
    for (const base::Address6& address : host.aaaa) {
        text += ", aaaa " + to_text(address);
    }
    append_records(text, host);
    const bool empty = host.a.empty() && host.aaaa.empty() && host.records.empty();
    text += empty ? ", no address\n" : "\n";
}

} // namespace

std::string summary(const Config& config)
{
    std::string text = server_lines(config);
    for (const Host& host : config.hosts) {
        append_host(text, host);
    }
    return text;
}

std::string to_text(base::Seconds time)
{
    constexpr std::array<std::pair<std::int64_t, char>, 3> units{{{86400, 'd'}, {3600, 'h'}, {60, 'm'}}};
    for (const auto& [seconds, letter] : units) {
        if (time.count() != 0 && time.count() % seconds == 0) {
            return std::to_string(time.count() / seconds) + letter;
        }
    }
    return std::to_string(time.count()) + 's';
}

} // namespace config
