#include "daemon/reader/setups.h"

#include <algorithm>
#include <array>
#include <utility>

#include "daemon/common/clock.h"
#include "daemon/common/token_digest.h"
#include "daemon/reader/console_hosts.h"
#include "daemon/reader/keeper_hosts.h"
#include "daemon/reader/setup_writer.h"
#include "privsep/fail.h"
#include "privsep/mapping.h"
#include "privsep/random.h"
#include "proto/base/secret.h"
#include "proto/ipc/console_setup.h"
#include "proto/ipc/keyholder_setup.h"

namespace reader
{

namespace
{

constexpr std::uint16_t type_a = 1;     // RFC 1035 section 3.2.2
constexpr std::uint16_t type_aaaa = 28; // RFC 3596 section 2.1

/// Makes the HostSetup of each host, in one message whose memory is used again for the next host.
class HostMessage
{
public:
    const ipc::HostSetup& of(const config::Host& host, const std::vector<config::Host>& hosts)
    {
        // the keeper sends those of a leader only after its first update
        const auto& a = host.has_leaders_a ? hosts[host.leader.front().host].a : host.a;
        message_.records.resize(a.size() + host.aaaa.size() + host.records.size());
        next_ = message_.records.begin();
        message_.name = host.name.get();
        message_.ttl = static_cast<std::uint32_t>(host.ttl.count());
        message_.may_have_challenge = host.may_have_challenge();
        for (const base::Address4& address : a) {
            add(type_a, address.bytes);
        }
        for (const base::Address6& address : host.aaaa) {
            add(type_aaaa, address.bytes);
        }
        for (const config::Record& record : host.records) {
            add(static_cast<std::uint16_t>(record.type), record.data);
        }
        return message_;
    }

private:
    void add(std::uint16_t type, base::Bytes data)
    {
        next_->type = type;
        next_->data.assign(data.begin(), data.end());
        ++next_;
    }

