// Properties: the position of every error and warning is in the text; in a config without errors all values
// are within their limits, each record's data is valid for its type, and there are no CNAME loops; errors and
// warnings do not contain the text of a token: with other tokens of the same length they are the same.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "proto/config/config.h"
#include "proto/config/errors.h"
#include "proto/config/options.h"
#include "proto/config/summary.h"
#include "proto/config/warnings.h"

namespace
{

void require(bool holds)
{
    if (!holds) {
        std::abort();
    }
}

/// Neither white space nor a control character.
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

char to_x(char c)
{
    return is_secret(c) ? 'x' : c;
}

/// Tokens that are the same stay the same, and quotes and comments stay.
char to_next(char c)
{
    const auto next_of = [c](char first, char last) { return c == last ? first : static_cast<char>(c + 1); };
    if (c >= '0' && c <= '9') {
        return next_of('0', '9');
    }
    if (c >= 'a' && c <= 'z') {
        return next_of('a', 'z');
    }
    return c >= 'A' && c <= 'Z' ? next_of('A', 'Z') : c;
}

/// The text with the letters of every token replaced, in any section. It uses no code of the parser, so that
/// it cannot share its errors.
std::string with_other_tokens(std::string text, char (*other)(char))
{
    std::size_t begin = 0;
    while (begin < text.size()) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const std::string_view line{text.data() + begin, end - begin};
        const std::size_t equals = line.find('=');
        if (equals != std::string_view::npos && without_blanks(line.substr(0, equals)) == "token") {
            std::transform(text.begin() + static_cast<std::ptrdiff_t>(begin + equals + 1),
                           text.begin() + static_cast<std::ptrdiff_t>(end),
                           text.begin() + static_cast<std::ptrdiff_t>(begin + equals + 1), other);
        }
        begin = end + 1;
    }
    return text;
}

void check_positions(std::string_view text, const std::vector<config::Error>& errors, std::size_t most)
{
    const auto lines = static_cast<unsigned>(std::count(text.begin(), text.end(), '\n'));
    config::Position last{1, 1};
    require(errors.size() <= most);
    for (const config::Error& error : errors) {
        require(error.at.line >= 1 && error.at.line <= lines + 1);
        require(error.at.column >= 1 && error.at.column <= text.size() + 1);
        require(error.at.line > last.line || (error.at.line == last.line && error.at.column >= last.column));
        require(!error.text.empty() && error.text.size() < 1000);
        require(
            std::all_of(error.text.begin(), error.text.end(), [](char c) { return c >= ' ' && c <= '~'; }));
        last = error.at;
    }
}

/// Requires that the rest of the data is a name in lower case without compression.
dns::Name name_at_the_end(base::Reader& in)
{
    const dns::Name name = dns::Name::read(in, dns::Compression::forbidden);
    require(in.finished() && name.lowered().to_text() == name.to_text());
    return name;
}

void check_txt(base::Reader& in)
{
    do {
        in.take(in.u8());
    } while (in.left() != 0);
    require(in.finished());
}

void check_caa(base::Reader& in)
{
    in.u8();
    const base::Bytes tag = in.take(in.u8());
    require(in.ok() && !tag.empty() && tag.size() <= 15);
    require(std::all_of(tag.begin(), tag.end(), [](std::uint8_t byte) {
        return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
    }));
}

void check_record(const config::Record& record)
{
    base::Reader in{record.data};
    switch (record.type) {
    case dns::Type::txt:
        return check_txt(in);
    case dns::Type::caa:
        return check_caa(in);
    case dns::Type::mx: {
        const std::uint16_t preference = in.u16();
        require(!name_at_the_end(in).is_root() || preference == 0);
        return;
    }
    case dns::Type::srv:
        in.take(6);
        name_at_the_end(in);
        return;
    case dns::Type::cname:
    case dns::Type::ns:
        require(!name_at_the_end(in).is_root());
        return;
    default:
        require(false);
    }
}

