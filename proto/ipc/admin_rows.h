// What the console answers to nanodnsctl: the rows of an answer, and its end. See proto/ipc/admin.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "proto/ipc/codec.h"

namespace ipc::admin
{

/// A place in the keeper's list of changes.
struct Place {
    std::uint64_t list = 0; ///< a random number of each list: a new keeper has a new one
    std::uint64_t number = 0;
    static void fields(auto& m, auto& code)
    {
        code(m.list);
        code(m.number);
    }
    friend bool operator==(const Place&, const Place&) = default;
};

/// The answer to Hello.
struct Welcome {
    static constexpr std::uint8_t tag = 1;
    std::string version; ///< of the daemon, such as 1.1.0
    dns::CompactName zone;
    static void fields(auto& m, auto& code)
    {
        code(m.version);
        code(m.zone);
    }
};

enum class Refused : std::uint8_t {
    other_version = 1, ///< of the protocol
    busy = 2,          ///< as many clients or watchers as there may be; reloads or verbosities too often
    no_such_host = 3,
    not_allowed = 4, ///< the host or the address does not permit it
    failed = 5,      ///< it cannot be done now; nothing changed
    bad_config = 6,  ///< the reload was refused because of what the config says
    place_is_gone = 7,
};
constexpr bool valid(Refused reason)
{
    return reason >= Refused::other_version && reason <= Refused::place_is_gone;
}

/// The end of a request that was not done.
struct Refusal {
    static constexpr std::uint8_t tag = 2;
    static constexpr std::size_t max_text = 4096; ///< bytes
    Refused reason = Refused::failed;
    std::string text; ///< one sentence for a person, without a name of a program and without a dot at its end
    static void fields(auto& m, auto& code)
    {
        code(m.reason);
        code(m.text);
    }
    static constexpr std::size_t longest_record = 1 + 1 + 2 + max_text;
};

/// The end of a request that was done.
struct Done {
    static constexpr std::uint8_t tag = 3;
    std::optional<Place> place; ///< of AskHosts and AskHost: where the list of changes ended when they began
    std::uint32_t serial = 0;   ///< of the zone, if there is a place
    static void fields(auto& m, auto& code)
    {
        code(m.place);
        code(m.serial);
    }
};

enum class HostKind : std::uint8_t {
    dynamic = 1, ///< has a token or is in a group
    fixed = 2,   ///< "static": its records are those of the config
    follower = 3,
    alias = 4,     ///< CNAME
    delegated = 5, ///< NS
};
constexpr bool valid(HostKind kind)
{
    return kind >= HostKind::dynamic && kind <= HostKind::delegated;
}

/// The attempts at a host that were refused, of which the last one is known.
struct RefusedAttempts {
    std::uint32_t count = 0;         ///< that are remembered
    std::uint32_t since_success = 0; ///< of these, after the last success
    base::UnixTime at{};
    std::optional<base::Address> from; ///< none: not known
    std::string dialect;               ///< as in HostRow
    std::string reason;                ///< a few words of ours, such as "wrong secret"
    static void fields(auto& m, auto& code)
    {
        code(m.count);
        code(m.since_success);
        code(m.at);
        code(m.from);
        code(m.dialect);
        code(m.reason);
    }
};

/// A host and what is known of it. Its texts are words of the daemon's own tables, never of a client.
struct HostRow {
    static constexpr std::uint8_t tag = 4;
    static constexpr std::size_t max_addresses = 128; ///< of each family; a static host may have 1000
    static constexpr std::size_t longest_record = 5120;

