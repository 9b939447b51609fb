// Checks of the service: its units, its processes, and the clock.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ctl/doctor/check.h"
#include "ctl/manager_text.h"
#include "ctl/times.h"
#include "proto/base/text.h"

namespace ctl::doctor
{

namespace
{

constexpr base::Seconds restart_is_recent{3600};

std::string log_line(const Facts& facts, std::string_view options)
{
    return base::filled("journalctl -u {} {}", {facts.service()->name, options});
}

void look_at_restarts(const Unit& unit, const Facts& facts, Findings& findings)
{
    if (unit.restarts != 0 && unit.active_at && facts.now - *unit.active_at < restart_is_recent) {
        findings.push_back(
            warn(base::filled("{} was restarted {}; {} restarts",
                              {unit.name, relative(*unit.active_at, facts.now), unit.restarts}),
                 log_line(facts, "--since=-1h")));
    }
}

/// How the unit is not active; none if it is.
void look_at_activity(const Unit& unit, const Facts& facts, Findings& findings)
{
    if (unit.active_state == "failed") {
        findings.push_back(
            fail(base::filled("{} failed: {}", {unit.name, base::escape(unit.result)}),
                 base::filled("{}; {}", {log_line(facts, "-n 20"), "systemctl restart " + unit.name})));
    } else if (unit.has_failed() || (unit.active_state == "activating" && unit.restarts != 0)) {
        const std::string result = unit.result == "success" ? "" : base::escape(unit.result) + ", ";
        findings.push_back(fail(base::filled("{} failed: {}{} restart{}", {unit.name, result, unit.restarts,
                                                                           unit.restarts == 1 ? "" : "s"}),
                                log_line(facts, "-n 20")));
    } else if (!unit.is_active()) {
        findings.push_back(fail(base::filled("{} is {}", {unit.name, base::escape(unit.active_state)}),
                                "systemctl start " + unit.name));
    }
}

/// A service of the daemon, with its socket unit.
struct Served {
    std::string_view name;
    std::string unit;
    std::array<admin::Socket, 2> sockets; ///< one of them is enough, but DNS has both
};

std::vector<Served> wanted_services(const Facts& facts)
{
    std::vector<Served> wanted = {
        {"dns", "nanodnsd-dns.socket", {admin::Socket::dns_udp, admin::Socket::dns_tcp}}};
    if (facts.config && facts.config->http.is_on) {
        wanted.push_back({"http", "nanodnsd-http.socket", {admin::Socket::http, admin::Socket::http}});
    }
    if (facts.config && facts.config->https.is_on) {
        wanted.push_back({"https", "nanodnsd-https.socket", {admin::Socket::https, admin::Socket::https}});
    }
    if (facts.config && facts.config->metrics.is_on) {
        wanted.push_back(
            {"metrics", "nanodnsd-metrics.socket", {admin::Socket::metrics, admin::Socket::metrics}});
    }
    return wanted;
}

std::string enable_line(const Facts& facts, std::string_view unit)
{
    return base::filled(
        "systemctl enable {} && systemctl restart {} {}",
        {unit, unit, facts.service() != nullptr ? facts.service()->name : std::string{service_unit}});
}

void look_at_socket_unit(const Served& served, const Facts& facts, Findings& findings)
{
    const Unit* const unit = facts.socket(served.unit);
    if (unit == nullptr) {
        return; // the daemon's own list of sockets tells
    }
    if (unit->active_state == "failed") {
        findings.push_back(fail(base::filled("{} failed: {}", {unit->name, base::escape(unit->result)}),
                                enable_line(facts, unit->name)));
    } else if (!unit->is_active()) {
        findings.push_back(
            fail(base::filled("{} does not listen: it is {}", {unit->name, base::escape(unit->active_state)}),
                 enable_line(facts, unit->name)));
    } else if (unit->file_state == "disabled" && served.name != "dns" && served.name != "http") {
        // the service itself wants those two
        findings.push_back(warn(unit->name + " is not enabled, so it does not start with the system",
                                "systemctl enable " + unit->name));
    }
}

/// Those of no wanted service: the control socket, and others if the config is not known.
void look_at_other_units(const std::vector<Served>& wanted, const Facts& facts, Findings& findings)
{
    for (const Unit& unit : facts.manager->sockets) {
        const bool is_wanted = std::any_of(wanted.begin(), wanted.end(),
                                           [&](const Served& one) { return one.unit == unit.name; });
        if (!is_wanted && (unit.active_state == "failed" || unit.file_state == "enabled")) {
            look_at_socket_unit({"", unit.name, {}}, facts, findings);
        }
    }
}

/// Whether the daemon has a socket of the kind.
bool has(const Running& running, admin::Socket kind)
{
    return std::any_of(running.sockets.begin(), running.sockets.end(),
                       [&](const admin::StatusSocket& one) { return one.socket == kind; });
}

/// At its unit, if there is one, and at what the daemon says.
void look_at_sockets_of(const Served& served, const Facts& facts, Findings& findings)
{
    const bool has_units = facts.service() != nullptr;
    const std::size_t before = findings.size();
    if (has_units) {
        look_at_socket_unit(served, facts, findings);
    }
    if (findings.size() == before && facts.running &&
        (!has(*facts.running, served.sockets[0]) || !has(*facts.running, served.sockets[1]))) {
        findings.push_back(fail(base::filled("the daemon does not listen for {}", {served.name}),
                                has_units ? enable_line(facts, served.unit) : facts.restart()));
    }
}

/// Without what neither the daemon nor its unit tells.
std::vector<std::string_view> names_of_known(const std::vector<Served>& services, const Facts& facts)
{
    std::vector<std::string_view> names;
    for (const Served& one : services) {
        if (facts.running || facts.socket(one.unit) != nullptr) {
            names.push_back(one.name);
        }
    }
    return names;
}

std::string listed(const std::vector<std::string_view>& words)
{
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        text += i == 0 ? "" : i + 1 == words.size() ? " and " : ", ";
        text += words[i];
    }
    return text;
}

} // namespace

