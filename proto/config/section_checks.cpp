#include "proto/config/section_checks.h"

#include <algorithm>
#include <array>

#include "proto/config/options.h"
#include "proto/config/zone_index.h"

namespace config
{

namespace
{

/// Texts of the errors of a follower; the key is at their start.
void check_follower(const Host& host, const SectionKeys& keys, Errors& errors)
{
    const Position follow = keys.at("follow");
    if (!host.suffix) {
        errors.add(follow,
                   "follow: found no suffix in this section, expected a line like suffix=::1:2:3:4, too");
    }
    if (!host.secrets.empty()) {
        errors.add(host.secrets.front().at, "{}: found a token of a host that follows another, expected none",
                   {host.secrets.front().is_hash ? "token_hash" : "token"});
    }
    if (!host.aaaa.empty()) {
        errors.add(keys.at("aaaa"),
                   "aaaa: found an address of a host that follows another, expected none: the "
                   "prefix of that host and suffix= make it");
    }
    if (!host.a.empty() && host.has_leaders_a) {
        errors.add(keys.at("a"), "a: found an address and follow_a=yes, expected only one of them");
    }
    if (is_wildcard(host) || has_records(host, dns::Type::cname) || has_records(host, dns::Type::ns)) {
        errors.add(follow, "follow: found it in the section of a wildcard, an alias or a delegated host, "
                           "expected it in none of these");
    }
}

void check_challenge(const Host& host, const SectionKeys& keys, Errors& errors)
{
    const char* const key = host.challenge_keys.empty() ? "acme" : "acme_hash";
    if (is_wildcard(host)) {
        errors.add(keys.at(key),
                   "{}: found it in the section of a wildcard, expected it in that of the name after \"*.\", "
                   "which has the challenges of both (RFC 8555 section 8.4)",
                   {key});
    } else if (has_records(host, dns::Type::ns)) {
        errors.add(keys.at(key),
                   "{}: found it in the section of a delegated host, expected none: its name servers answer "
                   "for its challenges",
                   {key});
    }
}

} // namespace

Position SectionKeys::at(std::string_view key) const noexcept
{
    return at(*find_option(Section::host, key));
}

Position SectionKeys::at(const Option& key) const noexcept
{
    const Position at = first_[static_cast<std::size_t>(&key - options().data())];
    return at.line > section_.line ? at : Position{};
}

void check_section(const Host& host, const SectionKeys& keys, Errors& errors)
{
    if (host.is_follower()) {
        check_follower(host, keys, errors);
    } else if (host.has_leaders_a) {
        errors.add(keys.at("follow_a"),
                   "follow_a: found it without follow, expected a line like follow=home");
    }
    if (host.token_sets_challenge || !host.challenge_keys.empty()) {
        check_challenge(host, keys, errors);
    }
}

IdleKeys::IdleKeys() noexcept
{
    constexpr std::array<const char*, count> names{"expire", "missing", "allow_private", "require_address",
                                                   "acme",   "expect",  "suffix",        "allow_from"};
    std::ranges::transform(names, keys_.begin(),
                           [](const char* name) { return find_option(Section::host, name); });
}

/// The last two are used without a token, too: the suffix of a follower, and the networks of a key.
void IdleKeys::note(const Host& host, std::uint32_t number, const SectionKeys& keys)
{
    for (std::size_t i = 0; i < count; ++i) {
        const bool is_used =
            (i == count - 2 && host.is_follower()) || (i == count - 1 && !host.challenge_keys.empty());
        const Position at = keys.at(*keys_[i]);
        if (at.line != 0 && !is_used) {
            noted_.push_back({number, keys_[i], at});
        }
    }
}

void IdleKeys::warn(const std::vector<Host>& hosts, Warnings& warnings) const
{
    for (const Noted& noted : noted_) {
        if (hosts[noted.host].is_dynamic()) {
            continue;
        }
        if (noted.key == keys_.front() && hosts[noted.host].is_follower()) {
            warnings.add(
                Oddity::idle_key, noted.at,
                "expire: found a lifetime for a host that follows another, expected none: it has the "
                "lifetime of that host");
        } else if (noted.key == keys_.front()) {
            warnings.add(Oddity::idle_key, noted.at,
                         "expire: found a lifetime for a host without a token, expected none: a static host "
                         "never expires");
        } else {
            warnings.add(Oddity::idle_key, noted.at,
                         "{}: found this key for a host without a token, expected none: it has no effect",
                         {noted.key->name});
        }
    }
}

} // namespace config