    dns::CompactName name;
    HostKind kind = HostKind::dynamic;
    std::vector<base::Address4> a;
    std::vector<base::Address6> aaaa;
    std::uint16_t a_left_out = 0; ///< addresses that the row has no room for
    std::uint16_t aaaa_left_out = 0;
    std::vector<std::array<std::uint8_t, 43>> acme_txt; ///< at most two
    std::uint32_t ttl = 0;
    std::optional<base::UnixTime> changed;       ///< its records
    std::optional<base::UnixTime> seen;          ///< the last success of an update
    std::optional<base::UnixTime> expires;       ///< its addresses; none: never, or there are none
    std::optional<base::Seconds> lifetime;       ///< `expire`; none: never
    std::optional<base::Seconds> expect;         ///< how often it should report
    std::optional<base::UnixTime> overdue_since; ///< if it did not
    std::optional<base::Address> from;           ///< the client of the last success
    std::string dialect;                         ///< of the last success; "administrator"; empty: none
    std::optional<std::uint32_t> uid;            ///< of the administrator, if the kernel knows it
    std::optional<dns::CompactName> follows;
    std::optional<base::Prefix6> prefix;
    std::optional<RefusedAttempts> refused;
    static void fields(auto& m, auto& code)
    {
        code(m.name);
        code(m.kind);
        code(m.a, max_addresses);
        code(m.aaaa, max_addresses);
        code(m.a_left_out);
        code(m.aaaa_left_out);
        code(m.acme_txt, 2);
        code(m.ttl);
        code(m.changed);
        code(m.seen);
        code(m.expires);
        code(m.lifetime);
        code(m.expect);
        code(m.overdue_since);
        code(m.from);
        code(m.dialect);
        code(m.uid);
        code(m.follows);
        code(m.prefix);
        code(m.refused);
    }
};

/// A follower of the host of the HostRow before it.
struct HostFollower {
    static constexpr std::uint8_t tag = 5;
    dns::CompactName name;
    static void fields(auto& m, auto& code) { code(m.name); }
};

/// What became of a Set or a Clear.
struct Outcome {
    static constexpr std::uint8_t tag = 6;
    bool changed = false;     ///< if not, the records were the same; a Set begins a new lifetime anyway
    std::uint32_t serial = 0; ///< of the zone
    std::optional<base::Address4> address4; ///< that the host has now
    std::optional<base::Address6> address6;
    static void fields(auto& m, auto& code)
    {
        code(m.changed);
        code(m.serial);
        code(m.address4);
        code(m.address6);
    }
};

/// Addresses of a dynamic host or a follower.
struct Addresses {
    std::optional<base::Address4> a;
    std::optional<base::Address6> aaaa;
    static void fields(auto& m, auto& code)
    {
        code(m.a);
        code(m.aaaa);
    }
    friend bool operator==(const Addresses&, const Addresses&) = default;
};

/// The watch has begun: the list has the place that it is to go on from.
struct Watching {
    static constexpr std::uint8_t tag = 7;
    static void fields(auto& /*m*/, auto& /*code*/) {}
};

/// The addresses of a host have changed. Several changes of a host are one if the client is slow: the old
/// addresses are then those before the first of them.
struct Changed {
    static constexpr std::uint8_t tag = 8;
    Place place;
    base::UnixTime at{};
    std::uint32_t serial = 0; ///< of the zone with this change
    dns::CompactName name;
    Addresses before;
    Addresses now;
    std::string by;                    ///< a dialect, "administrator", "expiry", "config" and so on
    std::optional<base::Address> from; ///< the client, if there is one
    std::optional<std::uint32_t> uid;  ///< of the administrator, if the kernel knows it
    bool has_configured_a = false;     ///< its A records are those of the config, not those of `now`
    static void fields(auto& m, auto& code)
    {
        code(m.place);
        code(m.at);
        code(m.serial);
        code(m.name);
        code(m.before);
        code(m.now);
        code(m.by);
        code(m.from);
        code(m.uid);
        code(m.has_configured_a);
    }
};

struct StatusDaemon {
    static constexpr std::uint8_t tag = 9;
    static constexpr std::size_t longest_record = 5120; ///< a path has at most 4096 bytes

    std::uint32_t serial = 0;
    base::UnixTime up_since{};
    std::string config; ///< the path
    base::UnixTime config_read{};
    std::uint32_t hosts = 0;        ///< that can have addresses: dynamic ones and followers
    std::uint32_t with_address = 0; ///< of these; it may be one of the config
    std::uint32_t overdue = 0;      ///< of these
    std::uint64_t changed = 0;      ///< updates of hosts since `up_since`
    std::uint64_t unchanged = 0;
    std::uint64_t refused = 0;
    std::optional<dns::CompactName>
        last_host; ///< of the last update that changed a host or left it unchanged
    std::optional<base::UnixTime> last_at;
    static void fields(auto& m, auto& code)
    {
        code(m.serial);
        code(m.up_since);
        code(m.config);
        code(m.config_read);
        code(m.hosts);
        code(m.with_address);
        code(m.overdue);
        code(m.changed);
        code(m.unchanged);
        code(m.refused);
        code(m.last_host);
        code(m.last_at);
    }
};

/// The certificate that HTTPS serves.
struct StatusCertificate {
    static constexpr std::uint8_t tag = 10;
    dns::CompactName name; ///< the first name server of the zone, which the certificate should have
    base::UnixTime expires{};
    static void fields(auto& m, auto& code)
    {
        code(m.name);
        code(m.expires);
    }
};

enum class Socket : std::uint8_t { dns_udp = 1, dns_tcp = 2, http = 3, https = 4, control = 5, metrics = 6 };
constexpr bool valid(Socket socket)
{
    return socket >= Socket::dns_udp && socket <= Socket::metrics;
}

/// A listening socket.
struct StatusSocket {
    static constexpr std::uint8_t tag = 11;
    Socket socket = Socket::dns_udp;
    base::Address address;  ///< without a meaning for a Unix socket
    std::uint16_t port = 0; ///< 0: a Unix socket
    static void fields(auto& m, auto& code)
    {
        code(m.socket);
        code(m.address);
        code(m.port);
    }
};

/// A process of the daemon.
struct StatusProcess {
    static constexpr std::uint8_t tag = 12;
    std::string name; ///< "supervisor", "responder" and so on
    std::uint16_t index = 0;
    std::uint32_t pid = 0;                 ///< as the supervisor sees it; 0: it does not run
    base::UnixTime started{};              ///< without a meaning if it does not run
    std::optional<std::uint32_t> restarts; ///< after deaths; none: the supervisor
    std::string missing;                   ///< names of sandbox layers, with reasons; empty: all are there
    static void fields(auto& m, auto& code)
    {
        code(m.name);
        code(m.index);
        code(m.pid);
        code(m.started);
        code(m.restarts);
        code(m.missing);
    }
};

/// Since when the counters count.
struct CountersSince {
    static constexpr std::uint8_t tag = 13;
    base::UnixTime time{};
    static void fields(auto& m, auto& code) { code(m.time); }
};

/// A counter as in the metrics, but without the prefix "nanodnsd_".
struct Counter {
    static constexpr std::uint8_t tag = 14;
    std::string name;   ///< such as dns_queries_total
    std::string labels; ///< such as transport="udp",family="4"; may be empty
    std::uint64_t value = 0;
    static void fields(auto& m, auto& code)
    {
        code(m.name);
        code(m.labels);
        code(m.value);
    }
};

} // namespace ipc::admin
