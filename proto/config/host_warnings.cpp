#include "proto/config/host_warnings.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "proto/config/errors.h"
#include "proto/config/host_table.h"
#include "proto/config/zone_index.h"

namespace config
{

namespace
{

std::string_view text_of(const Secret* const& secret)
{
    return base::as_text(secret->bytes.bytes());
}

/// A token and a hash are never equal, even if the hash is that of the token: each hash has a salt of its
/// own.
void warn_of_shared_tokens(const Config& config, Warnings& warnings)
{
    std::vector<const Secret*> secrets; // in the order of the sections of hosts, then of groups
    secrets.reserve(config.hosts.size());
    const auto add = [&](const std::vector<Secret>& of_section) {
        for (const Secret& secret : of_section) {
            secrets.push_back(&secret);
        }
    };
    std::ranges::for_each(config.hosts, add, &Host::secrets);
    std::ranges::for_each(config.groups, add, &Group::secrets);
    HostTable<const Secret*> tokens{text_of};
    tokens.reserve(secrets.size());
    for (std::size_t number = 0; number < secrets.size(); ++number) {
        tokens.prefetch(secrets, number);
        const std::size_t first = tokens.find_or_add(secrets, number);
        if (first != number) {
            warnings.add(
                Oddity::shared_token, secrets[number]->at,
                "{}: found the same token as on line {}, expected it once: who has it can update all "
                "hosts of each section with it; a [group] is for several hosts",
                {secrets[number]->is_hash ? "token_hash" : "token", secrets[first]->at.line});
        }
    }
}

/// Whether it may have no record. Then its name does not exist.
bool may_vanish(const Host& host) noexcept
{
    const bool keeps_a = host.is_follower() && !host.has_leaders_a && !host.a.empty();
    const bool is_updated = host.is_dynamic() || host.is_follower();
    return host.records.empty() && !keeps_a && (is_updated || !has_addresses(host));
}

bool always_exists(const Host& host) noexcept
{
    return !may_vanish(host);
}

bool leads_to_addresses(const Host& host) noexcept
{
    return is_wildcard(host) && (has_addresses(host) || has_records(host, dns::Type::cname));
}

/// lego looks for a CNAME at the challenge's name before it sets the challenge, and sets another name then.
void warn_of_covered_challenge(const Host& host, ZoneIndex& index, Warnings& warnings)
{
    const auto challenge =
        host.may_have_challenge() ? host.name.get().child("_acme-challenge") : std::nullopt;
    if (!challenge) {
        return;
    }
    const ZoneIndex::Found found = index.find(*challenge);
    if (found.place == ZoneIndex::Place::wildcard && has_records(*found.host, dns::Type::cname)) {
        warnings.add(Oddity::covered_challenge, host.at,
                     "host: found ACME challenges below the CNAME of the wildcard on line {}, expected none: "
                     "while none is set, clients may follow the CNAME",
                     {found.host->at.line});
    }
}

/// Hosts that may vanish are looked for among the others, as if all of them had vanished.
void warn_of_wildcards(const Config& config, Warnings& warnings)
{
    if (std::ranges::none_of(config.hosts, leads_to_addresses)) {
        return;
    }
    ZoneIndex index{config, always_exists};
    for (const Host& host : config.hosts) {
        warn_of_covered_challenge(host, index, warnings);
        if (!has_addresses(host) || !may_vanish(host)) {
            continue;
        }
        const ZoneIndex::Found found = index.find(host.name.get());
        if (found.place == ZoneIndex::Place::wildcard && leads_to_addresses(*found.host)) {
            warnings.add(Oddity::covered_host, host.at,
                         "host: found a dynamic host below the wildcard on line {}, expected none: while the "
                         "host has no address, the wildcard answers for it",
                         {found.host->at.line});
        }
    }
}

void warn_of_no_updates(const Config& config, Warnings& warnings)
{
    const auto host = std::ranges::find_if(config.hosts, &Host::is_dynamic);
    if (!config.http.is_on && !config.https.is_on && host != config.hosts.end()) {
        warnings.add(Oddity::no_updates, host->at,
                     "host: found a token, but no HTTP and no HTTPS, expected one of them");
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

void warn_of_hosts(const Config& config, Warnings& warnings)
{
    for (const Host& host : config.hosts) {
        const bool may_have_records = host.is_dynamic() || host.is_follower() || host.may_have_challenge();
        if (!may_have_records && host.a.empty() && host.aaaa.empty() && host.records.empty()) {
            warnings.add(Oddity::empty_host, host.at,
                         "host: found a section without a token and without records, expected at least one "
                         "of them");
        }
    }
    warn_of_no_updates(config, warnings);
    warn_of_shared_tokens(config, warnings);
    warn_of_wildcards(config, warnings);
}

} // namespace config
