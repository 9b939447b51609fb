// Every key of nanodnsd.conf(5) in one table: it drives the parser, the suggestions for a mistyped key, and
// the tests of the manual and of the sample.
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

enum class Section : std::uint8_t { server, udp, tcp, http, host };
inline constexpr auto plain_sections =
    std::to_array({Section::server, Section::udp, Section::tcp, Section::http});

/// As it stands between the brackets; "@host" for a host's.
std::string_view section_name(Section section) noexcept;

// Kinds of values. Each knows its bounds, both included, and stores what was read; a host's key goes to
// the last host.

struct Number {
    std::uint64_t min;
    std::uint64_t max;
    void (*store)(Config&, std::uint64_t);
};
/// Digits and at most one of s, m, h, d.
struct Time {
    base::Seconds min;
    base::Seconds max;
    void (*store)(Config&, base::Seconds);
};
struct DomainName {
    void (*store)(Config&, const dns::Name&);
};
/// Names between blanks, at least one.
struct NameList {
    std::size_t max;
    std::vector<dns::Name>& (*list)(Config&);
    std::vector<Position>& (*places)(Config&);
};
struct Mailbox {
    void (*store)(Config&, const dns::Name&);
};
/// A user or a group of the system. Whether there is one is not known here.
struct Account {
    const char* forbidden; ///< empty: nothing is
    void (*store)(Config&, std::string_view);
};
/// Addresses of either family between blanks, at least one.
struct AddressList {
    std::size_t max;
    std::vector<base::Address>& (*list)(Config&);
};
struct Choice {
    std::array<const char*, 2> words;
    void (*store)(Config&, std::size_t which);
};
/// Printable text of 1 to `max` bytes.
struct PlainText {
    std::size_t max;
    void (*store)(Config&, std::string_view);
};
/// 32 hexadecimal digits; each line adds a secret.
struct HexSecret {
    std::size_t max;
    std::vector<base::SipKey>& (*list)(Config&);
};
/// Any text of 1 to base::Token::max_bytes bytes without control characters.
struct TokenText {
    void (*store)(Config&, base::Bytes);
};
/// What `nanodnsd --hash-token` makes of a token.
struct HashText {
    void (*store)(Config&, const base::TokenHash&);
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
                          PlainText, HexSecret, TokenText, HashText, HostAddress4, HostAddress6, HostRecord>;

enum class Need : std::uint8_t { optional, required };

struct DocumentedOption {
    Section section;
    std::string_view name;
    Need need;
    std::string_view fallback; ///< the default as it would be written; empty: there is none
    std::string_view example;  ///< where there is no default
    std::string_view meaning;
    Kind kind;
};

/// What reading a config needs of each.
struct Option {
    Section section{};
    std::string_view name;
    Kind kind;
};

/// At least as many as there are.
inline constexpr std::size_t max_options = 64;

/// The whole table: no executable has it, but where somebody calls this.
std::span<const DocumentedOption> documented_options() noexcept;
/// Those of the table without which there is no config.
std::span<const DocumentedOption> required_options() noexcept;
std::span<const Option> options() noexcept;

/// Nothing if the section has no such key. Case counts.
const Option* find_option(Section section, std::string_view name) noexcept;

/// A host's TTL while its own is not known, between reading the host and the end of the text.
inline constexpr base::Seconds ttl_not_given{-1};

inline constexpr std::size_t max_name_servers = 16;
inline constexpr std::size_t max_listen_addresses = 64;
/// One to make cookies, and others that are still or already taken while servers roll over.
inline constexpr std::size_t max_cookie_secrets = 4;
/// Responders: more than that is more than any machine's network card has queues for.
inline constexpr std::size_t max_workers = 64;
/// So that an OPT record with all options fits into the smallest reply, whatever the question.
inline constexpr std::size_t max_nsid_bytes = 64;
/// Addresses of a type at one name. 1000 A records of 16 bytes, 1000 AAAA of 28 and the apex's own records
/// leave room in a message of 65535 bytes, so that even an answer to ANY is whole over TCP.
inline constexpr std::size_t max_host_addresses = 1000;
/// Records of a type other than A and AAAA at one name.
inline constexpr std::size_t max_host_records = 100;

} // namespace config
