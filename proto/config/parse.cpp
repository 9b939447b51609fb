#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "proto/base/text.h"
#include "proto/config/config.h"
#include "proto/config/errors.h"
#include "proto/config/groups.h"
#include "proto/config/host_refs.h"
#include "proto/config/host_table.h"
#include "proto/config/host_warnings.h"
#include "proto/config/ini.h"
#include "proto/config/names.h"
#include "proto/config/options.h"
#include "proto/config/section_checks.h"
#include "proto/config/suggest.h"
#include "proto/config/value_warnings.h"
#include "proto/config/values.h"
#include "proto/config/warnings.h"
#include "proto/config/zone_checks.h"

namespace config
{

namespace
{

std::string in_brackets(std::string_view section)
{
    return base::filled("[{}]", {section});
}

/// An upper bound of the number of hosts, so that their list is allocated once.
std::size_t sections_in(std::string_view text) noexcept
{
    std::size_t count = 0;
    for (std::size_t at = text.find('['); at != std::string_view::npos; at = text.find('[', at + 1)) {
        ++count;
    }
    return count;
}

/// The end of an error message; empty if there is no suggestion.
std::string did_you_mean(std::string_view word)
{
    return word.empty() ? "" : base::filled("; did you mean {}?", {word});
}

/// The sections that have this key, as "[udp], [tcp] or [http]"; empty if none has.
std::string sections_with(std::string_view key)
{
    std::string list;
    std::string_view last; // not in the list yet
    const auto add_last = [&](std::string_view separator) {
        if (!last.empty()) {
            base::append(list, "{}[{}]", {list.empty() ? "" : separator, last});
        }
    };
    for (const Option& option : options()) {
        if (option.name == key) {
            add_last(", ");
            last = section_name(option.section);
        }
    }
    add_last(" or ");
    return list;
}

/// Each of them may be logged; more lines would not help the reader of the log.
constexpr std::size_t max_start_only_keys = 20;

template <typename... Kinds>
bool is_one_of(const Option& option) noexcept
{
    return (std::holds_alternative<Kinds>(option.kind) || ...);
}

/// Whether each line of the key adds a value.
bool adds(const Option& option) noexcept
{
    const auto* const names = std::get_if<HostNames>(&option.kind);
    return (names != nullptr && names->adds) ||
           is_one_of<HexSecret, TokenText, HashText, HostAddress4, HostAddress6, HostRecord>(option);
}

std::string_view name_of(const Host& host)
{
    return base::as_text(host.name.wire());
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
                check_required();
                break;
            }
            std::visit([this](const auto& kind) { take(kind); }, *line);
        }
        finish_section();
        finish_hosts();
        check_whole_zone();
    }

    std::vector<StartOnlyKey> start_only_keys() { return std::move(start_only_keys_); }
    std::vector<Error> errors() { return std::move(errors_).take(); }
    /// Empty if there are errors, because a warning may be caused by an error.
    std::vector<Error> warnings()
    {
        if (!errors_.empty()) {
            return {};
        }
        warnings_.move_to(zone_warnings_);
        return std::move(zone_warnings_).take();
    }

