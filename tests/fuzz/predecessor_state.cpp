// Properties: the position of every error is in the text; a state without errors has each host once, strictly
// below the domain, and is read as the same state when it is written in the predecessor's format.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <unordered_set>

#include "proto/config/predecessor_state.h"

namespace
{

void require(bool holds)
{
    if (!holds) {
        std::abort();
    }
}

const dns::Name& domain()
{
    static const dns::Name name = *dns::Name::from_text("dyn.example.org");
    return name;
}

std::string written(const std::vector<config::SavedHost>& hosts)
{
    std::string text;
    for (const config::SavedHost& host : hosts) {
        const std::string name = host.name.to_text();
        text += "[@." + name.substr(0, name.size() - domain().to_text().size() - 1) + "]\n";
        text += "expire=" + std::to_string(host.expires.time_since_epoch().count()) + '\n';
        text += host.a ? "a=" + to_text(*host.a) + '\n' : "";
        text += host.aaaa ? "aaaa=" + to_text(*host.aaaa) + '\n' : "";
    }
    return text;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const auto [hosts, errors] = config::parse_predecessor_state(text, domain());
    const auto lines = static_cast<unsigned>(std::count(text.begin(), text.end(), '\n'));
    require(errors.size() <= 101);
    for (const config::Error& error : errors) {
        require(error.at.line >= 1 && error.at.line <= lines + 1);
        require(error.at.column >= 1 && error.at.column <= text.size() + 1);
    }
    if (!errors.empty()) {
        return 0;
    }
    std::unordered_set<std::string> names;
    for (const config::SavedHost& host : hosts) {
        require(host.name.is_at_or_below(domain()) && !(host.name == domain()));
        require(names.insert(host.name.to_text()).second);
    }
    const std::string once = written(hosts);
    const auto again = config::parse_predecessor_state(once, domain());
    require(again.errors.empty() && written(again.hosts) == once);
    return 0;
}
