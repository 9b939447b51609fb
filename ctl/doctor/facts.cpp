#include "ctl/doctor/facts.h"

#include <algorithm>

#include "ctl/doctor/shell.h"
#include "proto/base/text.h"

namespace ctl::doctor
{

bool Said::has_errors() const
{
    return !std::ranges::all_of(lines, is_warning);
}

std::vector<dns::Name> Facts::name_servers() const
{
    if (config) {
        return config->server.name_servers;
    }
    std::vector<dns::Name> found;
    for (const Answer& answer : answers) {
        for (const std::string& text : answer.name_servers) {
            const auto name = answer.is_authoritative ? dns::Name::from_text(text) : std::nullopt;
            if (name && std::find(found.begin(), found.end(), *name) == found.end()) {
                found.push_back(*name);
            }
        }
    }
    return found;
}

const Unit* Facts::service() const noexcept
{
    return manager && manager->service && manager->service->is_there() ? &*manager->service : nullptr;
}

const Unit* Facts::socket(std::string_view name) const noexcept
{
    if (!manager) {
        return nullptr;
    }
    const auto found = std::find_if(manager->sockets.begin(), manager->sockets.end(),
                                    [&](const Unit& one) { return one.name == name; });
    return found == manager->sockets.end() ? nullptr : &*found;
}

bool Facts::has_unit() const noexcept
{
    const Unit* const unit = service();
    return unit != nullptr && unit->active_state != "inactive";
}

std::string Facts::apply() const
{
    if (running) {
        return ctl_program + " reload";
    }
    const Unit* const unit = service(); // one that runs may have no control socket
    return unit != nullptr && unit->is_active() ? "systemctl reload " + unit->name : restart();
}

std::string Facts::edit() const
{
    return base::filled("{} {} && {}", {"${EDITOR:-vi}", shell_word(config_path), apply()});
}

std::string Facts::section_of(const dns::CompactName& name) const
{
    const std::string label = names.label(name);
    return base::filled("[@{}]", {label == "@" ? "" : label});
}

std::string Facts::restart() const
{
    if (service() != nullptr) {
        return "systemctl restart " + service()->name;
    }
    if (main_pid != 0) {
        return base::filled("kill {} # and start nanodnsd again", {main_pid});
    }
    if (running) {
        return "ps -C nanodnsd # stop it, and start it again";
    }
    return base::filled("{} -c {}", {daemon_program, shell_word(config_path)});
}

} // namespace ctl::doctor
