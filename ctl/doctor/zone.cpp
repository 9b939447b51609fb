// Checks of the zone as the internet sees it: the answers, the name servers, and the delegation.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "ctl/doctor/check.h"
#include "ctl/doctor/shell.h"
#include "proto/base/address_kinds.h"
#include "proto/base/text.h"

namespace ctl::doctor
{

namespace
{

std::string without_dot(std::string name)
{
    if (name.size() > 1) {
        name.pop_back();
    }
    return name;
}

std::string joined(const std::vector<std::string>& words)
{
    std::string text;
    for (const std::string& word : words) {
        text += (text.empty() ? "" : " ") + word;
    }
    return text.empty() ? "none" : text;
}

std::vector<std::string> name_servers_of_config(const Facts& facts)
{
    std::vector<std::string> names;
    names.reserve(facts.config->server.name_servers.size());
    for (const dns::Name& name : facts.config->server.name_servers) {
        names.push_back(without_dot(name.lowered().to_text()));
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

std::string place_of(const Answer& answer)
{
    return base::filled("{} port {} over {}", {to_text(answer.address), answer.port,
                                               answer.transport == Transport::udp ? "UDP" : "TCP"});
}

/// An update may come between two questions, so a serial has two limits.
bool is_current(std::uint32_t serial, const Running& running) noexcept
{
    return !base::serial_less(serial, running.serial_before) &&
           !base::serial_less(running.serial_after, serial);
}

/// What is wrong with the answer; empty if nothing is.
std::string problem_of(const Answer& answer, const Facts& facts)
{
    if (!answer.error.empty()) {
        return base::filled("no answer: {}", {answer.error});
    }
    if (answer.rcode != 0) {
        return base::filled("answers with RCODE {}", {answer.rcode});
    }
    if (answer.is_truncated) {
        return "";
    }
    if (!answer.is_authoritative) {
        return "its answer is not authoritative: another program uses the port, or the daemon serves another "
               "zone";
    }
    if (!answer.serial) {
        return "its answer has no SOA record";
    }
    if (facts.running && !is_current(*answer.serial, *facts.running)) {
        return base::filled("its answer has serial {}, but the keeper has {}",
                            {*answer.serial, facts.running->serial_after});
    }
    if (facts.config && answer.name_servers != name_servers_of_config(facts)) {
        return base::filled("its answer has the name servers {}, but the configuration has {}",
                            {joined(answer.name_servers), joined(name_servers_of_config(facts))});
    }
    return "";
}

std::string question_line(const Answer& answer, const Facts& facts)
{
    return base::filled("dig +norecurse @{} -p {}{} {} SOA",
                        {to_text(answer.address), answer.port,
                         answer.transport == Transport::tcp ? " +tcp" : "", facts.names.zone()});
}

std::vector<std::string> addresses_of(const std::vector<Answer>& answers)
{
    std::vector<std::string> addresses;
    for (const Answer& answer : answers) {
        const std::string address = to_text(answer.address);
        if (std::find(addresses.begin(), addresses.end(), address) == addresses.end()) {
            addresses.push_back(address);
        }
    }
    return addresses;
}

/// "198.51.100.5 answers over UDP and TCP, serial 1732", if all answer.
std::string who_answers(const std::vector<Answer>& answers)
{
    constexpr std::size_t most_listed = 4;
    const std::vector<std::string> addresses = addresses_of(answers);
    std::optional<std::uint32_t> serial;
    bool has_udp = false;
    bool has_tcp = false;
    for (const Answer& answer : answers) {
        (answer.transport == Transport::udp ? has_udp : has_tcp) = true;
        serial = answer.serial ? answer.serial : serial;
    }
    const std::string_view over = has_udp && has_tcp ? "UDP and TCP" : has_udp ? "UDP" : "TCP";
    const std::string who =
        addresses.size() > most_listed ? base::filled("{} addresses", {addresses.size()}) : joined(addresses);
    return base::filled("{} {} over {}{}", {who, addresses.size() == 1 ? "answers" : "answer", over,
                                            serial ? base::filled(", serial {}", {*serial}) : ""});
}

struct Addresses {
    bool exists = false;
    std::vector<base::Address4> a;
    std::vector<base::Address6> aaaa;

    bool is_empty() const noexcept { return a.empty() && aaaa.empty(); }
    bool is_public() const
    {
        const auto is_public = [](const auto& address) { return base::is_public(address); };
        return std::all_of(a.begin(), a.end(), is_public) && std::all_of(aaaa.begin(), aaaa.end(), is_public);
    }
};

/// Whether the host answers for the name: it has that name, or is a wildcard above it.
bool covers(const dns::Name& owner, const dns::Name& name)
{
    return owner == name ||
           (base::as_text(owner.first_label()) == "*" && name.is_at_or_below(owner.parent()));
}

/// Of a name in the zone: those of the running daemon, or those of the config.
Addresses addresses_of(const dns::Name& name, const Facts& facts)
{
    Addresses found;
    const auto look = [&](const auto& hosts) {
        for (const auto& host : hosts) {
            const dns::Name owner = host.name.get();
            if (covers(owner, name) && (!found.exists || owner == name)) {
                found = {true, host.a, host.aaaa};
            }
        }
    };
    if (facts.config) {
        look(facts.config->hosts);
    }
    if (facts.running) {
        look(facts.running->hosts);
        look(facts.running->name_servers);
    }
    return found;
}

/// The lines of a section for a name server that has no address, with those of this machine.
std::string section_line(const dns::Name& name, const Facts& facts)
{
    std::string words = base::filled(" '' {}", {shell_word(facts.section_of(dns::CompactName{name}))});
    bool has_one = false;
    for (const base::Address& address : facts.own_addresses) {
        const bool is_public =
            address.is4() ? base::is_public(address.as4()) : base::is_public(address.as6());
        if (is_public) {
            base::append(words, " {}={}", {address.is4() ? "a" : "aaaa", to_text(address)});
            has_one = true;
        }
    }
    return base::filled("printf '%s\\n'{}{} >>{} && {}", {words, has_one ? "" : " a=PUBLIC-ADDRESS",
                                                          shell_word(facts.config_path), facts.apply()});
}

std::optional<Finding> look_at_name_server(const dns::Name& name, const Facts& facts)
{
    const std::string text = without_dot(name.to_text());
    const Addresses addresses = addresses_of(name, facts);
    if (addresses.is_empty()) {
        return fail(base::filled("{} lies in the zone and has no address", {text}),
                    addresses.exists ? facts.edit() : section_line(name, facts));
    }
    if (!addresses.is_public()) {
        return warn(base::filled("{} has an address that the internet cannot reach: correct {}",
                                 {text, facts.section_of(dns::CompactName{name})}),
                    facts.edit());
    }
    return std::nullopt;
}

/// The name servers that lie in the zone.
std::vector<dns::Name> name_servers_inside(const Facts& facts)
{
    const auto zone = dns::Name::from_text(facts.names.zone());
    std::vector<dns::Name> names = facts.name_servers();
    std::erase_if(names, [&](const dns::Name& name) { return !zone || !name.is_at_or_below(*zone); });
    return names;
}

/// The records that the parent zone needs.
std::vector<std::string> records_for_parent(const Facts& facts)
{
    std::vector<std::string> lines;
    for (const dns::Name& name : facts.name_servers()) {
        lines.push_back(base::filled("{}. NS {}", {facts.names.zone(), name.to_text()}));
    }
    for (const dns::Name& name : name_servers_inside(facts)) {
        const Addresses glue = addresses_of(name, facts);
        for (const base::Address4& address : glue.a) {
            lines.push_back(base::filled("{} A {}", {name.to_text(), to_text(address)}));
        }
        for (const base::Address6& address : glue.aaaa) {
            lines.push_back(base::filled("{} AAAA {}", {name.to_text(), to_text(address)}));
        }
    }
    return lines;
}

} // namespace

Findings check_answers(const Facts& facts)
{
    Findings findings;
    for (const Answer& answer : facts.answers) {
        const std::string problem = problem_of(answer, facts);
        if (!problem.empty()) {
            findings.push_back(fail(place_of(answer) + ": " + problem, question_line(answer, facts)));
        }
    }
    if (facts.answers.empty()) {
        return {skip(facts.names.zone() == "." ? "the zone is not known: " + facts.config.why()
                                               : std::string{"this machine has no address to ask"})};
    }
    findings = or_ok(std::move(findings), who_answers(facts.answers));
    if (facts.not_asked != 0) {
        const std::size_t asked = addresses_of(facts.answers).size();
        findings.push_back(
            skip(base::filled("{} of {} addresses were asked", {asked, asked + facts.not_asked})));
    }
    return findings;
}

Findings check_name_servers(const Facts& facts)
{
    if (!facts.config && (!facts.running || facts.name_servers().empty())) {
        return {skip(facts.config.why())};
    }
    Findings findings;
    std::vector<std::string> inside;
    for (const dns::Name& name : name_servers_inside(facts)) {
        inside.push_back(without_dot(name.to_text()));
        if (auto finding = look_at_name_server(name, facts)) {
            findings.push_back(*std::move(finding));
        }
    }
    return or_ok(std::move(findings), inside.empty()       ? std::string{"no name server lies in the zone"}
                                      : inside.size() == 1 ? inside.front() + " has a public address"
                                                           : joined(inside) + " have public addresses");
}

Findings check_delegation(const Facts& facts)
{
    if (facts.names.zone() == ".") {
        return {skip("the zone is not known: " + facts.config.why())};
    }
    Finding finding = skip("the delegation by the parent zone cannot be seen from here",
                           base::filled("dig +trace {} NS", {facts.names.zone()}));
    finding.notes = records_for_parent(facts);
    if (!finding.notes.empty()) {
        finding.notes.insert(finding.notes.begin(),
                             "It has to show these records, which the registrar needs:");
    }
    return {finding};
}

} // namespace ctl::doctor
