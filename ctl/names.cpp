#include "ctl/names.h"

#include "proto/base/text.h"

namespace ctl
{

namespace
{

std::string without_last_dot(std::string text)
{
    if (text.size() > 1 && text.back() == '.') {
        text.pop_back();
    }
    return text;
}

} // namespace

std::string Names::whole(const dns::CompactName& name)
{
    return without_last_dot(name.to_text());
}

std::string Names::zone() const
{
    return without_last_dot(zone_.to_text());
}

std::string Names::label(const dns::CompactName& name) const
{
    const dns::Name full = name.get();
    if (full == zone_) {
        return "@";
    }
    std::string text = whole(name);
    if (!zone_.is_root() && full.is_at_or_below(zone_)) {
        text.resize(text.size() - zone().size() - 1);
    }
    return text;
}

std::optional<dns::CompactName> Names::read(std::string_view host) const
{
    if (host == "@") {
        return dns::CompactName{zone_};
    }
    const auto name = dns::Name::from_text(host);
    if (!name) {
        return std::nullopt;
    }
    if (host.ends_with('.') || name->is_at_or_below(zone_)) {
        return dns::CompactName{name->lowered()};
    }
    const auto joined = dns::Name::join(*name, zone_);
    return joined ? std::optional{dns::CompactName{joined->lowered()}} : std::nullopt;
}

std::string Names::read_pattern(std::string_view pattern) const
{
    if (pattern == "@") {
        return this->zone();
    }
    const std::string zone = this->zone();
    if (pattern.find_first_not_of('*') == std::string_view::npos) {
        return "";
    }
    if (pattern.ends_with('.')) { // "." is the name of the root, and "" is for all hosts
        return without_last_dot(std::string{pattern});
    }
    const bool is_whole = base::equal_ignoring_case(pattern, zone) ||
                          base::to_lower(pattern).ends_with('.' + base::to_lower(zone));
    return std::string{pattern} + (is_whole ? "" : '.' + zone);
}

} // namespace ctl
