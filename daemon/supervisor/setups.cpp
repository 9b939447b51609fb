#include "daemon/supervisor/setups.h"

#include "daemon/common/token_digest.h"
#include "daemon/supervisor/random.h"
#include "privsep/spawn.h"
#include "proto/base/secret.h"

namespace supervisor
{

namespace
{

constexpr std::uint16_t type_a = 1;     // RFC 1035 section 3.2.2
constexpr std::uint16_t type_aaaa = 28; // RFC 3596 section 2.1

using Octets = base::WipedOctets;

/// Octets of a record of a host, as many as most have: growing copies and wipes all that there is.
constexpr std::size_t usual_record = 128;

template <typename Addresses>
void add_records(std::vector<ipc::StaticRecord>& records, std::uint16_t type, const Addresses& addresses)
{
    for (const auto& address : addresses) {
        records.push_back({type, {address.octets.begin(), address.octets.end()}});
    }
}

/// What is the same for all workers.
ipc::ResponderSetup responder_setup(const config::Config& config, const SocketCounts& sockets,
                                    const ipc::LogSetup& log)
{
    ipc::ResponderSetup setup;
    setup.log = log;
    setup.shares_sockets = sockets.are_shared;
    const std::size_t workers = sockets.workers.size();
    setup.tcp_connections = static_cast<std::uint16_t>((config.tcp.connections + workers - 1) / workers);
    setup.tcp_timeout = config.tcp.timeout;
    setup.apex = config.server.domain;
    setup.name_servers = config.server.name_servers;
    setup.mailbox = config.server.mailbox;
    setup.any = config.server.any == config::AnyPolicy::all ? ipc::AnyPolicy::all : ipc::AnyPolicy::minimal;
    setup.cookies = config.server.cookies == config::CookiePolicy::strict ? ipc::CookiePolicy::strict
                                                                          : ipc::CookiePolicy::relaxed;
    setup.cookie_secrets = config.server.cookie_secrets;
    setup.nsid = config.server.nsid;
    setup.rate_limit = config.server.rate_limit;
    setup.stats_interval = config.server.stats_interval;
    return setup;
}

/// The hosts as the responders know them, in the order that gives each its HostIndex.
Octets zone_records(const config::Config& config)
{
    Octets octets;
    octets.reserve(config.hosts.size() * usual_record);
    ipc::HostSetup setup;
    for (const config::Host& host : config.hosts) {
        setup.name = host.name.get();
        setup.records.clear();
        setup.ttl = static_cast<std::uint32_t>(host.ttl.count());
        add_records(setup.records, type_a, host.a);
        add_records(setup.records, type_aaaa, host.aaaa);
        for (const config::Record& record : host.records) {
            setup.records.push_back({static_cast<std::uint16_t>(record.type), record.data});
        }
        ipc::append_record(octets, setup);
    }
    return octets;
}

/// Of all that decides what the zone says, so that the serial grows when the config changes it.
ipc::Digest fingerprint(const config::Config& config, base::Bytes zone)
{
    ipc::ResponderSetup contents;
    contents.apex = config.server.domain;
    contents.name_servers = config.server.name_servers;
    contents.mailbox = config.server.mailbox;
    Octets octets;
    ipc::append_record(octets, contents);
    return common::digest(octets, zone);
}

Octets keeper_records(const config::Config& config, const std::vector<config::SavedHost>& imported,
                      const ipc::KeeperSetup& setup)
{
    Octets octets;
    octets.reserve(config.hosts.size() * usual_record);
    ipc::append_record(octets, setup);
    RandomOctets random;
    for (std::uint32_t index = 0; const config::Host& host : config.hosts) {
        if (host.is_dynamic()) {
            const base::TokenHash token =
                host.token_hash ? *host.token_hash
                                : common::hash_token(host.token.octets(), random.take<ipc::Salt>());
            ipc::append_record(octets,
                               ipc::Account{ipc::HostIndex{index}, host.name.get(), token, host.expire});
        }
        ++index;
    }
    for (const config::SavedHost& host : imported) {
        ipc::append_record(octets, ipc::ImportedHost{host.name, host.expires, host.a, host.aaaa});
    }
    return octets;
}

} // namespace

base::SipKey make_cookie_secret()
{
    return random_octets<base::SipKey>();
}

SetupMaker::SetupMaker(const config::Config& config, const SocketCounts& sockets, const ipc::LogSetup& log)
    : config_(config), sockets_(sockets), log_(log), zone_(zone_records(config))
{
}

std::vector<privsep::UniqueFd> SetupMaker::responders(const base::SipKey& cookie_secret) const
{
    std::vector<privsep::UniqueFd> result;
    ipc::ResponderSetup setup = responder_setup(config_, sockets_, log_);
    if (setup.cookie_secrets.empty()) {
        setup.cookie_secrets.push_back(cookie_secret);
    }
    for (const SocketCounts::Dns& own : sockets_.workers) {
        setup.udp_sockets = own.udp;
        setup.tcp_sockets = own.tcp;
        setup.worker = sockets_.workers.size() == 1 ? 0 : setup.worker + 1;
        Octets octets;
        ipc::append_record(octets, setup);
        octets.insert(octets.end(), zone_.begin(), zone_.end());
        result.push_back(privsep::sealed_memfd("responder", octets));
    }
    for (base::SipKey& secret : setup.cookie_secrets) {
        base::wipe(secret);
    }
    return result;
}

privsep::UniqueFd SetupMaker::updater() const
{
    Octets octets;
    ipc::append_record(
        octets, ipc::UpdaterSetup{log_, sockets_.http, config_.http.connections, config_.http.timeout});
    return privsep::sealed_memfd("updater", octets);
}

privsep::UniqueFd SetupMaker::keeper(const std::vector<config::SavedHost>& imported) const
{
    ipc::KeeperSetup setup;
    setup.log = log_;
    setup.responders = static_cast<std::uint16_t>(sockets_.workers.size());
    setup.hosts = static_cast<std::uint32_t>(config_.hosts.size());
    setup.zone_fingerprint = fingerprint(config_, zone_);
    setup.secret = random_octets<base::SipKey>();
    return privsep::sealed_memfd("keeper", keeper_records(config_, imported, setup));
}

} // namespace supervisor
