// Properties: every fault lies inside of the text; a config without faults keeps its promises; and no text
// of a token gets into a fault: with other tokens of the same length the faults are the same.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <unordered_set>

#include "proto/config/config.h"
#include "proto/config/summary.h"

namespace
{

void require(bool holds)
{
    if (!holds) {
        std::abort();
    }
}

/// What is no blank and no control character.
bool is_secret(char c)
{
    return static_cast<unsigned char>(c) > ' ' && c != '\x7F';
}

std::string_view without_blanks(std::string_view text)
{
    const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
    text.remove_prefix(begin);
    return text.substr(0, text.find_last_not_of(" \t") + 1);
}

/// The text with every token's letters replaced, in whatever section it stands. Written on its own, so that
/// it does not share a mistake with the parser.
std::string with_other_tokens(std::string text, char letter)
{
    std::size_t begin = 0;
    while (begin < text.size()) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const std::string_view line{text.data() + begin, end - begin};
        const std::size_t equals = line.find('=');
        if (equals != std::string_view::npos && without_blanks(line.substr(0, equals)) == "token") {
            std::replace_if(text.begin() + static_cast<std::ptrdiff_t>(begin + equals + 1),
                            text.begin() + static_cast<std::ptrdiff_t>(end), is_secret, letter);
        }
        begin = end + 1;
    }
    return text;
}

void check_positions(std::string_view text, const std::vector<config::Fault>& faults)
{
    const auto lines = static_cast<unsigned>(std::count(text.begin(), text.end(), '\n'));
    config::Position last{1, 1};
    require(faults.size() <= 101);
    for (const config::Fault& fault : faults) {
        require(fault.at.line >= 1 && fault.at.line <= lines + 1);
        require(fault.at.column >= 1 && fault.at.column <= text.size() + 1);
        require(fault.at.line > last.line || (fault.at.line == last.line && fault.at.column >= last.column));
        require(!fault.text.empty() && fault.text.size() < 1000);
        require(
            std::all_of(fault.text.begin(), fault.text.end(), [](char c) { return c >= ' ' && c <= '~'; }));
        last = fault.at;
    }
}

void check_host(const config::Host& host, const config::Config& config)
{
    require(host.name.is_at_or_below(config.server.domain));
    require(host.name.lowered().to_text() == host.name.to_text());
    require(host.expire.count() >= 1 && host.expire.count() <= 0x7FFFFFFE);
    require(host.ttl.count() >= 0 && host.ttl <= base::max_ttl);
    require(host.a.size() <= 1000 && host.aaaa.size() <= 1000);
}

void check_config(const config::Config& config)
{
    require(!config.server.domain.is_root() && !config.server.mailbox.is_root());
    require(!config.server.name_servers.empty() && config.server.name_servers.size() <= 16);
    require(config.server.user != "root");
    require(config.server.listen.size() <= 64 && config.http.listen.size() <= 64);
    require(config.tcp.connections >= 1 && config.http.connections >= 1);
    require(config.tcp.timeout.count() >= 1 && config.tcp.timeout.count() <= 2147483);
    require(config.http.timeout.count() >= 1 && config.http.timeout.count() <= 2147483);
    require(config.server.stats_interval.count() >= 0 && config.server.stats_interval.count() <= 2147483);
    require(config.server.ttl.count() >= 0 && config.server.ttl <= base::max_ttl);
    std::unordered_set<std::string> names;
    for (const config::Host& host : config.hosts) {
        check_host(host, config);
        require(names.insert(host.name.to_text()).second);
    }
}

void require_same(const std::vector<config::Fault>& left, const std::vector<config::Fault>& right)
{
    require(std::equal(left.begin(), left.end(), right.begin(), right.end(),
                       [](const config::Fault& l, const config::Fault& r) {
                           return l.at.line == r.at.line && l.at.column == r.at.column && l.text == r.text;
                       }));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text{reinterpret_cast<const char*>(data), size};
    const auto [config, faults, warnings] = config::parse(text);
    check_positions(text, faults);
    const auto other = config::parse(with_other_tokens(text, 'x'));
    require_same(faults, other.faults);
    if (!faults.empty()) {
        return 0;
    }
    check_config(config);
    require(config::summary(config) == config::summary(other.config));
    return 0;
}
