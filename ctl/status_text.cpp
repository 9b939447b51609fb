// The status as text and as JSON.
#include <algorithm>
#include <array>

#include "ctl/fields.h"
#include "ctl/host_text.h"
#include "ctl/manager_text.h"
#include "ctl/status.h"
#include "ctl/table.h"
#include "ctl/times.h"
#include "proto/base/text.h"

namespace ctl
{

namespace
{

constexpr std::size_t width_of_names = 11; // "certificate"
constexpr std::size_t most_lines_of_attention = 20;

struct SocketWords {
    std::string_view service;  ///< sockets of one service and port are one item
    std::string_view protocol; ///< empty: no other one for this service
    std::string_view in_json;
};
const SocketWords& words_of(admin::Socket socket)
{
    static constexpr auto words = std::to_array<SocketWords>({
        {"dns", "udp", "dns_udp"},
        {"dns", "tcp", "dns_tcp"},
        {"http", "", "http"},
        {"https", "", "https"},
        {"control", "", "control"},
        {"metrics", "", "metrics"},
    });
    return words.at(static_cast<std::size_t>(socket) - 1);
}

/// "dns 53"; a Unix socket has no port.
std::string service_and_port(const admin::StatusSocket& socket)
{
    const std::string_view service = words_of(socket.socket).service;
    if (socket.port != 0) {
        return base::filled("{} {}", {service, socket.port});
    }
    return std::string{service} + (socket.socket == admin::Socket::control ? "" : " unix");
}

/// "dns 53 udp tcp, http 80, control"
std::string sockets_of(const Status& status)
{
    struct Item {
        std::string name;
        std::string protocols;
    };
    std::vector<Item> items;
    for (const admin::StatusSocket& socket : status.sockets) {
        const std::string name = service_and_port(socket);
        auto item =
            std::find_if(items.begin(), items.end(), [&](const Item& one) { return one.name == name; });
        if (item == items.end()) {
            item = items.insert(items.end(), {name, ""});
        }
        const std::string_view protocol = words_of(socket.socket).protocol;
        if (item->protocols.find(protocol) == std::string::npos) {
            item->protocols += ' ';
            item->protocols += protocol;
        }
    }
    std::string text;
    for (const Item& item : items) {
        base::append(text, "{}{}{}", {text.empty() ? "" : ", ", item.name, item.protocols});
    }
    return text;
}

/// "640 kB" or "4.1 MB"
std::string memory_of(std::uint64_t bytes)
{
    constexpr std::uint64_t kilo = 1000;
    if (bytes < kilo * kilo) {
        return base::filled("{} kB", {bytes / kilo});
    }
    const std::uint64_t tenths = bytes / (kilo * kilo / 10);
    return base::filled("{}.{} MB", {tenths / 10, tenths % 10});
}

std::string certificate_of(const Status& status, base::UnixTime now)
{
    if (!status.certificate) {
        return "";
    }
    const bool is_over = status.certificate->expires <= now;
    return base::filled("{}, {} {}", {Names::whole(status.certificate->name), is_over ? "expired" : "expires",
                                      relative(status.certificate->expires, now)});
}

std::string hosts_of(const admin::StatusDaemon& daemon)
{
    std::string text = base::filled("{} of {} have an address", {daemon.with_address, daemon.hosts});
    if (daemon.overdue != 0) {
        base::append(text, ", {} overdue", {daemon.overdue});
    }
    return text;
}

std::string updates_of(const Status& status, base::UnixTime now)
{
    const admin::StatusDaemon& daemon = status.daemon;
    std::string text = base::filled("since the start {} changed, {} unchanged, {} refused",
                                    {daemon.changed, daemon.unchanged, daemon.refused});
    if (daemon.last_host && daemon.last_at) {
        base::append(text, "; the last one {}, {}",
                     {status.names.label(*daemon.last_host), relative(*daemon.last_at, now)});
    }
    return text;
}

std::string processes_of(const Status& status, base::UnixTime now, unsigned columns)
{
    Table table{{{"process"}, {"pid", Align::right}, {"up"}, {"restarts", Align::right}, {"sandbox"}}};
    table.widen_first(width_of_names);
    for (const admin::StatusProcess& process : status.processes) {
        const bool runs = process.pid != 0;
        table.add({name_of(process, status), runs ? std::to_string(process.pid) : "",
                   runs ? span(now - process.started) : "",
                   process.restarts ? std::to_string(*process.restarts) : "",
                   runs ? sandbox_of(process) : ""});
    }
    return table.is_empty() ? "" : table.text(columns, Fields::indent);
}

std::string attention_of(const Status& status, base::UnixTime now, const Terminal& terminal)
{
    const std::vector<std::string> sentences = attention(status, now);
    std::string text;
    for (std::size_t i = 0; i < std::min(sentences.size(), most_lines_of_attention); ++i) {
        base::append(text, "{} {}\n", {terminal.coloured("!", Colour::yellow), sentences[i]});
    }
    if (sentences.size() > most_lines_of_attention) {
        base::append(text, "{} {} more: nanodnsctl hosts --overdue, nanodnsctl hosts --refused\n",
                     {terminal.coloured("!", Colour::yellow), sentences.size() - most_lines_of_attention});
    }
    return text;
}

void write_processes(Json& json, const Status& status)
{
    json.key("processes").open_list();
    for (const admin::StatusProcess& process : status.processes) {
        const bool runs = process.pid != 0;
        json.open_object()
            .member("name", process.name)
            .member("index", process.index)
            .member("pid", runs ? std::optional{process.pid} : std::nullopt)
            .member("up_since", runs ? std::optional{process.started} : std::nullopt)
            .member("restarts", process.restarts)
            .member("sandbox", runs ? std::optional{sandbox_of(process)} : std::nullopt)
            .close_object();
    }
    json.close_list();
}

void write_sockets(Json& json, const Status& status)
{
    json.key("sockets").open_list();
    for (const admin::StatusSocket& socket : status.sockets) {
        const bool has_port = socket.port != 0;
        json.open_object()
            .member("service", words_of(socket.socket).in_json)
            .member("address", has_port ? std::optional{to_text(socket.address)} : std::nullopt)
            .member("port", has_port ? std::optional{socket.port} : std::nullopt)
            .close_object();
    }
    json.close_list();
}

void write_counts(Json& json, const Status& status)
{
    const admin::StatusDaemon& daemon = status.daemon;
    json.key("hosts")
        .open_object()
        .member("count", daemon.hosts)
        .member("with_address", daemon.with_address)
        .member("overdue", daemon.overdue)
        .close_object();
    json.key("updates")
        .open_object()
        .member("changed", daemon.changed)
        .member("unchanged", daemon.unchanged)
        .member("refused", daemon.refused)
        .member("last_host", daemon.last_host ? std::optional{Names::whole(*daemon.last_host)} : std::nullopt)
        .member("last_at", daemon.last_at)
        .close_object();
}

/// Of all processes.
std::string whole_sandbox(const Status& status)
{
    for (const admin::StatusProcess& process : status.processes) {
        if (!process.missing.empty()) {
            return sandbox_of(process);
        }
    }
    return "complete";
}

} // namespace

std::string as_text(const Status& status, base::UnixTime now, const Terminal& terminal, unsigned columns)
{
    const admin::StatusDaemon& daemon = status.daemon;
    std::string text = base::filled(
        "{} nanodnsd {} serves {}, serial {}, up {}\n",
        {terminal.coloured(terminal.has_unicode ? "\xE2\x97\x8F" : "*", Colour::green), word(status.version),
         status.names.zone(), daemon.serial, long_span(now - daemon.up_since)});
    Fields before;
    before.add("unit",
               status.manager && status.manager->service ? line_of(*status.manager->service) : std::string{});
    before.add("sockets", sockets_of(status));
    before.add("config",
               base::filled("{}, read {}", {word(daemon.config), relative(daemon.config_read, now)}));
    before.add("certificate", certificate_of(status, now));
    before.add("memory", status.memory ? memory_of(*status.memory) : "");
    Fields after;
    after.add("hosts", hosts_of(daemon));
    after.add("updates", updates_of(status, now));
    return text + before.text(width_of_names) + processes_of(status, now, columns) +
           after.text(width_of_names) + attention_of(status, now, terminal);
}

std::string as_json(const Status& status, base::UnixTime now)
{
    const admin::StatusDaemon& daemon = status.daemon;
    Json json;
    json.open_object().member("version", 1).key("status").open_object();
    json.member("zone", status.names.zone())
        .member("serial", daemon.serial)
        .member("version", status.version)
        .member("up_since", daemon.up_since)
        .member("sandbox", whole_sandbox(status));
    json.key("config")
        .open_object()
        .member("path", daemon.config)
        .member("read", daemon.config_read)
        .close_object();
    write(json, status.manager);
    write_sockets(json, status);
    json.member("memory", status.memory);
    write_processes(json, status);
    write_counts(json, status);
    json.key("certificate");
    if (status.certificate) {
        json.open_object()
            .member("name", Names::whole(status.certificate->name))
            .member("expires", status.certificate->expires)
            .close_object();
    } else {
        json.null();
    }
    json.key("attention").open_list();
    for (const std::string& sentence : attention(status, now)) {
        json.value(sentence);
    }
    return json.close_list().close_object().close_object().take() + '\n';
}

} // namespace ctl
