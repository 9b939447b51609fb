// The parsed configuration, and the parser of its text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/base/address.h"
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
    std::uint16_t port = 80;
    std::uint16_t connections = 64;
    base::Seconds timeout{3};
    std::vector<base::Address> listen; ///< empty: all addresses
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
    base::CompactToken token;                  ///< empty: none given
    std::optional<base::TokenHash> token_hash; ///< given instead of the token
    Position token_at;                         ///< of the value of either
    base::Seconds expire{86400};               ///< base::never if addresses do not expire
    base::Seconds ttl{60};
    std::vector<base::Address4> a;
    std::vector<base::Address6> aaaa;
    std::vector<Record> records; ///< in the order of the file

    /// Whether it can be updated. A static host cannot.
    bool is_dynamic() const noexcept { return !token.empty() || token_hash.has_value(); }
};

/// A line with listen=, port=, user= or group=, which a reload cannot change.
struct StartOnlyKey {
    std::string_view name; ///< a literal
    Position at;
};

struct Config {
    Server server;
    Udp udp;
    Tcp tcp;
    Http http;
    std::vector<Host> hosts; ///< in the order of the file
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
