#include "daemon/init/config_text.h"

#include <cstddef>

#include "proto/base/text.h"
#include "proto/config/config.h"

namespace init
{

namespace
{

/// The most bytes that the text of a host has.
constexpr std::size_t host_text_room = 1024;

std::string text_or(const std::optional<std::string>& answer, const char* example)
{
    return answer.value_or(example);
}

void append_address(std::string& text, std::string_view key, const std::string& address)
{
    if (!address.empty()) {
        base::append(text, "{}={}\n", {key, address});
    }
}

std::string server_text(const Answers& answers)
{
    return base::filled(
        "# Configuration of nanodnsd, written by nanodnsd --init.\n"
        "# nanodnsd.conf(5) describes all keys; nanodnsd -n checks this file. A comment needs a line of its "
        "own.\n"
        "# Tokens are secrets: only root and the group of the service should be able to read this file.\n"
        "\n"
        "[server]\n"
        "# The zone to serve. The parent zone must delegate it to this server by an NS record.\n"
        "domain={}\n"
        "\n"
        "# The public names of the zone's name servers, separated by spaces. The first is the primary name "
        "server.\n"
        "nameserver={}\n"
        "\n"
        "# The mail address of the person responsible for the zone.\n"
        "email={}\n"
        "\n"
        "# HTTPS, with a certificate from any authority. Without it, anyone who can read an update learns "
        "its token.\n"
        "#[https]\n"
        "#certificate=/etc/nanodnsd/tls/fullchain.pem\n"
        "#key=/etc/nanodnsd/tls/privkey.pem\n"
        "\n",
        {text_or(answers.domain, "dyn.mydomain.test"), text_or(answers.name_server, "ns.mydomain.test"),
         text_or(answers.email, "hostmaster@mydomain.test")});
}

void append_name_server(std::string& text, const Answers& answers)
{
    if (const auto section = section_of_name_server(answers)) {
        base::append(text,
                     "# This server, whose name lies in the zone. The parent zone needs the same addresses, "
                     "as glue records.\n"
                     "[@{}]\n",
                     {*section});
        append_address(text, "a", text_or(answers.ipv4, "192.0.2.53"));
        append_address(text, "aaaa", text_or(answers.ipv6, "2001:db8::53"));
        text += '\n';
    }
}

void append_host(std::string& text, const Answers& answers, std::string_view token)
{
    const std::string host = text_or(answers.host, "home");
    base::append(
        text,
        "# A host whose addresses a router or a script sets with this token. They expire 35 days after the "
        "last update.\n"
        "# A router that reports only when it connects to the internet, such as a Fritz!Box, may need "
        "expire=never.\n"
        "# Another host needs a section like this one, with a token that nanodnsd --new-token prints.\n"
        "[@{}]\n"
        "token={}\n"
        "expire=35d\n",
        {host == "@" ? "" : host, token});
}

} // namespace

std::optional<std::string> section_of_name_server(const Answers& answers)
{
    const std::string domain = text_or(answers.domain, "dyn.mydomain.test");
    const std::string name = text_or(answers.name_server, "ns.mydomain.test");
    if (name == domain) {
        return "";
    }
    return name.ends_with('.' + domain) ? std::optional{name.substr(0, name.size() - domain.size() - 1)}
                                        : std::nullopt;
}

std::string config_text(const Answers& answers, std::string_view token, bool has_control)
{
    std::string text = server_text(answers);
    if (has_control) {
        text += "# The socket of nanodnsctl, for root and the group nanodnsd-admin, if there is one.\n"
                "[control]\n"
                "socket=/run/nanodnsd/control\n"
                "\n";
    }
    append_name_server(text, answers);
    text.reserve(text.size() + host_text_room); // so that no copy of the token is left in other memory
    append_host(text, answers, token);
    return text;
}

std::string first_problem(std::string_view config)
{
    const config::Parsed parsed = config::parse(config);
    if (!parsed.errors.empty()) {
        return parsed.errors.front().text;
    }
    return parsed.warnings.empty() ? "" : parsed.warnings.front().text;
}

} // namespace init
