// The setup of a child, which it reads when it starts: only what that child needs from the config, in a
// sealed memfd. A setup is a sequence of records, each after its length in four bytes.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "proto/base/network.h"
#include "proto/base/siphash.h"
#include "proto/base/token_hash.h"
#include "proto/ipc/setup_records.h"

namespace ipc
{

struct LogSetup {
    bool journal = false;       ///< lines begin with <N>, sd-daemon(3)
    std::uint8_t verbosity = 0; ///< how many -v
    static void fields(auto& m, auto& code)
    {
        code(m.journal);
        code(m.verbosity);
    }
};

/// How queries of type ANY are answered (RFC 8482).
enum class AnyPolicy : std::uint8_t { minimal = 1, all = 2 };
constexpr bool valid(AnyPolicy policy)
{
    return policy == AnyPolicy::minimal || policy == AnyPolicy::all;
}

/// The reply to a UDP client that sends no valid server cookie (RFC 7873 section 5.2.3).
enum class CookiePolicy : std::uint8_t { relaxed = 1, strict = 2 };
constexpr bool valid(CookiePolicy policy)
{
    return policy == CookiePolicy::relaxed || policy == CookiePolicy::strict;
}

/// First record of a responder's setup; HostSetup records follow, in the order of HostIndex.
/// Its descriptors: `udp_sockets`, then `tcp_sockets`, then the channel to the keeper.
struct ResponderSetup {
    static constexpr std::uint8_t tag = 1;
    LogSetup log;
    std::uint16_t worker = 0;    ///< number for the log, from 1; 0: there is only one
    std::uint16_t workers = 1;   ///< this responder and the others, at least 1
    bool shares_sockets = false; ///< other responders read the same sockets
    std::uint16_t udp_sockets = 0;
    std::uint16_t tcp_sockets = 0;
    std::uint16_t tcp_connections = 16;
    base::Seconds tcp_timeout{3};
    std::uint32_t hosts = 0; ///< number of HostSetup records
    dns::Name apex;
    std::vector<dns::Name> name_servers; ///< the first is the SOA's MNAME
    dns::Name mailbox;                   ///< the SOA's RNAME
    std::uint32_t negative_ttl = 60;     ///< the SOA's minimum, in seconds (RFC 2308 section 4)
    AnyPolicy any = AnyPolicy::minimal;
    CookiePolicy cookies = CookiePolicy::relaxed;
    std::vector<base::SipKey> cookie_secrets; ///< the first makes cookies; none: the supervisor sends some
    std::string nsid;                         ///< RFC 5001; empty: none
    std::uint32_t rate_limit = 1000;          ///< daemon/common/rate_limit.h; 0: no limit
    base::Seconds stats_interval{86400};      ///< 0: no statistics
    static void fields(auto& m, auto& code)
    {
        code(m.log);
        code(m.worker);
        code(m.workers);
        code(m.shares_sockets);
        code(m.udp_sockets);
        code(m.tcp_sockets);
        code(m.tcp_connections);
        code(m.tcp_timeout);
        code(m.hosts);
        code(m.apex);
        code(m.name_servers);
        code(m.mailbox);
        code(m.negative_ttl);
        code(m.any);
        code(m.cookies);
        code(m.cookie_secrets);
        code(m.nsid);
        code(m.rate_limit);
        code(m.stats_interval);
    }
};

/// A configured record; its data is in wire format without compression.
struct StaticRecord {
    std::uint16_t type = 0;
    std::vector<std::uint8_t> data;
    static void fields(auto& m, auto& code)
    {
        code(m.type);
        code(m.data);
    }
};

struct HostSetup {
    static constexpr std::uint8_t tag = 2;
    dns::Name name; ///< fully qualified, in lower case
    std::uint32_t ttl = 60;
    std::vector<StaticRecord> records;
    bool may_have_challenge = false; ///< HostTxt may set TXT records at _acme-challenge.NAME
    static void fields(auto& m, auto& code)
    {
        code(m.name);
        code(m.ttl);
        code(m.records);
        code(m.may_have_challenge);
    }
};
using ResponderPart = std::variant<ResponderSetup, HostSetup>;

/// The field in which a trusted proxy says for which client it asks.
enum class ProxyHeader : std::uint8_t { x_forwarded_for = 1, forwarded = 2 /* RFC 7239 */ };
constexpr bool valid(ProxyHeader header)
{
    return header == ProxyHeader::x_forwarded_for || header == ProxyHeader::forwarded;
}

/// An updater's setup. Its descriptors: `http_sockets`, with TLS the certificate, to keeper and keyholder.
struct UpdaterSetup {
    static constexpr std::uint8_t tag = 1;
    LogSetup log;
    std::uint16_t http_sockets = 0;
    std::uint16_t connections = 64;
    base::Seconds timeout{3};
    std::vector<base::Network> trusted_proxies{};
    ProxyHeader proxy_header = ProxyHeader::x_forwarded_for;
    std::string certificate_path{}; ///< for messages of updater-tls; behind its place in the config
    bool has_page = true;           ///< the page for people is served at `/`
    std::uint16_t https_port = 0;   ///< of updater-tls; 0: there is none
    static void fields(auto& m, auto& code)
    {
        code(m.log);
        code(m.http_sockets);
        code(m.connections);
        code(m.timeout);
        code(m.trusted_proxies);
        code(m.proxy_header);
        code(m.certificate_path);
        code(m.has_page);
        code(m.https_port);
    }
};
using UpdaterPart = std::variant<UpdaterSetup>;

/// All of a reader's setup. It has no descriptors.
struct ReaderSetup {
    static constexpr std::uint8_t tag = 1;
    LogSetup log;
    std::string path;                ///< of the config, for messages
    std::string state_path;          ///< without ".0" or ".1": the path of the predecessor's state
    bool is_reload = false;          ///< log errors in one line
    bool is_check = false;           ///< nanodnsd -n, which has printed the warnings
    bool sockets_are_passed = false; ///< listen= and port= have no effect
    bool was_root = true;            ///< at the start; if not, user= and group= have no effect
    base::FixedPoint start;          ///< the clocks at the daemon's start, for the keeper
    static void fields(auto& m, auto& code)
    {
        code(m.log);
        code(m.path);
        code(m.state_path);
        code(m.is_reload);
        code(m.is_check);
        code(m.sockets_are_passed);
        code(m.was_root);
        code(m.start.boot);
        code(m.start.time);
        code(m.start.uptime);
    }
};
using ReaderPart = std::variant<ReaderSetup>;

using Digest = std::array<std::uint8_t, 32>; ///< SHA-256
using Salt = std::array<std::uint8_t, 16>;

/// First record of a keeper's setup; the other records follow.
/// Its descriptors: the two state files, the channels to `updaters`, `tls_updaters`, `consoles`,
/// `responders`.
struct KeeperSetup {
    static constexpr std::uint8_t tag = 1;
    LogSetup log;
    std::string state_path;     ///< for messages, without ".0" or ".1"; empty: the files have no names
    base::FixedPoint start;     ///< the clocks at the daemon's start
    std::uint16_t updaters = 0; ///< 0 or 1; the same for `tls_updaters`
    std::uint16_t responders = 0;
    std::uint32_t hosts = 0;   ///< number of HostIndex values
    dns::CompactName apex;     ///< for messages
    Digest zone_fingerprint{}; ///< changes if the config changes the zone's contents
    base::SipKey secret{};     ///< hash key for tables that outsiders can fill
    std::uint16_t tls_updaters = 0;
    std::uint16_t consoles = 0; ///< 0 or 1
    bool is_reload = false;     ///< an earlier keeper of this daemon has logged which hosts are overdue
    static void fields(auto& m, auto& code)
    {
        code(m.log);
        code(m.state_path);
        code(m.start.boot);
        code(m.start.time);
        code(m.start.uptime);
        code(m.updaters);
        code(m.responders);
        code(m.hosts);
        code(m.apex);
        code(m.zone_fingerprint);
        code(m.secret);
        code(m.tls_updaters);
        code(m.consoles);
        code(m.is_reload);
    }
};

/// What a request that says nothing of an address family does to it.
enum class Missing : std::uint8_t { by_dialect = 1, remove = 2, keep = 3 };
constexpr bool valid(Missing missing)
{
    return missing >= Missing::by_dialect && missing <= Missing::keep;
}

/// What happens to an address that is not public (RFC 1918, RFC 6598, RFC 4193).
enum class PrivateAddresses : std::uint8_t {
    accepted = 1,
    refused = 2,
    replaced = 3, ///< by the client's own address of that family, if that is public
};
constexpr bool valid(PrivateAddresses addresses)
{
    return addresses >= PrivateAddresses::accepted && addresses <= PrivateAddresses::replaced;
}

/// A host with a token, or with a key for TXT records alone.
struct Account {
    static constexpr std::uint8_t tag = 2;
    HostIndex index{};
    dns::Name host; ///< fully qualified, in lower case
    base::TokenHash token;
    base::Seconds lifetime{86400};
    bool has_short_token = false; ///< it can be guessed: see keeper::BruteForceLimit
    bool is_static = false;       ///< it has neither token nor group: only its challenge can be updated
    std::vector<base::TokenHash> more_tokens{}; ///< of its own
    Missing missing = Missing::by_dialect;
    PrivateAddresses private_addresses = PrivateAddresses::accepted;
    bool requires_address = false; ///< refuses the client's own address as a value
    std::optional<base::Address6> suffix{};
    std::vector<base::Network> allow_from{};       ///< empty: everywhere
    bool token_sets_challenge = false;             ///< `acme=yes`
    std::vector<base::TokenHash> challenge_keys{}; ///< keys that only set the challenge
    base::Seconds expect{};                        ///< how often it should report; 0: not said
    bool has_a = false; ///< the config has A records, which are used until the first update
    bool has_aaaa = false;
    static void fields(auto& m, auto& code)
    {
        code(m.index);
        code(m.host);
        code(m.token);
        code(m.lifetime);
        code(m.has_short_token);
        code(m.is_static);
        code(m.more_tokens);
        code(m.missing);
        code(m.private_addresses);
        code(m.requires_address);
        code(m.suffix);
        code(m.allow_from);
        code(m.token_sets_challenge);
        code(m.challenge_keys);
        code(m.expect);
        code(m.has_a);
        code(m.has_aaaa);
    }
};

/// A host whose AAAA record has the prefix of another host and its own suffix. Comes after all accounts.
struct Follower {
    static constexpr std::uint8_t tag = 5;
    HostIndex index{};
    dns::Name host;     ///< for messages
    HostIndex leader{}; ///< of an Account
    base::Address6 suffix;
    bool has_leaders_a = false; ///< `follow_a=yes`; if not, its A records are those of the config
    bool has_a = false;         ///< the config has A records of its own
    static void fields(auto& m, auto& code)
    {
        code(m.index);
        code(m.host);
        code(m.leader);
        code(m.suffix);
        code(m.has_leaders_a);
        code(m.has_a);
    }
};

/// Tokens that each open each of some hosts. Comes after all accounts.
struct Group {
    static constexpr std::uint8_t tag = 6;
    std::vector<base::TokenHash> tokens;
    bool has_short_token = false;
    std::vector<base::Network> allow_from{}; ///< empty: everywhere
    std::vector<HostIndex> hosts;
    static void fields(auto& m, auto& code)
    {
        code(m.tokens);
        code(m.has_short_token);
        code(m.allow_from);
        code(m.hosts);
    }
};

/// A host without a token. The keeper uses it for messages only, so it gets no more than a hash of the name.
struct StaticHost {
    static constexpr std::uint8_t tag = 4;
    std::uint32_t name_hash = 0; ///< the low half of SipHash-2-4 of the wire form, with KeeperSetup::secret
    static void fields(auto& m, auto& code) { code(m.name_hash); }
};

/// A host of the predecessor's state file, only sent if nanodnsd has no state yet.
struct ImportedHost {
    static constexpr std::uint8_t tag = 3;
    dns::Name host;
    base::UnixTime expires{};
    std::optional<base::Address4> address4;
    std::optional<base::Address6> address6;
    static void fields(auto& m, auto& code)
    {
        code(m.host);
        code(m.expires);
        code(m.address4);
        code(m.address6);
    }
};
using KeeperPart = std::variant<KeeperSetup, Account, StaticHost, Follower, Group, ImportedHost>;

} // namespace ipc
