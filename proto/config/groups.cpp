#include "proto/config/groups.h"

#include <algorithm>

#include "proto/base/text.h"
#include "proto/config/options.h"

namespace config
{

namespace
{

constexpr std::string_view word = "group";

bool is_valid(std::string_view name) noexcept
{
    return !name.empty() && name.size() <= max_group_name && std::ranges::all_of(name, [](char c) {
        return base::is_letter(c) || base::is_digit(c) || c == '-' || c == '_';
    });
}

} // namespace

bool is_group(const SectionLine& line) noexcept
{
    const std::string_view text = line.name.text;
    return text.substr(0, text.find_first_of(" \t")) == word;
}

void begin_group(const SectionLine& line, Config& config, Errors& errors)
{
    const std::string_view text = line.name.text;
    const std::size_t begin = std::min(text.find_first_not_of(" \t", word.size()), text.size());
    const std::string_view name = trimmed(text.substr(begin));
    const auto first = std::ranges::find(config.groups, name, &Group::name);
    if (!is_valid(name)) {
        errors.add(part(line.name, begin, 0).at,
                   "group: found {}, expected a name of 1 to {} letters, digits, \"-\" or \"_\"",
                   {shown(name), max_group_name});
    } else if (first != config.groups.end()) {
        errors.add(line.at, "duplicate section {}, first on line {}",
                   {shown(base::filled("[{}]", {text})), first->at.line});
    } else if (config.groups.size() == max_groups) {
        errors.add(line.at, "found more than {} groups, expected at most {}", {max_groups, max_groups});
    }
    config.groups.push_back({std::string{name}, line.at, {}, {}, {}});
}

void check_group(const Group& group, bool has_token, bool has_hosts, Errors& errors)
{
    if (!has_token) {
        errors.add(group.at,
                   "group: found no token in this section, expected a line with token= or token_hash=");
    }
    if (!has_hosts) {
        errors.add(group.at, "group: found no hosts in this section, expected a line like hosts=home");
    }
}

} // namespace config
