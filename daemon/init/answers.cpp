#include "daemon/init/answers.h"

#include <array>
#include <utility>
#include <variant>

#include "daemon/init/config_text.h"
#include "proto/base/address.h"
#include "proto/base/address_kinds.h"
#include "proto/base/text.h"
#include "proto/config/errors.h"
#include "proto/config/ini.h"
#include "proto/config/names.h"
#include "proto/config/values.h"
#include "proto/dns/name.h"

namespace init
{

namespace
{

/// An answer in canonical form, or why it is refused.
struct Reading {
    std::string text;
    std::string error;
};

Reading refused(base::Pattern pattern, std::initializer_list<base::Piece> pieces)
{
    return {"", base::filled(pattern, pieces)};
}

/// In lower case, as the config reads names, and without the dot at the end.
std::string text_of(const dns::Name& name)
{
    std::string text = name.to_text();
    text.pop_back();
    return text;
}

Reading read_whole_name(std::string_view text, std::string_view example)
{
    const config::NameOrError read = config::read_name(text);
    if (const auto* const error = std::get_if<config::ValueError>(&read)) {
        return {"", error->text};
    }
    const auto& name = std::get<dns::Name>(read);
    return name.labels() > 1
               ? Reading{text_of(name), ""}
               : refused("found {}, expected a whole name, like {}", {config::shown(text), example});
}

/// A host is named by what is before the domain; its whole name is understood, too.
Reading read_host(std::string_view text, const Answers& answers)
{
    if (text.ends_with('.')) {
        text.remove_suffix(1);
    }
    const std::string whole = base::to_lower(text);
    const std::string domain = answers.domain.value_or("");
    if (!domain.empty() && whole == domain) {
        text = "@";
    } else if (!domain.empty() && whole.ends_with('.' + domain)) {
        text.remove_suffix(1 + domain.size());
    }
    const config::NameOrError read = config::read_relative_name(text == "@" ? "" : text);
    if (const auto* const error = std::get_if<config::ValueError>(&read)) {
        return {"", error->text};
    }
    const std::string host = text_of(std::get<dns::Name>(read));
    if (section_of_name_server(answers) == host) {
        return refused("found {}, the name of the name server, expected another one", {config::shown(text)});
    }
    return {host.empty() ? "@" : host, ""};
}

/// `parse`: of the family.
template <typename AnyAddress>
Reading read_address(std::string_view text, std::optional<AnyAddress> (*parse)(std::string_view) noexcept,
                     std::string_view family)
{
    const auto address = parse(text);
    if (!address) {
        return refused("found {}, expected an {} address", {config::shown(text), family});
    }
    if (!base::is_public(*address)) {
        return refused("found {}, which the internet cannot reach, expected a public {} address",
                       {config::shown(text), family});
    }
    return {base::to_text(*address), ""};
}

Reading read_ipv4(std::string_view text)
{
    return text.empty() ? Reading{} : read_address(text, base::parse_address4, "IPv4");
}

Reading read_ipv6(std::string_view text, const Answers& answers)
{
    if (text.empty()) {
        return answers.ipv4.value_or("").empty()
                   ? refused("found no address, expected an IPv4 or an IPv6 address of this server", {})
                   : Reading{};
    }
    return read_address(text, base::parse_address6, "IPv6");
}

std::string name_server_in_zone(const Answers& answers)
{
    return "ns." + *answers.domain;
}

std::string home(const Answers& /*answers*/)
{
    return "home";
}

std::string no_address(const Answers& /*answers*/)
{
    return "";
}

constexpr auto table = std::to_array<Question>({
    {"domain", &Answers::domain,
     "The zone that this server will serve: a subdomain of a domain that you own. The DNS provider of that\n"
     "domain must allow NS records.",
     "dyn.mydomain.test", nullptr},
    {"nameserver", &Answers::name_server,
     "The name of this server. Resolvers send their queries to it, and routers their updates.",
     "ns.mydomain.test", name_server_in_zone},
    {"email", &Answers::email,
     "The mail address of the person responsible for the zone. It is published in the zone (SOA).",
     "hostmaster@mydomain.test", nullptr},
    {"host", &Answers::host, "The first host to update: its name below the domain.", "home", home},
    {"ipv4", &Answers::ipv4,
     "The public IPv4 address of this server, for its A record. Leave it empty if there is none.",
     "192.0.2.53", no_address},
    {"ipv6", &Answers::ipv6,
     "The public IPv6 address of this server, for its AAAA record. Leave it empty if there is none.",
     "2001:db8::53", no_address},
});

Reading read(const Question& question, std::string_view text, const Answers& answers)
{
    if (config::find_control(text)) {
        return {"", "found a control character, expected printable text"};
    }
    if (question.answer == &Answers::ipv4) {
        return read_ipv4(text);
    }
    if (question.answer == &Answers::ipv6) {
        return read_ipv6(text, answers);
    }
    if (text.empty()) {
        return refused("found nothing, expected something like {}", {question.example});
    }
    if (question.answer == &Answers::email) {
        return {std::string{text}, ""};
    }
    return question.answer == &Answers::host ? read_host(text, answers)
                                             : read_whole_name(text, question.example);
}

} // namespace

std::span<const Question> questions() noexcept
{
    return table;
}

std::string take(const Question& question, std::string_view text, Answers& answers)
{
    Reading reading = read(question, config::trimmed(text), answers);
    if (!reading.error.empty()) {
        return std::move(reading.error);
    }
    Answers more = answers;
    more.*question.answer = std::move(reading.text);
    std::string problem = first_problem(config_text(more, "this-text-stands-for-a-token", true));
    if (problem.empty()) {
        answers = std::move(more);
    }
    const std::size_t found = problem.find(": found "); // behind the key, which is the question's
    return found == std::string::npos ? problem : problem.substr(found + 2);
}

} // namespace init
