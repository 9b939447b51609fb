// The parsed configuration, and the parser of its text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/base/address.h"
#include "proto/base/network.h"
#include "proto/base/secret.h"
#include "proto/base/siphash.h"
#include "proto/base/time.h"
#include "proto/base/token_hash.h"
#include "proto/dns/compact_name.h"
#include "proto/dns/name.h"
#include "proto/dns/types.h"

namespace config
{

/// Both count from 1; the column counts bytes.
struct Position {
    unsigned line = 0;
    unsigned column = 0;
};

/// An error or a warning: its position, and one sentence that says what was found and what was expected.
struct Error {
    Position at;
    std::string text;
};

/// "path:line:column: text"
std::string to_text(const Error& error, std::string_view path);
/// "path:line:column: warning: text"
std::string to_text_of_warning(const Error& warning, std::string_view path);

enum class AnyPolicy : std::uint8_t { minimal = 1, all = 2 };       ///< RFC 8482
enum class CookiePolicy : std::uint8_t { relaxed = 1, strict = 2 }; ///< RFC 7873 section 5.2.3

/// What a request that says nothing of an address family does to it.
enum class Missing : std::uint8_t { by_dialect = 1, remove = 2, keep = 3 };
/// What happens to an address that is not public.
enum class PrivateAddresses : std::uint8_t {
    accepted = 1,
    refused = 2,
    replaced = 3, ///< by the client's own address
};
/// The field in which a trusted proxy says for which client it asks.
enum class ProxyHeader : std::uint8_t { x_forwarded_for = 1, forwarded = 2 /* RFC 7239 */ };

struct Server {
    dns::Name domain;
    std::vector<dns::Name> name_servers;   ///< at least one; the first is the SOA's MNAME
    std::vector<Position> name_servers_at; ///< the position of each
    dns::Name mailbox;                     ///< the SOA's RNAME, made from `email` (RFC 1035 section 8)
    std::string user;                      ///< empty: not given
    std::string group;                     ///< empty: not given
    std::uint32_t rate_limit = 1000;       ///< 0 is off
    base::Seconds stats_interval{86400};   ///< 0 is off
    std::uint16_t workers = 1;             ///< responders
    std::vector<base::Address> listen;     ///< DNS; empty: all addresses
    base::Seconds ttl{60};
    base::Seconds negative_ttl{60}; ///< of negative answers (RFC 2308)
    AnyPolicy any = AnyPolicy::minimal;
    CookiePolicy cookies = CookiePolicy::relaxed;
    std::vector<base::SipKey> cookie_secrets; ///< the first makes cookies; empty: not given
    std::string nsid;                         ///< RFC 5001; empty: none
};

struct Udp {
    std::uint16_t port = 53;
};

struct Tcp {
    std::uint16_t port = 53;
    std::uint16_t connections = 16;
    base::Seconds timeout{3};
};

struct Http {
    bool is_on = true; ///< false: port=off
    std::uint16_t port = 80;
    std::uint16_t connections = 64;
    base::Seconds timeout{3};
    std::vector<base::Address> listen; ///< empty: all addresses
    std::vector<base::Network> trusted_proxies{};
    ProxyHeader proxy_header = ProxyHeader::x_forwarded_for;
    bool has_page = true; ///< for people; also over HTTPS
};

/// A token, or the hash of one.
struct Secret {
    base::CompactToken bytes; ///< of the token; or the digest and the salt of the hash
    bool is_hash = false;
    Position at; ///< of the value

