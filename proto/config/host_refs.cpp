#include "proto/config/host_refs.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "proto/base/text.h"
#include "proto/config/options.h"
#include "proto/config/suggest.h"

namespace config
{

namespace
{

/// Relative to the domain, as a value has it.
std::string shown_label(const dns::Name& name)
{
    const std::string text = name.to_text();
    return name.is_root() ? "@" : shown(std::string_view{text}.substr(0, text.size() - 1));
}

class Resolver
{
public:
    Resolver(Config& config, ZoneIndex& index, Errors& errors) noexcept
        : config_(config), index_(index), errors_(errors)
    {
    }

    void operator()()
    {
        resolve_groups();
        resolve_leaders();
        check_challenges();
    }

private:
    /// What opens a host.
    struct Opened {
        std::size_t secrets = 0;        ///< their number
        const Group* last_by = nullptr; ///< the last group that has it
    };

    void resolve_groups()
    {
        if (!config_.groups.empty()) {
            opened_.resize(config_.hosts.size());
        }
        for (std::size_t i = 0; i < opened_.size(); ++i) {
            opened_[i].secrets = config_.hosts[i].secrets.size();
        }
        for (Group& group : config_.groups) {
            std::size_t kept = 0;
            for (HostRef& ref : group.hosts) {
                if (add_to(group, ref)) {
                    std::swap(group.hosts[kept++], ref);
                }
            }
            group.hosts.erase(group.hosts.begin() + static_cast<std::ptrdiff_t>(kept), group.hosts.end());
        }
    }

    /// False if the host cannot be in the group, which is reported, or is in it already.
    bool add_to(const Group& group, HostRef& ref)
    {
        const std::string label = shown_label(ref.name.get());
        if (!resolve("hosts", ref, label)) {
            return false;
        }
        Host& host = config_.hosts[ref.host];
        if (host.is_follower()) {
            errors_.add(ref.at, "hosts: found {}, which follows another host, expected one that is updated",
                        {label});
            return false;
        }
        Opened& opened = opened_[ref.host];
        if (opened.last_by == &group) {
            return false;
        }
        opened.last_by = &group;
        host.is_in_group = host.is_in_group || !group.secrets.empty();
        count_secrets(group, opened, ref.at);
        return true;
    }

    void count_secrets(const Group& group, Opened& opened, Position at)
    {
        const bool had_room = opened.secrets <= max_secrets_of_host;
        opened.secrets += group.secrets.size();
        if (had_room && opened.secrets > max_secrets_of_host) {
            errors_.add(
                at,
                "hosts: found a host that more than {} secrets open, expected at most {}: its own and "
                "those of its groups",
                {max_secrets_of_host, max_secrets_of_host});
        }
    }

    void resolve_leaders()
    {
        std::size_t followers = 0;
        for (Host& host : config_.hosts) {
            for (HostRef& leader : host.leader) { // one at most
                if (followers++ == max_followers) {
                    errors_.add(leader.at,
                                "follow: found more than {} hosts with this key, expected at most {}",
                                {max_followers, max_followers});
                }
                check_leader(host, leader);
            }
        }
    }

    void check_leader(const Host& host, HostRef& leader)
    {
        const std::string label = shown_label(leader.name.get());
        if (!resolve("follow", leader, label)) {
            return;
        }
        const Host& found = config_.hosts[leader.host];
        if (&found == &host) {
            errors_.add(leader.at, "follow: found the host itself, expected another host");
        } else if (found.is_follower()) {
            errors_.add(leader.at, "follow: found {}, which follows another host, expected one that does not",
                        {label});
        } else if (!found.is_dynamic()) {
            errors_.add(leader.at,
                        "follow: found {}, which has neither a token nor a group, expected a host "
                        "that is updated",
                        {label});
        }
    }

    /// False if there is no such host, which is reported.
    bool resolve(const char* key, HostRef& ref, const std::string& label)
    {
        dns::CompactName full = ref.name;
        const Host* const host = full.append(config_.server.domain) ? find(full.get()) : nullptr;
        if (host == nullptr) {
            const bool is_full = find(ref.name.get()) != nullptr;
            const std::string near = is_full ? below_domain(ref.name.get().to_text()) : nearest_to(label);
            errors_.add(ref.at, "{}: found {}, which has no section, expected the name of a host{}",
                        {key, label, near.empty() ? "" : base::filled("; did you mean {}?", {near})});
            return false;
        }
        ref.name = std::move(full);
        ref.host = static_cast<std::uint32_t>(host - config_.hosts.data());
        return true;
    }

    const Host* find(const dns::Name& name)
    {
        const auto found = index_.find(name);
        return found.place == ZoneIndex::Place::wildcard ? nullptr : found.host;
    }

    /// The part of a full name as a value has it: "@" for the domain.
    std::string below_domain(const std::string& full) const
    {
        const std::size_t domain = config_.server.domain.to_text().size();
        return full.size() > domain ? full.substr(0, full.size() - domain - 1) : "@";
    }

    /// Empty if no name is similar.
    std::string nearest_to(std::string_view label) const
    {
        constexpr std::size_t max_hosts = 1000; // each error compares all of them
        if (config_.hosts.size() > max_hosts) {
            return "";
        }
        std::string best;
        for (const Host& host : config_.hosts) {
            const std::string other = below_domain(host.name.to_text());
            best = std::string{nearest(label, std::array<std::string_view, 2>{best, other})};
        }
        return best;
    }

    void check_challenges()
    {
        for (const Host& host : config_.hosts) {
            if ((!host.token_sets_challenge && host.challenge_keys.empty()) || errors_.full()) {
                continue;
            }
            const auto challenge = host.name.get().child("_acme-challenge");
            if (!challenge) {
                errors_.add(host.at,
                            "acme: found a host whose name is longer than {} bytes with "
                            "_acme-challenge before it, expected a shorter one",
                            {dns::Name::max_wire_bytes});
            } else if (const Host* const section = find(*challenge)) {
                errors_.add(section->at,
                            "host: found a section for the ACME challenges of another, expected none: they "
                            "are set by acme or acme_hash in the section on line {}",
                            {host.at.line});
            }
        }
    }

    Config& config_;
    ZoneIndex& index_;
    Errors& errors_;
    std::vector<Opened> opened_; ///< by the index of the host; empty if there is no group
};

} // namespace

void resolve_hosts(Config& config, ZoneIndex& index, Errors& errors)
{
    Resolver{config, index, errors}();
}

} // namespace config