void check_records(const config::Host& host)
{
    std::size_t bytes = host.a.size() * 16 + host.aaaa.size() * 28;
    std::unordered_map<std::uint16_t, std::size_t> counts;
    for (const config::Record& record : host.records) {
        check_record(record);
        bytes += 12 + record.data.size();
        require(++counts[static_cast<std::uint16_t>(record.type)] <= 100);
    }
    const auto has = [&](dns::Type type) { return counts.count(static_cast<std::uint16_t>(type)) != 0; };
    const bool alone = !host.is_dynamic() && host.a.empty() && host.aaaa.empty() && host.records.size() == 1;
    require(host.records.empty() || bytes <= 60000);
    require(!has(dns::Type::cname) || alone);
    const bool only_ns = counts.size() == 1 && !host.is_dynamic();
    require(!has(dns::Type::ns) || only_ns);
}

/// A simple implementation of RFC 1034 section 4.3.2, label by label, that uses no code of the zone index.
class Zone
{
public:
    explicit Zone(const config::Config& config) : apex_(config.server.domain)
    {
        for (const config::Host& host : config.hosts) {
            hosts_[host.name.to_text()] = &host;
            for (dns::Name name = host.name.get(); name.labels() >= apex_.labels(); name = name.parent()) {
                names_.insert(name.to_text());
            }
        }
    }

    /// The host whose records answer a query for `name`; null at a delegation.
    const config::Host* find(const dns::Name& name) const
    {
        if (!name.is_at_or_below(apex_) || is_delegated(name)) {
            return nullptr;
        }
        dns::Name encloser = name;
        while (encloser.labels() > apex_.labels() && names_.count(encloser.to_text()) == 0) {
            encloser = encloser.parent();
        }
        const auto found = hosts_.find(encloser == name ? name.to_text() : "*." + encloser.to_text());
        return found == hosts_.end() ? nullptr : found->second;
    }

private:
    bool is_delegated(dns::Name name) const
    {
        for (; name.labels() > apex_.labels(); name = name.parent()) {
            const auto found = hosts_.find(name.to_text());
            if (found != hosts_.end() && !found->second->records.empty() &&
                found->second->records[0].type == dns::Type::ns) {
                return true;
            }
        }
        return false;
    }

    dns::Name apex_;
    std::unordered_map<std::string, const config::Host*> hosts_;
    std::unordered_set<std::string> names_;
};

void check_chains(const config::Config& config)
{
    const Zone zone{config};
    for (const config::Host& host : config.hosts) {
        const config::Host* at = &host;
        int length = 0;
        while (at != nullptr && !at->records.empty() && at->records[0].type == dns::Type::cname) {
            require(++length <= 8);
            base::Reader in{at->records[0].data};
            at = zone.find(dns::Name::read(in));
        }
    }
}

/// The secrets that open each host, its own and its groups'.
std::vector<std::size_t> secrets_of_hosts(const config::Config& config)
{
    std::vector<std::size_t> counts;
    for (const config::Host& host : config.hosts) {
        counts.push_back(host.secrets.size());
    }
    for (const config::Group& group : config.groups) {
        require(!group.name.empty() && group.name.size() <= 63);
        require(group.allow_from.size() <= config::max_allowed_networks);
        std::unordered_set<std::uint32_t> hosts;
        for (const config::HostRef& ref : group.hosts) {
            const config::Host& host = config.hosts.at(ref.host);
            require(host.name.get() == ref.name.get() && host.is_in_group && hosts.insert(ref.host).second);
            counts[ref.host] += group.secrets.size();
        }
    }
    return counts;
}

void check_follower(const config::Host& host, const config::Config& config)
{
    require(host.leader.size() == 1 && host.suffix && !host.is_dynamic());
    require(host.aaaa.empty() && (host.a.empty() || !host.has_leaders_a));
    const config::Host& leader = config.hosts.at(host.leader[0].host);
    require(leader.name.get() == host.leader[0].name.get() && leader.is_dynamic() && !leader.is_follower());
}

