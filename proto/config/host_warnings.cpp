#include "proto/config/host_warnings.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "proto/config/errors.h"
#include "proto/config/host_table.h"

namespace config
{

namespace
{

/// Equal for hosts with the same token or hash. A token and a hash are never equal, even if the hash is that
/// of the token: each hash has a salt of its own.
std::string_view token_of(const Host& host)
{
    return base::as_text(host.token_hash ? base::Bytes{host.token_hash->digest} : host.token.bytes());
}

void warn_of_shared_tokens(const std::vector<Host>& hosts, Warnings& warnings)
{
    HostTable tokens{token_of};
    tokens.reserve(static_cast<std::size_t>(std::ranges::count_if(hosts, &Host::is_dynamic)));
    for (std::size_t number = 0; number < hosts.size(); ++number) {
        const Host& host = hosts[number];
        if (!host.is_dynamic()) {
            continue;
        }
        tokens.prefetch(hosts, number);
        const std::size_t first = tokens.find_or_add(hosts, number);
        if (first != number) {
            warnings.add(Oddity::shared_token, host.token_at,
                         "{}: found the token of another host, first on line {}, expected one for each host: "
                         "who has it can update all of these hosts",
                         {host.token_hash ? "token_hash" : "token", hosts[first].token_at.line});
        }
    }
}

} // namespace

void warn_of_name(const Host& host, const dns::Name& domain, Warnings& warnings)
{
    if (domain.is_root() || !base::as_text(host.name.wire()).ends_with(base::as_text(domain.wire()))) {
        return;
    }
    const dns::Name name = host.name.get();
    if (!name.is_at_or_below(domain)) { // the end of the bytes may be in the middle of a label
        return;
    }
    const std::string text = name.to_text();
    const std::size_t end = text.size() - domain.to_text().size();
    const std::string_view relative = std::string_view{text}.substr(0, end == 0 ? 0 : end - 1);
    const std::string_view whole = std::string_view{text}.substr(0, text.size() - 1);
    warnings.add(
        Oddity::repeated_domain, host.at,
        "host: found {}, which ends in the domain, expected [@{}]: the domain is appended to the name",
        {shown(whole), relative});
}

void warn_of_hosts(const std::vector<Host>& hosts, Warnings& warnings)
{
    for (const Host& host : hosts) {
        if (!host.is_dynamic() && host.a.empty() && host.aaaa.empty() && host.records.empty()) {
            warnings.add(Oddity::empty_host, host.at,
                         "host: found a section without a token and without records, expected at least one "
                         "of them");
        }
    }
    warn_of_shared_tokens(hosts, warnings);
}

} // namespace config