    static Secret of(const base::TokenHash& hash, Position at);
    /// Only if is_hash.
    base::TokenHash hash() const noexcept;
    /// Whether it can be guessed. Nothing is known of the token of a hash.
    bool is_short() const noexcept { return !is_hash && bytes.bytes().size() < base::Token::min_good_bytes; }
};

/// The name of another host of the zone, as a value.
struct HostRef {
    dns::CompactName name; ///< full, in lower case
    Position at;
    std::uint32_t host = 0; ///< its index in Config::hosts
};

/// A file that the config names.
struct FilePath {
    std::string path;
    Position at; ///< of the path
};

/// `is_on`: whether there is a section [https].
struct Https : Http {
    Https() noexcept
    {
        is_on = false;
        port = 443;
        connections = 16;
        timeout = base::Seconds{10};
    }
    FilePath certificate; ///< the chain
    FilePath key;         ///< its private key
};

/// The socket of nanodnsctl.
struct Control {
    std::string path;    ///< absolute; empty: not given, or off
    bool is_off = false; ///< socket=off, so that not even a passed socket is served
    std::string group;   ///< empty: not given
};

/// `is_on`: whether there is a section [metrics].
struct Metrics : Http {
    Metrics() noexcept { is_on = false; }
};

/// A record of any type except A and AAAA.
struct Record {
    dns::Type type{};
    std::vector<std::uint8_t> data; ///< in wire form; names are uncompressed and in lower case
    Position at;                    ///< of its value
};

struct Host {
    dns::CompactName name; ///< full, in lower case; the apex for [@]; the first label may be "*" (RFC 4592)
    Position at;           ///< of its section
    std::vector<Secret> secrets; ///< its own; a group may have more
    bool is_in_group = false;    ///< so it is opened by the group's secrets
    bool has_leaders_a = false;  ///< `follow_a=yes`
    bool requires_address = false;
    bool token_sets_challenge = false; ///< `acme=yes`
    Missing missing = Missing::by_dialect;
    PrivateAddresses private_addresses = PrivateAddresses::accepted;
    std::optional<base::Address6> suffix;
    std::vector<HostRef> leader;           ///< none, or the host that it follows
    std::vector<Secret> challenge_keys;    ///< `acme_hash=`
    std::vector<base::Network> allow_from; ///< empty: everywhere
    base::Seconds expire{86400};           ///< base::never if addresses do not expire
    base::Seconds expect{};                ///< how often it should report; 0: not said
    base::Seconds ttl{60};
    std::vector<base::Address4> a;
    std::vector<base::Address6> aaaa;
    std::vector<Record> records; ///< in the order of the file

    /// Whether it can be updated. A static host cannot.
    bool is_dynamic() const noexcept { return !secrets.empty() || is_in_group; }
    bool is_follower() const noexcept { return !leader.empty(); }
    /// Whether TXT at _acme-challenge.HOST can be set.
    bool may_have_challenge() const noexcept
    {
        return !challenge_keys.empty() || (token_sets_challenge && is_dynamic());
    }
};

/// Secrets that each open each of some hosts.
struct Group {
    std::string name;
    Position at; ///< of its section
    std::vector<Secret> secrets;
    std::vector<HostRef> hosts;            ///< each once
    std::vector<base::Network> allow_from; ///< empty: everywhere
};

/// A line with listen=, port=, socket=, user= or group=, which a reload cannot change.
struct StartOnlyKey {
    std::string_view name; ///< a literal
    Position at;
};

struct Config {
    Server server;
    Udp udp;
    Tcp tcp;
    Http http;
    Https https;
    Control control;
    Metrics metrics;
    std::vector<Host> hosts; ///< in the order of the file
    std::vector<Group> groups;
    std::vector<StartOnlyKey> start_only_keys;
};

struct Parsed {
    Config config;               ///< use it only if `errors` is empty
    std::vector<Error> errors;   ///< in the order of the file
    std::vector<Error> warnings; ///< lines that are probably unintended, in the order of the file; empty if
                                 ///< there are errors
};

/// With one record each, so many hosts need 900 MB of memory during a start.
inline constexpr std::size_t default_max_hosts = 1U << 20;

/// The grammar is in nanodnsd.conf(5). Time is O(n log n) and memory linear in the text, whose size the
/// caller limits. Tokens are copied into the hosts and nowhere else.
Parsed parse(std::string_view text, std::size_t max_hosts = default_max_hosts);

} // namespace config
