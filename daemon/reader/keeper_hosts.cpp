#include "daemon/reader/keeper_hosts.h"

#include <algorithm>

#include "daemon/common/token_digest.h"
#include "privsep/random.h"
#include "proto/config/options.h"
#include "proto/ipc/limits.h"

namespace reader
{

namespace
{

static_assert(config::max_secrets_of_host == ipc::max_secrets_of_host);
static_assert(config::max_challenge_keys == ipc::max_challenge_keys);
static_assert(config::max_allowed_networks == ipc::max_allowed_networks);
static_assert(config::max_groups == ipc::max_groups);
static_assert(config::max_followers == ipc::max_followers);
static_assert(config::max_trusted_proxies == ipc::max_trusted_proxies);

/// An enumerator of ipc with the value of one of config. A test compares all of them.
template <typename To, typename From>
To same(From value) noexcept
{
    return static_cast<To>(value);
}

class HostWriter
{
public:
    HostWriter(SetupWriter& out, const config::Config& config, const base::SipKey& secret)
        : out_(out), config_(config), secret_(secret), salt_(privsep::random_bytes<ipc::Salt>())
    {
    }

    void operator()()
    {
        std::uint32_t index = 0;
        for (const config::Host& host : config_.hosts) {
            account_.index = ipc::HostIndex{index++};
            if (host.is_dynamic() || !host.challenge_keys.empty()) {
                add_account(host);
            } else {
                const std::uint64_t hash = base::siphash24(secret_, host.name.get().wire());
                out_.add(ipc::StaticHost{static_cast<std::uint32_t>(hash)});
            }
        }
        add_followers();
        std::ranges::for_each(config_.groups, [this](const config::Group& group) { add_group(group); });
    }

private:
    void add_account(const config::Host& host)
    {
        account_.host = host.name.get();
        account_.lifetime = host.expire;
        account_.is_static = !host.is_dynamic();
        account_.missing = same<ipc::Missing>(host.missing);
        account_.private_addresses = same<ipc::PrivateAddresses>(host.private_addresses);
        account_.requires_address = host.requires_address;
        account_.suffix = host.suffix;
        account_.expect = host.expect;
        account_.has_a = !host.a.empty();
        account_.has_aaaa = !host.aaaa.empty();
        account_.allow_from = host.allow_from;
        account_.token_sets_challenge = host.token_sets_challenge;
        account_.has_short_token = hash(host.secrets, account_.more_tokens);
        account_.token = {}; // of a host that only a group opens: no digest
        if (!account_.more_tokens.empty()) {
            account_.token = account_.more_tokens.front();
            account_.more_tokens.erase(account_.more_tokens.begin());
        }
        hash(host.challenge_keys, account_.challenge_keys);
        out_.add(account_);
    }

    void add_followers()
    {
        std::uint32_t index = 0;
        for (const config::Host& host : config_.hosts) {
            if (host.is_follower()) {
                out_.add(ipc::Follower{ipc::HostIndex{index}, host.name.get(),
                                       ipc::HostIndex{host.leader.front().host}, *host.suffix,
                                       host.has_leaders_a, !host.a.empty()});
            }
            ++index;
        }
    }

    void add_group(const config::Group& group)
    {
        constexpr std::size_t most = 65535; // of a list in a record (proto/ipc/codec.h)
        ipc::Group message;
        message.has_short_token = hash(group.secrets, message.tokens);
        message.allow_from = group.allow_from;
        for (std::size_t at = 0; at < group.hosts.size(); at += most) {
            message.hosts.clear();
            for (std::size_t i = at; i < std::min(at + most, group.hosts.size()); ++i) {
                message.hosts.push_back(ipc::HostIndex{group.hosts[i].host});
            }
            out_.add(message);
        }
    }

    /// The hashes of the secrets; true if one of them is short.
    bool hash(const std::vector<config::Secret>& secrets, std::vector<base::TokenHash>& hashes)
    {
        hashes.clear();
        for (const config::Secret& secret : secrets) {
            hashes.push_back(secret.is_hash ? secret.hash()
                                            : common::hash_token(secret.bytes.bytes(), next_salt()));
        }
        return std::ranges::any_of(secrets, &config::Secret::is_short);
    }

    /// The front is random, and no two salts have the same end.
    const ipc::Salt& next_salt() noexcept
    {
        base::store(salt_.data() + salt_.size() - sizeof tokens_, tokens_++);
        return salt_;
    }

    SetupWriter& out_;
    const config::Config& config_;
    const base::SipKey& secret_;
    ipc::Salt salt_;
    std::uint32_t tokens_ = 0;
    ipc::Account account_; ///< one for all hosts, whose memory is used again
};

} // namespace

void add_hosts(SetupWriter& out, const config::Config& config, const base::SipKey& secret)
{
    HostWriter{out, config, secret}();
}

} // namespace reader
