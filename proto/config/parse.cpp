#include <algorithm>
#include <array>
#include <bitset>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "proto/base/text.h"
#include "proto/config/config.h"
#include "proto/config/errors.h"
#include "proto/config/host_names.h"
#include "proto/config/ini.h"
#include "proto/config/names.h"
#include "proto/config/options.h"
#include "proto/config/suggest.h"
#include "proto/config/values.h"
#include "proto/config/zone_checks.h"

namespace config
{

namespace
{

std::string in_brackets(std::string_view section)
{
    return base::filled("[{}]", {section});
}

/// At least as many hosts as there are, so that the list of them is allocated once.
std::size_t sections_in(std::string_view text) noexcept
{
    std::size_t count = 0;
    for (std::size_t at = text.find('['); at != std::string_view::npos; at = text.find('[', at + 1)) {
        ++count;
    }
    return count;
}

/// The end of a sentence where something near was meant, else nothing.
std::string did_you_mean(std::string_view word)
{
    return word.empty() ? "" : base::filled("; did you mean {}?", {word});
}

/// "[udp], [tcp] or [http]": the other sections that have this key; empty if none has.
std::string sections_with(std::string_view key)
{
    std::vector<std::string_view> names;
    for (const Option& option : options()) {
        if (option.name == key) {
            names.push_back(section_name(option.section));
        }
    }
    std::string list;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const std::string_view joint = i + 1 == names.size() ? " or " : ", ";
        base::append(list, "{}[{}]", {i == 0 ? "" : joint, names[i]});
    }
    return list;
}

/// Each is said once and more may be repeated; beyond this nobody reads on.
constexpr std::size_t max_keys_of_start = 20;

bool is_of_start(const Option& option) noexcept
{
    constexpr auto names = std::to_array<std::string_view>({"listen", "port", "user", "group"});
    return option.section != Section::host && std::ranges::find(names, option.name) != names.end();
}

class Parser
{
public:
    Parser(std::string_view text, std::size_t max_hosts, Config& into)
        : ini_(text), max_hosts_(max_hosts), config_(into)
    {
        const std::size_t hosts = std::min(max_hosts, sections_in(text));
        config_.hosts.reserve(hosts);
        names_.reserve(hosts);
    }

    void run()
    {
        while (!errors_.full() && !too_many_hosts_) {
            const auto line = ini_.next();
            if (!line) {
                demand_required();
                break;
            }
            std::visit([this](const auto& kind) { take(kind); }, *line);
        }
        check_name();
        finish_hosts();
        check_whole_zone();
    }

    std::vector<KeyOfStart> keys_of_start() { return std::move(keys_of_start_); }
    std::vector<Error> errors() { return std::move(errors_).take(); }
    /// They are told when the errors are mended, since they may follow from one.
    std::vector<Error> warnings()
    {
        return errors_.empty() ? std::move(warnings_).take() : std::vector<Error>{};
    }

private:
    void take(const MalformedLine& line)
    {
        errors_.add(line.at, "{}", {line.text});
        if (line.is_section) {
            section_.reset();
            quiet_ = true;
        }
    }

    void take(const SectionLine& line)
    {
        if (line.name.text.starts_with('@')) {
            begin_host(line);
            return;
        }
        const auto* const known = std::ranges::find_if(
            plain_sections, [&](Section section) { return section_name(section) == line.name.text; });
        if (known != plain_sections.end()) {
            section_ = *known;
            return;
        }
        section_.reset();
        quiet_ = true; // its keys would only be errors that follow from this one
        refuse_section(line.name);
    }

    void take(const EntryLine& line)
    {
        if (!section_) {
            if (!std::exchange(quiet_, true)) {
                errors_.add(line.key.at,
                            "found a key before any section, expected [server] or another section");
            }
            return;
        }
        if (const Option* const option = find_option(*section_, line.key.text)) {
            seen_[static_cast<std::size_t>(option - options().data())] = true;
            read_value(*option, line.value, config_, errors_);
            if (is_of_start(*option) && keys_of_start_.size() < max_keys_of_start) {
                keys_of_start_.push_back({option->name, line.key.at});
            }
        } else {
            refuse_key(line.key);
        }
    }