private:
    void take(const MalformedLine& line)
    {
        errors_.add(line.at, "{}", {line.error});
        if (line.is_section) {
            finish_section();
            ignore_keys_ = true;
        }
    }

    void take(const SectionLine& line)
    {
        finish_section();
        if (line.name.text.starts_with('@')) {
            begin_host(line);
            return;
        }
        if (is_group(line)) {
            section_ = Section::group;
            begin_group(line, config_, errors_);
            return;
        }
        const auto* const known = std::ranges::find_if(
            plain_sections, [&](Section section) { return section_name(section) == line.name.text; });
        if (known != plain_sections.end()) {
            section_ = *known;
            config_.https.is_on = config_.https.is_on || section_ == Section::https;
            config_.metrics.is_on = config_.metrics.is_on || section_ == Section::metrics;
            return;
        }
        section_.reset();
        ignore_keys_ = true; // their errors would only follow from this one
        refuse_section(line.name);
    }

    void take(const EntryLine& line)
    {
        if (!section_) {
            if (!std::exchange(ignore_keys_, true)) {
                errors_.add(line.key.at,
                            "found a key before the first section, expected a section like [server]");
            }
            return;
        }
        if (const Option* const option = find_option(*section_, line.key.text)) {
            note_key(*option, line.key.at);
            read_value(*option, line.value, config_, errors_);
            warn_of_value(*option, line.value, warnings_);
            if (is_start_only(*option) && start_only_keys_.size() < max_start_only_keys &&
                line.value.text != "off") {
                start_only_keys_.push_back({option->name, line.key.at});
            }
        } else {
            refuse_key(line.key);
        }
    }

    /// The first position of the key; in the section of a host or a group, only of that section. Line 0:
    /// none.
    Position& first_of(const Option& option) noexcept
    {
        Position& first = first_[static_cast<std::size_t>(&option - options().data())];
        if ((option.section == Section::host && first.line <= config_.hosts.back().at.line) ||
            (option.section == Section::group && first.line <= config_.groups.back().at.line)) {
            first = {};
        }
        return first;
    }

    /// As in the predecessor, a repeated key is no error, and its last value is used.
    void note_key(const Option& option, Position at)
    {
        Position& first = first_of(option);
        if (first.line == 0) {
            first = at;
        } else if (!adds(option)) {
            const bool is_list = is_one_of<NameList, AddressList, NetworkList>(option);
            warnings_.add(
                Oddity::repeated_key, at,
                "{}: found this key again, first on line {}, expected {}; only the last line is used",
                {option.name, first.line,
                 is_list ? "one line with all values, separated by spaces" : "one line"});
        }
    }

    /// Called when the lines of a section have been read.
    void finish_section()
    {
        if (section_ == Section::host) {
            finish_host();
        } else if (section_ == Section::group) {
            const bool has_token = first_of(*group_token_).line != 0 || first_of(*group_hash_).line != 0;
            check_group(config_.groups.back(), has_token, first_of(*group_hosts_).line != 0, errors_);
        }
        section_.reset();
    }

    void begin_host(const SectionLine& line)
    {
        if (config_.hosts.size() == max_hosts_) {
            errors_.add(line.at, "found more than {} hosts, expected at most {}; the rest was not read",
                        {max_hosts_, max_hosts_});
            too_many_hosts_ = true;
            return;
        }
        section_ = Section::host;
        Host& host = config_.hosts.emplace_back();
        host.at = line.at;
        host.ttl = ttl_not_given;
        const auto read = read_relative_name(line.name.text.substr(1));
        if (const auto* error = std::get_if<ValueError>(&read)) {
            errors_.add(part(line.name, 1 + error->offset, 0).at, "host: {}", {error->text});
            all_hosts_have_names_ = false;
            return;
        }
        host.name = dns::CompactName{std::get<dns::Name>(read)}; // finish_hosts() appends the domain
        names_.prefetch(config_.hosts, config_.hosts.size() - 1);
        unchecked_ = line.name.text;
    }

    /// Called when the lines of the last host have been read.
    void finish_host()
    {
        check_name();
        const Host& host = config_.hosts.back();
        const SectionKeys keys{first_, host.at};
        check_section(host, keys, errors_);
        if (host.secrets.empty()) {
            idle_keys_.note(host, static_cast<std::uint32_t>(config_.hosts.size() - 1), keys);
        }
    }

    /// Checks that the last host's name is unique. Called at the next host, when the prefetch is done.
    void check_name()
    {
        if (unchecked_.empty()) {
            return;
        }
        const std::size_t number = config_.hosts.size() - 1;
        const std::size_t first = names_.find_or_add(config_.hosts, number);
        if (first != number) {
            errors_.add(config_.hosts[number].at, "duplicate section {}, first on line {}",
                        {shown(in_brackets(unchecked_)), config_.hosts[first].at.line});
        }
        unchecked_ = {};
    }

    void refuse_section(const Word& name)
    {
        std::array<std::string_view, plain_sections.size() + 1> names{"group"};
        std::transform(plain_sections.begin(), plain_sections.end(), names.begin() + 1, section_name);
        std::string_view near = nearest(name.text.substr(0, name.text.find_first_of(" \t")), names);
        near = near == names[0] ? section_name(Section::group) : near;
        errors_.add(name.at,
                    "found unknown section {}, expected [server], [udp], [tcp], [http], [https], [control], "
                    "[metrics], [group NAME] or [@host]{}",
                    {shown(in_brackets(name.text)), did_you_mean(near.empty() ? "" : in_brackets(near))});
    }

    void refuse_key(const Word& key)
    {
        const std::string found =
            base::filled("found unknown key {} in [{}]", {shown(key.text), section_name(*section_)});
        if (const std::string elsewhere = sections_with(key.text); !elsewhere.empty()) {
            errors_.add(key.at, "{}, expected it in {}", {found, elsewhere});
            return;
        }
        std::array<std::string_view, max_options> names;
        std::size_t count = 0;
        std::string list;
        for (const Option& option : options()) {
            if (option.section == *section_) {
                base::append(list, "{}{}", {count == 0 ? "" : ", ", option.name});
                names[count++] = option.name;
            }
        }
        const std::string_view near = nearest(key.text, std::span{names}.first(count));
        errors_.add(key.at, "{}, expected {}{}{}",
                    {found, count == 1 ? "" : "one of ", list, did_you_mean(near)});
    }

    void check_required()
    {
        for (const RequiredOption& option : required_options()) {
            const bool is_needed = (option.section != Section::https || config_.https.is_on) &&
                                   (option.section != Section::metrics || config_.metrics.is_on);
            if (is_needed && first_of(*find_option(option.section, option.name)).line == 0) {
                errors_.add(
                    ini_.end(), "found no {} in [{}], expected a line like {}={} ({})",
                    {option.name, section_name(option.section), option.name, option.example, option.meaning});
            }
        }
    }

    /// Called at the end, because the domain and the server's TTL may follow the hosts.
    void finish_hosts()
    {
        const dns::Name& domain = config_.server.domain;
        for (Host& host : config_.hosts) {
            if (host.ttl == ttl_not_given) {
                host.ttl = config_.server.ttl;
            }
            warn_of_name(host, domain, warnings_);
            if (!host.name.append(domain)) {
                errors_.add(host.at, "found a host whose full name is longer than 255 bytes, expected a "
                                     "shorter one");
                all_hosts_have_names_ = false;
            }
        }
    }

    /// Only if all hosts were read and have names: otherwise the checks would report errors that are none.
    void check_whole_zone()
    {
        names_ = HostTable<Host>{name_of}; // frees memory that the checks need
        if (all_hosts_have_names_ && !too_many_hosts_ && !errors_.full() &&
            !config_.server.domain.is_root()) {
            ZoneIndex index{config_};
            resolve_hosts(config_, index, errors_);
            check_zone(config_, index, errors_, zone_warnings_);
        }
        if (errors_.empty()) {
            idle_keys_.warn(config_.hosts, warnings_);
            warn_of_hosts(config_, warnings_);
        }
    }

    IniReader ini_;
    std::size_t max_hosts_;
    Config& config_;
    Errors errors_;
    Warnings warnings_;
    Errors zone_warnings_{"warnings"};
    std::vector<StartOnlyKey> start_only_keys_;
    std::optional<Section> section_; ///< empty before the first section and in an invalid one
    bool ignore_keys_ = false;       ///< outside of a section: an error has been reported already
    bool too_many_hosts_ = false;
    bool all_hosts_have_names_ = true;
    std::array<Position, max_options> first_{}; ///< by the index of the option; read by first_of()
    const Option* group_token_ = find_option(Section::group, "token");
    const Option* group_hash_ = find_option(Section::group, "token_hash");
    const Option* group_hosts_ = find_option(Section::group, "hosts");
    IdleKeys idle_keys_;
    HostTable<Host> names_{name_of}; ///< relative to the domain
    std::string_view unchecked_;     ///< the last host's section, if check_name() has not been called for it
};

} // namespace

Parsed parse(std::string_view text, std::size_t max_hosts)
{
    Parsed parsed;
    Parser parser{text, max_hosts, parsed.config};
    parser.run();
    parsed.warnings = parser.warnings();
    parsed.errors = parser.errors();
    parsed.config.start_only_keys = parser.start_only_keys();
    return parsed;
}

} // namespace config
