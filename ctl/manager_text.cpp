#include "ctl/manager_text.h"

#include <algorithm>
#include <vector>

#include "ctl/fields.h"
#include "ctl/host_text.h"
#include "ctl/table.h"
#include "ctl/times.h"
#include "proto/base/text.h"

namespace ctl
{

namespace
{

std::string state_of(const Unit& unit)
{
    return base::filled("{} ({})", {word(unit.active_state), word(unit.sub_state)});
}

std::string heading_of(const Unit& service, bool is_silent)
{
    if (!service.is_there()) {
        return "nanodnsd.service is not installed";
    }
    if (service.has_failed()) {
        return "nanodnsd has failed";
    }
    if (service.active_state == "inactive") {
        return "nanodnsd does not run";
    }
    return base::filled("nanodnsd is {}{}", {word(service.active_state),
                                             is_silent ? ", but does not answer on its control socket" : ""});
}

std::string dot_of(const Unit& service, const Terminal& terminal)
{
    const bool is_dark = !service.has_failed() && !service.is_active();
    const std::string_view unicode = is_dark ? "\xE2\x97\x8B" : "\xE2\x97\x8F";
    const std::string_view dot = terminal.has_unicode ? unicode : "*";
    if (is_dark) {
        return std::string{dot};
    }
    return terminal.coloured(dot, service.has_failed() ? Colour::red : Colour::yellow);
}

/// What to do, one sentence each.
std::vector<std::string> advice(const Manager& manager)
{
    const Unit& service = *manager.service;
    if (!service.is_there()) {
        return {};
    }
    if (service.has_failed()) {
        return {base::filled("{} failed ({}): journalctl -u {} says why",
                             {service.name, word(service.result), service.name})};
    }
    const bool has_socket = std::any_of(manager.sockets.begin(), manager.sockets.end(),
                                        [](const Unit& socket) { return socket.is_active(); });
    if (service.active_state == "inactive" && !has_socket) {
        return {base::filled("no socket starts it: systemctl enable --now {}", {service.name})};
    }
    return {};
}

std::string sockets_of(const Manager& manager, unsigned columns)
{
    Table table{{{"socket unit"}, {"state"}, {"enabled"}}};
    for (const Unit& socket : manager.sockets) {
        table.add({word(socket.name), state_of(socket), word(socket.file_state)});
    }
    return table.is_empty() ? "" : table.text(columns, Fields::indent);
}

void write_states(Json& json, const Unit& unit)
{
    json.member("name", unit.name)
        .member("active_state", unit.active_state)
        .member("sub_state", unit.sub_state)
        .member("file_state", unit.file_state.empty() ? std::nullopt : std::optional{unit.file_state})
        .member("result", unit.result)
        .member("since", unit.since);
}

} // namespace

std::string line_of(const Unit& unit)
{
    return base::filled("{}{}{}, {} restart{}",
                        {state_of(unit), unit.file_state.empty() ? "" : ", ", word(unit.file_state),
                         unit.restarts, unit.restarts == 1 ? "" : "s"});
}

void write(Json& json, const std::optional<Manager>& manager)
{
    json.key("unit");
    if (!manager || !manager->service || !manager->service->is_there()) {
        json.null();
        return;
    }
    json.open_object();
    write_states(json, *manager->service);
    json.member("restarts", manager->service->restarts).key("sockets").open_list();
    for (const Unit& socket : manager->sockets) {
        json.open_object();
        write_states(json, socket);
        json.close_object();
    }
    json.close_list().close_object();
}

std::string as_text(const Manager& manager, bool is_silent, base::UnixTime now, const Terminal& terminal,
                    unsigned columns)
{
    if (!manager.service) {
        return "";
    }
    const Unit& service = *manager.service;
    std::string text = base::filled("{} {}\n", {dot_of(service, terminal), heading_of(service, is_silent)});
    if (service.is_there()) {
        Fields fields;
        fields.add("unit", line_of(service));
        fields.add("since", service.since ? relative(*service.since, now) : "");
        text += fields.text();
    }
    text += sockets_of(manager, columns);
    for (const std::string& sentence : advice(manager)) {
        base::append(text, "{} {}\n", {terminal.coloured("!", Colour::yellow), sentence});
    }
    return text;
}

std::string as_json(const std::optional<Manager>& manager)
{
    Json json;
    json.open_object().member("version", 1).key("status").open_object();
    for (const char* const key : {"zone", "serial", "version", "up_since", "sandbox", "config"}) {
        json.key(key).null();
    }
    write(json, manager);
    json.key("sockets").open_list().close_list().key("memory").null();
    json.key("processes").open_list().close_list();
    for (const char* const key : {"hosts", "updates", "certificate"}) {
        json.key(key).null();
    }
    json.key("attention").open_list();
    if (manager && manager->service) {
        for (const std::string& sentence : advice(*manager)) {
            json.value(sentence);
        }
    }
    return json.close_list().close_object().close_object().take() + '\n';
}

} // namespace ctl