    void begin_host(const SectionLine& line)
    {
        check_name();
        if (config_.hosts.size() == max_hosts_) {
            errors_.add(line.at, "found more than {} hosts, expected at most {}; what follows was not read",
                        {max_hosts_, max_hosts_});
            too_many_hosts_ = true;
            return;
        }
        section_ = Section::host;
        Host& host = config_.hosts.emplace_back();
        host.at = line.at;
        host.ttl = ttl_not_given;
        const auto read = read_relative_name(line.name.text.substr(1));
        if (const auto* complaint = std::get_if<Complaint>(&read)) {
            errors_.add(part(line.name, 1 + complaint->offset, 0).at, "host: {}", {complaint->text});
            hosts_are_named_ = false;
            return;
        }
        host.name = dns::KeptName{std::get<dns::Name>(read)}; // becomes whole in finish_hosts()
        names_.announce(config_.hosts);
        unchecked_ = line.name.text;
    }

    /// A host's name, once the next host begins.
    void check_name()
    {
        if (unchecked_.empty()) {
            return;
        }
        const std::size_t number = config_.hosts.size() - 1;
        const std::size_t first = names_.find_or_add(config_.hosts, number);
        if (first != number) {
            errors_.add(config_.hosts[number].at,
                        "found a second section {}, expected one a host; the first is in line {}",
                        {shown(in_brackets(unchecked_)), config_.hosts[first].at.line});
        }
        unchecked_ = {};
    }

    void refuse_section(const Word& name)
    {
        std::array<std::string_view, plain_sections.size()> names;
        std::transform(plain_sections.begin(), plain_sections.end(), names.begin(), section_name);
        const std::string_view near = nearest(name.text, names);
        errors_.add(name.at,
                    "found the unknown section {}, expected [server], [udp], [tcp], [http] or [@host]{}",
                    {shown(in_brackets(name.text)), did_you_mean(near.empty() ? "" : in_brackets(near))});
    }

    void refuse_key(const Word& key)
    {
        const std::string found =
            base::filled("found the unknown key {} in [{}]", {shown(key.text), section_name(*section_)});
        if (const std::string elsewhere = sections_with(key.text); !elsewhere.empty()) {
            errors_.add(key.at, "{}, expected it in {}", {found, elsewhere});
            return;
        }
        std::vector<std::string_view> names;
        std::string list;
        for (const Option& option : options()) {
            if (option.section == *section_) {
                base::append(list, "{}{}", {names.empty() ? "" : ", ", option.name});
                names.push_back(option.name);
            }
        }
        errors_.add(key.at, "{}, expected one of {}{}",
                    {found, list, did_you_mean(nearest(key.text, names))});
    }

    void demand_required()
    {
        for (const DocumentedOption& option : required_options()) {
            const Option* const row = find_option(option.section, option.name);
            if (!seen_[static_cast<std::size_t>(row - options().data())]) {
                errors_.add(
                    ini_.end(), "found no {} in [{}], expected a line like {}={}: {}",
                    {option.name, section_name(option.section), option.name, option.example, option.meaning});
            }
        }
    }

    /// The domain and the server's TTL may stand behind the hosts.
    void finish_hosts()
    {
        const dns::Name& domain = config_.server.domain;
        for (Host& host : config_.hosts) {
            if (host.ttl == ttl_not_given) {
                host.ttl = config_.server.ttl;
            }
            if (!host.name.append(domain)) {
                errors_.add(host.at, "found a host whose name is longer than 255 bytes with the domain, "
                                     "expected a shorter one");
                hosts_are_named_ = false;
            }
        }
    }

    /// Where names are missing, or not all was read, the checks would find what is none.
    void check_whole_zone()
    {
        names_ = {}; // its memory is needed now
        if (hosts_are_named_ && !too_many_hosts_ && !errors_.full() && !config_.server.domain.is_root()) {
            check_zone(config_, errors_, warnings_);
        }
    }

    IniReader ini_;
    std::size_t max_hosts_;
    Config& config_;
    Errors errors_;
    Errors warnings_{"warnings"};
    std::vector<KeyOfStart> keys_of_start_;
    std::optional<Section> section_; ///< nothing: before the first, or in one that is not known
    bool quiet_ = false;             ///< keys outside of a section were complained about
    bool too_many_hosts_ = false;
    bool hosts_are_named_ = true;
    std::bitset<max_options> seen_; ///< options, by their number
    HostNames names_;               ///< below the domain
    std::string_view unchecked_;    ///< the last host's section, where its name was not compared yet
};

} // namespace

Parsed parse(std::string_view text, std::size_t max_hosts)
{
    Parsed parsed;
    Parser parser{text, max_hosts, parsed.config};
    parser.run();
    parsed.warnings = parser.warnings();
    parsed.errors = parser.errors();
    parsed.config.keys_of_start = parser.keys_of_start();
    return parsed;
}

} // namespace config