    ipc::HostSetup message_;
    std::vector<ipc::StaticRecord>::iterator next_;
};

/// All but the log, the sockets and the number of the worker.
ipc::ResponderSetup responder_setup(const config::Config& config, const ipc::MakeSetups& wanted,
                                    std::uint16_t workers)
{
    ipc::ResponderSetup setup;
    setup.shares_sockets = wanted.are_shared;
    setup.workers = workers;
    setup.tcp_connections = static_cast<std::uint16_t>((config.tcp.connections + workers - 1) / workers);
    setup.tcp_timeout = config.tcp.timeout;
    setup.hosts = static_cast<std::uint32_t>(config.hosts.size());
    setup.apex = config.server.domain;
    setup.name_servers = config.server.name_servers;
    setup.mailbox = config.server.mailbox;
    setup.negative_ttl = static_cast<std::uint32_t>(config.server.negative_ttl.count());
    setup.any = config.server.any == config::AnyPolicy::all ? ipc::AnyPolicy::all : ipc::AnyPolicy::minimal;
    setup.cookies = config.server.cookies == config::CookiePolicy::strict ? ipc::CookiePolicy::strict
                                                                          : ipc::CookiePolicy::relaxed;
    setup.cookie_secrets = config.server.cookie_secrets;
    setup.nsid = config.server.nsid;
    setup.rate_limit = config.server.rate_limit;
    setup.stats_interval = config.server.stats_interval;
    return setup;
}

/// A digest of everything in the config that decides the zone's contents: if it changes, the serial grows.
/// `responder`: a setup, whose records after the first one are the hosts.
ipc::Digest fingerprint(const config::Config& config, const privsep::UniqueFd& responder)
{
    ipc::ResponderSetup contents;
    contents.apex = config.server.domain;
    contents.name_servers = config.server.name_servers;
    contents.mailbox = config.server.mailbox;
    contents.negative_ttl = static_cast<std::uint32_t>(config.server.negative_ttl.count());
    std::vector<std::uint8_t> bytes;
    ipc::append_record(bytes, contents);
    for (const config::Host& host : config.hosts) {
        if (host.suffix) { // the keeper makes addresses from it
            const std::uint32_t leader = host.is_follower() ? host.leader.front().host + 1 : 0; // 0: none
            ipc::append_record(
                bytes,
                ipc::Follower{{}, host.name.get(), ipc::HostIndex{leader}, *host.suffix, host.has_leaders_a});
        }
    }
    const privsep::Mapping setup{responder.get()};
    base::Reader in{setup.bytes()};
    in.take(in.u32());
    return common::digest(bytes, in.rest());
}

} // namespace

SetupMaker::SetupMaker(const config::Config& config, const ipc::MakeSetups& wanted,
                       const ipc::ReaderSetup& own, const std::vector<config::SavedHost>& imported) noexcept
    : config_(config), wanted_(wanted), own_(own), imported_(imported)
{
}

privsep::UniqueFd SetupMaker::make(const ipc::WantedSetup& child)
{
    struct Maker {
        ipc::Role role;
        privsep::UniqueFd (SetupMaker::*make)(const ipc::WantedSetup&);
    };
    constexpr auto makers = std::to_array<Maker>({
        {ipc::Role::responder, &SetupMaker::responder},
        {ipc::Role::updater, &SetupMaker::updater},
        {ipc::Role::updater_tls, &SetupMaker::updater_tls},
        {ipc::Role::keyholder, &SetupMaker::keyholder},
        {ipc::Role::keeper, &SetupMaker::keeper},
        {ipc::Role::console, &SetupMaker::console},
    });
    const auto* maker = std::ranges::find(makers, child.role, &Maker::role);
    if (maker == makers.end()) {
        privsep::fail("the supervisor wants a setup for an unknown role");
    }
    return (this->*maker->make)(child);
}

privsep::UniqueFd SetupMaker::console(const ipc::WantedSetup& child)
{
    SetupWriter out{"console"};
    out.add(ipc::ConsoleSetup{
        own_.log, child.control, child.metrics, static_cast<std::uint32_t>(config_.hosts.size()),
        dns::CompactName{config_.server.domain}, dns::CompactName{config_.server.name_servers.front()},
        own_.path, common::wall_time(), own_.start.time});
    add_configured_hosts(out, config_);
    return std::move(out).finish();
}

std::uint16_t SetupMaker::count(ipc::Role role) const noexcept
{
    return static_cast<std::uint16_t>(std::ranges::count(wanted_.children, role, &ipc::WantedSetup::role));
}

privsep::UniqueFd SetupMaker::responder(const ipc::WantedSetup& child)
{
    const std::uint16_t workers = count(ipc::Role::responder);
    ipc::ResponderSetup setup = responder_setup(config_, wanted_, workers);
    setup.log = own_.log;
    setup.udp_sockets = child.dns_udp;
    setup.tcp_sockets = child.dns_tcp;
    setup.worker = static_cast<std::uint16_t>(workers == 1 ? 0 : child.index + 1);
    SetupWriter out{"responder"};
    out.add(setup);
    for (base::SipKey& secret : setup.cookie_secrets) {
        base::wipe(secret);
    }
    HostMessage message;
    for (const config::Host& host : config_.hosts) { // in the order that gives each its HostIndex
        out.add(message.of(host, config_.hosts));
    }
    privsep::UniqueFd result = std::move(out).finish();
    if (!fingerprint_) {
        fingerprint_ = fingerprint(config_, result);
    }
    return result;
}

privsep::UniqueFd SetupMaker::updater(const ipc::WantedSetup& child)
{
    return updater_of(config_.http, child.http);
}

privsep::UniqueFd SetupMaker::updater_of(const config::Http& http, std::uint16_t sockets) const
{
    SetupWriter out{"updater"};
    const auto header = static_cast<ipc::ProxyHeader>(config_.http.proxy_header); // the same values
    const config::FilePath& certificate = config_.https.certificate;
    out.add(ipc::UpdaterSetup{own_.log, sockets, http.connections, http.timeout, config_.http.trusted_proxies,
                              header, config::to_text({certificate.at, certificate.path}, own_.path),
                              config_.http.has_page, wanted_.https_port});
    return std::move(out).finish();
}

privsep::UniqueFd SetupMaker::updater_tls(const ipc::WantedSetup& child)
{
    return updater_of(config_.https, child.https);
}

privsep::UniqueFd SetupMaker::keyholder(const ipc::WantedSetup& /*child*/)
{
    SetupWriter out{"keyholder"};
    const config::FilePath& certificate = config_.https.certificate;
    const config::FilePath& key = config_.https.key;
    out.add(ipc::KeyholderSetup{own_.log, certificate.path, key.path, config_.server.name_servers,
                                config::to_text({certificate.at, ""}, own_.path),
                                config::to_text({key.at, ""}, own_.path)});
    return std::move(out).finish();
}

privsep::UniqueFd SetupMaker::keeper(const ipc::WantedSetup& /*child*/)
{
    if (!fingerprint_) {
        privsep::fail("the supervisor wants a keeper's setup before a responder's");
    }
    ipc::KeeperSetup setup;
    setup.log = own_.log;
    setup.state_path = own_.state_path;
    setup.start = own_.start;
    setup.is_reload = own_.is_reload;
    setup.updaters = count(ipc::Role::updater);
    setup.tls_updaters = count(ipc::Role::updater_tls);
    setup.consoles = count(ipc::Role::console);
    setup.responders = count(ipc::Role::responder);
    setup.hosts = static_cast<std::uint32_t>(config_.hosts.size());
    setup.apex = dns::CompactName{config_.server.domain};
    setup.zone_fingerprint = *fingerprint_;
    setup.secret = privsep::random_bytes<base::SipKey>();
    SetupWriter out{"keeper"};
    out.add(setup);
    add_hosts(out, config_, setup.secret);
    for (const config::SavedHost& host : imported_) {
        out.add(ipc::ImportedHost{host.name, host.expires, host.a, host.aaaa});
    }
    return std::move(out).finish();
}

} // namespace reader
