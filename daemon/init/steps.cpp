#include "daemon/init/steps.h"

#include <algorithm>

#include "daemon/init/config_text.h"
#include "proto/base/text.h"

namespace init
{

namespace
{

constexpr std::size_t room = 8192; // bytes; more than a text with the longest names has

std::string parent_of(const std::string& name)
{
    return name.substr(name.find('.') + 1);
}

bool is_at_or_below(const std::string& name, const std::string& domain)
{
    return name == domain || name.ends_with('.' + domain);
}

/// Lines of a zone file, in columns, with whole names: they mean the same wherever they are pasted.
class Records
{
public:
    explicit Records(std::size_t widest_name) noexcept : width_(widest_name) {}

    void add(const std::string& name, std::string_view type, std::string_view data)
    {
        const std::string blanks(width_ - std::min(width_, name.size()), ' ');
        const std::string more(std::string_view{"AAAA"}.size() - type.size(), ' ');
        base::append(text_, "{}.{}  86400  IN  {}{}  {}\n", {name, blanks, type, more, data});
    }
    void add_addresses(const Answers& answers)
    {
        if (!answers.ipv4->empty()) {
            add(*answers.name_server, "A", *answers.ipv4);
        }
        if (!answers.ipv6->empty()) {
            add(*answers.name_server, "AAAA", *answers.ipv6);
        }
    }
    const std::string& text() const noexcept { return text_; }

private:
    std::size_t width_;
    std::string text_;
};

std::string records(const Answers& answers)
{
    const std::string parent = parent_of(*answers.domain);
    const bool has_addresses = is_at_or_below(*answers.name_server, parent);
    const std::size_t width = std::max(answers.domain->size(), answers.name_server->size());
    Records list{width};
    list.add(*answers.domain, "NS", *answers.name_server + '.');
    if (has_addresses) {
        list.add_addresses(answers);
    }
    std::string text = base::filled(
        "1. Add these records at the DNS provider of {}{}:\n\n{}\n",
        {parent, section_of_name_server(answers) ? ", the addresses as glue records" : "", list.text()});
    if (!has_addresses) {
        Records others{width};
        others.add_addresses(answers);
        base::append(text, "And these at the DNS provider of {}, if they are not there yet:\n\n{}\n",
                     {parent_of(*answers.name_server), others.text()});
    }
    return text;
}

/// As a word for a shell.
std::string quoted(const std::string& word)
{
    const bool is_plain = std::ranges::all_of(word, [](char c) {
        return base::is_letter(c) || base::is_digit(c) ||
               std::string_view{"/._-+:@"}.find(c) != std::string::npos;
    });
    if (is_plain) {
        return word;
    }
    std::string text{"'"};
    for (const char c : word) {
        text += c == '\'' ? std::string{"'\\''"} : std::string{c};
    }
    return text + '\'';
}

std::string start(const Installation& installation)
{
    const std::string command =
        installation.has_unit
            ? "systemctl enable --now nanodnsd-dns.socket nanodnsd-http.socket nanodnsd-control.socket "
              "nanodnsd.service"
            : (installation.is_default_config
                   ? "nanodnsd"
                   : base::filled("nanodnsd -c {}", {quoted(installation.config)}));
    return base::filled(
        "2. Start the server{}. Its ports must be open: 53 over UDP and TCP, and 80 over TCP.\n\n"
        "{}\n\n",
        {installation.is_root ? "" : ", as root", command});
}

} // namespace

std::string next_steps(const Answers& answers, std::string_view token, const Installation& installation)
{
    const std::string host = *answers.host == "@" ? *answers.domain : *answers.host + '.' + *answers.domain;
    const bool has_ipv4 = !answers.ipv4->empty();
    std::string text;
    text.reserve(room);
    base::append(text, "Wrote {}.\n\n{}{}", {installation.config, records(answers), start(installation)});
    base::append(
        text,
        "3. Configure your router. In a Fritz!Box, open Internet, Permit Access, DynDNS, User-defined:\n"
        "\n"
        "Update URL   http://{}/api/update?hostname=<domain>&ipv4=<ipaddr>&ipv6=<ip6addr>"
        "&ip6lanprefix=<ip6lanprefix>&token=<pass>\n"
        "Domain name  {}\n"
        "User name    none\n"
        "Password     {}\n"
        "\n"
        "Or send a first update from another computer:\n"
        "\n"
        "curl {} -u none:{} \"http://{}/nic/update?hostname={}\"\n"
        "\n",
        {*answers.name_server, host, token, has_ipv4 ? "-4" : "-6", token, *answers.name_server, host});
    base::append(
        text,
        "4. Check that the server has the address, and that the parent zone delegates to the server.\n\n"
        "dig @{} {} {}\ndig +trace {} {}\n",
        {has_ipv4 ? *answers.ipv4 : *answers.ipv6, host, has_ipv4 ? "A" : "AAAA", host,
         has_ipv4 ? "A" : "AAAA"});
    base::append(text, "\n5. See what it does, and what deserves attention{}.\n\nnanodnsctl status\n",
                 {installation.is_root ? "" : ", as root"});
    return text;
}

} // namespace init