Findings check_unit(const Facts& facts)
{
    if (!facts.manager) {
        return {skip(facts.manager.why())};
    }
    const Unit* const unit = facts.service();
    if (unit == nullptr) {
        return {skip(facts.running ? std::string{"the daemon was not started by a unit"}
                                   : base::filled("there is no unit {}", {service_unit}))};
    }
    if (unit->load_state == "masked") {
        return {fail(unit->name + " is masked", "systemctl unmask " + unit->name)};
    }
    Findings findings;
    look_at_activity(*unit, facts, findings);
    if (unit->file_state == "disabled") {
        findings.push_back(warn(unit->name + " is not enabled, so it does not start with the system",
                                "systemctl enable " + unit->name));
    }
    look_at_restarts(*unit, facts, findings);
    return or_ok(std::move(findings), base::filled("{} is {}", {unit->name, line_of(*unit)}));
}

Findings check_sockets(const Facts& facts)
{
    const bool has_units = facts.service() != nullptr;
    if (!facts.running && !has_units) {
        return {skip(facts.running.why())};
    }
    const std::vector<Served> services = wanted_services(facts);
    Findings findings;
    for (const Served& served : services) {
        look_at_sockets_of(served, facts, findings);
    }
    if (has_units) {
        look_at_other_units(services, facts, findings);
    }
    const std::vector<std::string_view> known = names_of_known(services, facts);
    if (findings.empty() && known.empty()) {
        return {skip(facts.running.why())};
    }
    return or_ok(std::move(findings),
                 base::filled("{} {}", {listed(known), known.size() == 1 ? "listens" : "listen"}));
}

Findings check_clock(const Facts& facts)
{
    const std::string advice =
        facts.manager ? "timedatectl set-ntp true" : "chronyd -q 'pool pool.ntp.org iburst'";
    if (facts.built && facts.now < *facts.built) {
        return {fail(base::filled("the clock shows {}, which is before this program was installed or built",
                                  {rfc3339(facts.now)}),
                     advice)};
    }
    if (!facts.clock_is_synchronised) {
        return {skip("whether the clock is synchronised is not known")};
    }
    if (!*facts.clock_is_synchronised) {
        return {warn("the clock is not synchronised", advice)};
    }
    return {ok("the clock is synchronised")};
}

Findings check_sandbox(const Facts& facts)
{
    if (!facts.running) {
        return {skip(facts.running.why())};
    }
    std::vector<std::pair<std::string, std::vector<std::string_view>>> by_text;
    for (const admin::StatusProcess& process : facts.running->processes) {
        if (process.missing.empty()) {
            continue;
        }
        const auto found = std::find_if(by_text.begin(), by_text.end(),
                                        [&](const auto& one) { return one.first == process.missing; });
        auto& names =
            found != by_text.end() ? found->second : by_text.emplace_back(process.missing, 0).second;
        if (std::find(names.begin(), names.end(), process.name) == names.end()) {
            names.push_back(process.name);
        }
    }
    Findings findings;
    for (const auto& [missing, names] : by_text) {
        findings.push_back(warn(
            base::filled("{} {} without {}", {base::escape(listed(names)), names.size() == 1 ? "runs" : "run",
                                              base::escape(missing, 1000)}),
            "uname -r; cat /sys/kernel/security/lsm"));
    }
    return or_ok(std::move(findings), "all processes have all layers of the sandbox");
}

} // namespace ctl::doctor