void check_challenge(const config::Host& host, const config::Config& config)
{
    const auto name = dns::Name::from_text("_acme-challenge." + host.name.to_text());
    require(name && host.name.to_text().front() != '*');
    for (const config::Host& other : config.hosts) {
        require(!(other.name.get() == *name));
    }
    for (const config::Record& record : host.records) {
        require(record.type != dns::Type::ns);
    }
}

/// Who may update which host.
void check_access(const config::Config& config)
{
    const auto secrets = secrets_of_hosts(config);
    std::size_t followers = 0;
    require(config.groups.size() <= config::max_groups);
    require(config.http.trusted_proxies.size() <= config::max_trusted_proxies);
    require(!config.https.is_on ||
            (!config.https.certificate.path.empty() && !config.https.key.path.empty()));
    for (std::size_t i = 0; i < config.hosts.size(); ++i) {
        const config::Host& host = config.hosts[i];
        require(secrets[i] <= config::max_secrets_of_host && host.is_dynamic() == (secrets[i] != 0));
        require(host.challenge_keys.size() <= config::max_challenge_keys);
        require(host.allow_from.size() <= config::max_allowed_networks);
        if (host.is_follower()) {
            ++followers;
            check_follower(host, config);
        }
        if (host.may_have_challenge()) {
            check_challenge(host, config);
        }
    }
    require(followers <= config::max_followers);
}

void check_host(const config::Host& host, const config::Config& config)
{
    require(host.name.get().is_at_or_below(config.server.domain));
    require(host.name.get().lowered().to_text() == host.name.to_text());
    require(host.expire.count() >= 1 && (host.expire.count() <= 0x7FFFFFFE || host.expire == base::never));
    require(host.ttl.count() >= 0 && host.ttl <= base::max_ttl);
    require(host.a.size() <= 1000 && host.aaaa.size() <= 1000);
    require(host.name.first_label().size() != 1 || host.name.first_label()[0] != '*' || !host.is_dynamic());
    check_records(host);
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
    require(config.server.negative_ttl.count() >= 0 && config.server.negative_ttl.count() <= 86400);
    require(config.server.ttl.count() >= 0 && config.server.ttl <= base::max_ttl);
    std::unordered_set<std::string> names;
    for (const config::Host& host : config.hosts) {
        check_host(host, config);
        require(names.insert(host.name.to_text()).second);
    }
    check_chains(config);
    check_access(config);
}

/// Whether a token is one of the documentation.
bool has_example(const std::vector<config::Error>& warnings)
{
    return std::any_of(warnings.begin(), warnings.end(), [](const config::Error& warning) {
        return warning.text.find("of an example") != std::string::npos;
    });
}

void require_same(const std::vector<config::Error>& left, const std::vector<config::Error>& right)
{
    require(std::equal(left.begin(), left.end(), right.begin(), right.end(),
                       [](const config::Error& l, const config::Error& r) {
                           return l.at.line == r.at.line && l.at.column == r.at.column && l.text == r.text;
                       }));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text{reinterpret_cast<const char*>(data), size};
    const auto [config, errors, warnings] = config::parse(text);
    constexpr std::size_t most_errors = config::Errors::max_listed + 1;
    check_positions(text, errors, most_errors);
    check_positions(text, warnings, most_errors + config::Warnings::max_listed);
    for (const config::StartOnlyKey& key : config.start_only_keys) {
        require(key.at.line >= 1 && key.at.column >= 1);
    }
    const auto other = config::parse(with_other_tokens(text, to_x));
    require_same(errors, other.errors);
    const auto next = config::parse(with_other_tokens(text, to_next)).warnings;
    if (!has_example(warnings) && !has_example(next)) {
        require_same(warnings, next);
    }
    require(errors.empty() || warnings.empty());
    if (!errors.empty()) {
        return 0;
    }
    check_config(config);
    require(config::summary(config) == config::summary(other.config));
    return 0;
}
