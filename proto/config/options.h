// All keys of nanodnsd.conf(5) in one table. The parser, the suggestions for a mistyped key, and the tests of
// the manual and of the example configuration use it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "proto/base/address.h"
#include "proto/base/secret.h"
#include "proto/base/time.h"
#include "proto/base/token_hash.h"
#include "proto/config/config.h"
#include "proto/dns/name.h"
#include "proto/dns/types.h"

namespace config
{

enum class Section : std::uint8_t { server, udp, tcp, http, https, control, metrics, group, host };
inline constexpr auto plain_sections =
    std::to_array({Section::server, Section::udp, Section::tcp, Section::http, Section::https,
                   Section::control, Section::metrics});

/// The text between the brackets; "group NAME" and "@host" for those sections.
std::string_view section_name(Section section) noexcept;

// Kinds of values. Each has its limits, both inclusive, and a function that stores the value. The value of a
// host's or a group's key is stored in the last host or group.

struct Number {
    /// Stored for the word "off", if that is allowed.
    static constexpr std::uint64_t off = ~std::uint64_t{0};
    std::uint64_t min = 0;
    std::uint64_t max = 0;
    void (*store)(Config&, std::uint64_t) = nullptr;
    bool may_be_off = false;
};
/// Digits, optionally followed by one of s, m, h, d.
struct Time {
    base::Seconds min;
    base::Seconds max;
    void (*store)(Config&, base::Seconds);
    bool may_be_never = false; ///< the value may be "never", which is stored as base::never
};
struct DomainName {
    void (*store)(Config&, const dns::Name&);
};
/// At least one name, separated by spaces or tabs.
struct NameList {
    std::size_t max;
    std::vector<dns::Name>& (*list)(Config&);
    std::vector<Position>& (*places)(Config&);
};
struct Mailbox {
    void (*store)(Config&, const dns::Name&);
};
/// The name of a user or group of the system. The parser does not check that it exists.
struct Account {
    const char* forbidden; ///< empty: none
    void (*store)(Config&, std::string_view);
};
/// At least one address of either family, separated by spaces or tabs.
struct AddressList {
    std::size_t max;
    std::vector<base::Address>& (*list)(Config&);
};
struct Choice {
    const char* words; ///< as "yes, no or client"
    void (*store)(Config&, std::size_t which);
};
/// Printable text of 1 to `max` bytes.
struct PlainText {
    std::size_t max;
    void (*store)(Config&, std::string_view, Position at);
};
/// An absolute path of at most `max` printable bytes, or "off", which is stored as it is.
struct SocketPath {
    std::size_t max;
    void (*store)(Config&, std::string_view);
};
/// 32 hexadecimal digits; each line adds a secret.
struct HexSecret {
    std::size_t max;
    std::vector<base::SipKey>& (*list)(Config&);
};
/// Text of 1 to 255 bytes without control characters. Each line adds a secret.
struct TokenText {
    std::size_t max;
    std::vector<Secret>& (*list)(Config&);
};
/// The output of `nanodnsd --hash-token` or `--acme-json`. Each line adds a secret.
struct HashText {
    std::size_t max;
    std::vector<Secret>& (*list)(Config&);
};
/// At least one address or network, separated by spaces or tabs.
struct NetworkList {
    std::size_t max;
    std::vector<base::Network>& (*list)(Config&);
};
/// At least one name of a host below the domain, or "@" for the domain, separated by spaces or tabs.
struct HostNames {
    std::size_t max;
    std::vector<HostRef>& (*list)(Config&);
    bool adds; ///< each line adds names
};
/// See suffix.h.
struct Suffix {
    void (*store)(Config&, const base::Address6&);
};
/// Each line adds one address.
struct HostAddress4 {
    std::size_t max;
    std::vector<base::Address4>& (*list)(Config&);
};
struct HostAddress6 {
    std::size_t max;
    std::vector<base::Address6>& (*list)(Config&);
};
/// Each line adds one record of the host.
struct HostRecord {
    std::size_t max;
    dns::Type type;
};

using Kind = std::variant<Number, Time, DomainName, NameList, Mailbox, Account, AddressList, Choice,
                          PlainText, SocketPath, HexSecret, TokenText, HashText, NetworkList, HostNames,
                          Suffix, HostAddress4, HostAddress6, HostRecord>;

/// A key of [https] or [metrics] is required only if there is such a section.
enum class Need : std::uint8_t { optional, required };

struct DocumentedOption {
    Section section;
    std::string_view name;
    Need need;
    std::string_view fallback; ///< the default, as text; empty: none
    std::string_view example;  ///< only if there is no default
    std::string_view meaning;
    Kind kind;
};

/// The part of a DocumentedOption that the parser needs.
struct Option {
    Section section{};
    std::string_view name;
    Kind kind;
};

/// The part of a required DocumentedOption that an error needs if it is missing.
struct RequiredOption {
    Section section{};
    std::string_view name;
    std::string_view example;
    std::string_view meaning;
};

/// Upper bound of the number of options.
inline constexpr std::size_t max_options = 96;

/// The whole table. It is linked only into executables that call this function (the tests).
std::span<const DocumentedOption> documented_options() noexcept;
std::span<const RequiredOption> required_options() noexcept;
std::span<const Option> options() noexcept;

/// nullptr if the section has no such key. Case-sensitive.
const Option* find_option(Section section, std::string_view name) noexcept;

/// Whether only a start reads it.
bool is_start_only(const Option& option) noexcept;

/// Marks a host without a ttl of its own until the whole text has been read.
inline constexpr base::Seconds ttl_not_given{-1};

inline constexpr std::size_t max_name_servers = 16;
inline constexpr std::size_t max_listen_addresses = 64;
/// One that makes cookies; the others are accepted while servers change to a new secret.
inline constexpr std::size_t max_cookie_secrets = 4;
/// Secrets that open a host: its own and its groups'.
inline constexpr std::size_t max_secrets_of_host = 8;
/// Lines of acme_hash= in a section.
inline constexpr std::size_t max_challenge_keys = 4;
/// Items of allow_from=.
inline constexpr std::size_t max_allowed_networks = 16;
inline constexpr std::size_t max_trusted_proxies = 64;
inline constexpr std::size_t max_groups = 256;
/// Bytes in the name of a group.
inline constexpr std::size_t max_group_name = 63;
/// Hosts with follow=, of all leaders together.
inline constexpr std::size_t max_followers = 256;
/// Responders. Network cards do not have more queues than this.
inline constexpr std::size_t max_workers = 64;
/// With this limit, an OPT record with all options fits into the smallest reply to any question.
inline constexpr std::size_t max_nsid_bytes = 64;
/// Of a file; the supervisor gets it in one record.
inline constexpr std::size_t max_path_bytes = 200;
/// Of a Unix socket: the room in sockaddr_un, without the zero byte.
inline constexpr std::size_t max_socket_path_bytes = 107;
/// Addresses of one type at one name. 1000 A records of 16 bytes, 1000 AAAA records of 28 bytes and the
/// records of the apex fit into a message of 65535 bytes, so that an answer to ANY over TCP is complete.
inline constexpr std::size_t max_host_addresses = 1000;
/// Records of a type other than A and AAAA at one name.
inline constexpr std::size_t max_host_records = 100;

} // namespace config
