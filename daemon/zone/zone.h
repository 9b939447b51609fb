// The zone: every name that it may have, and its records in wire form, ready to be copied into a reply.
//
// All names are known at the start. Only the addresses of hosts, their challenges and the serial change
// later, in place. A name exists while it, or a name below it, has a record (RFC 8020): so a change of
// records can make it and names above it appear or vanish.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "daemon/zone/name_table.h"
#include "proto/base/address.h"
#include "proto/dns/name.h"
#include "proto/dns/reply.h"
#include "proto/dns/types.h"
#include "proto/ipc/setup.h"

namespace zone
{

/// The records of one type at one name. There are none before an update sets them, or after one removes them.
struct RRset {
    dns::Type type{};
    std::uint16_t count = 0;
    std::uint32_t offset = 0;
    std::uint32_t size = 0;
};

enum class Place : std::uint8_t {
    outside,   ///< not at or below the apex
    missing,   ///< in the zone, but neither the name nor anything below it exists, and no wildcard covers it
    present,   ///< a name with records, an empty non-terminal (RFC 4592 section 2.2.2), or under a wildcard
    delegated, ///< a delegation or below one: the name belongs to another zone
};

struct Match {
    Place place = Place::outside;
    std::size_t apex_offset = 0;   ///< of the zone's apex in the name that was looked up
    std::size_t cut_offset = 0;    ///< of the delegation in that name
    std::span<const RRset> rrsets; ///< of the name, of the wildcard, or of the delegation
};

/// A name in a record's data.
struct Target {
    base::Bytes name;
    std::size_t offset = 0; ///< of its first byte in the RRset's wire form
};

constexpr bool is_address(dns::Type type) noexcept
{
    return type == dns::Type::a || type == dns::Type::aaaa;
}

/// Whether the data of this type holds a name: one whose addresses are useful to the client (RFC 1034 section
/// 4.3.2 step 6), or an alias target.
constexpr bool has_target(dns::Type type) noexcept
{
    return type == dns::Type::ns || type == dns::Type::cname || type == dns::Type::mx ||
           type == dns::Type::srv;
}

/// Bytes before the name in the data (RFC 1035 section 3.3.9, RFC 2782).
constexpr std::size_t target_offset(dns::Type type) noexcept
{
    switch (type) {
    case dns::Type::mx:
        return 2;
    case dns::Type::srv:
        return 6;
    default:
        return 0;
    }
}

class Zone
{
public:
    static constexpr std::uint32_t apex_ttl = 86400; ///< of SOA and NS, in seconds
    static constexpr std::uint32_t refresh = 600;
    static constexpr std::uint32_t retry = 300;
    static constexpr std::uint32_t expire = 604800;
    static constexpr std::uint32_t challenge_ttl = 1; ///< in seconds: resolvers must see the next value soon
    /// A name and its wildcard have the same challenge name, and a value each.
    static constexpr std::size_t max_challenge_values = 2;

    /// A SHA-256 digest in base64url (RFC 8555 section 8.4): one string of a TXT record.
    using ChallengeValue = std::array<std::uint8_t, 43>;

    explicit Zone(const ipc::ResponderSetup& setup);

    /// Adds the next host, in the order of ipc::HostIndex. False if its name is not in the zone, the data of
    /// a record does not fit its type, or the name of its challenge is too long or has records; then nothing
    /// is added.
    bool add_host(const ipc::HostSetup& host);
    /// Call this after the last add_host(): it enables wildcards and delegations.
    void complete();

    /// Replaces all addresses of the host. False, without any change, if there is no such host.
    bool set_addresses(ipc::HostIndex host, const std::optional<base::Address4>& address4,
                       const std::optional<base::Address6>& address6) noexcept;
    /// Replaces the AAAA records of the host alone. False, without any change, if there is no such host.
    bool set_address6(ipc::HostIndex host, const std::optional<base::Address6>& address6) noexcept;
    /// Replaces the TXT records at _acme-challenge.HOST. False, without any change, if there are too many, or
    /// if ipc::HostSetup does not allow a challenge for the host.
    bool set_challenge(ipc::HostIndex host, std::span<const ChallengeValue> values) noexcept;
    /// The first serial is taken unchanged; later ones are ignored unless they are greater (RFC 1982 section
    /// 3.2).
    void set_serial(std::uint32_t serial) noexcept;

    /// `name`: in wire form and any case. `labels`: the offsets of its labels.
    Match look_up(base::Bytes name, const dns::LabelStarts& labels) const noexcept;
    Match look_up(base::Bytes name) const noexcept;
    dns::Records records(const RRset& rrset) const noexcept;
    /// The SOA for negative answers; its owner is the apex.
    dns::Records negative_soa() const noexcept;
    /// The records of exactly this name, also below a delegation: glue is made of them. `name`: in wire form
    /// and any case.
    std::span<const RRset> records_at(base::Bytes name) const noexcept;
    /// The name in the data of the record that starts at `offset` of the RRset's wire form; `offset` moves to
    /// the next record. Only for types for which has_target() is true.
    Target next_target(const RRset& rrset, std::size_t& offset) const noexcept;

    ipc::AnyPolicy any_policy() const noexcept { return any_policy_; }
    std::uint32_t serial() const noexcept { return serial_.value_or(0); }

private:
    /// No name needs both: what a delegation covers is served by another zone, its wildcards too.
    enum class Link : std::uint8_t {
        none,
        wildcard,   ///< to "*" directly below this name
        delegation, ///< to the highest delegation at or above this name
    };

    /// The RRsets of one name are adjacent in rrsets_; their records follow the name in bytes_.
    struct Node {
        std::uint32_t name = 0;  ///< its offset in bytes_
        std::uint32_t first = 0; ///< its first RRset
        std::uint16_t count = 0; ///< of RRsets
        std::uint8_t name_size = 0;
        Link link = Link::none;
        std::uint32_t linked = 0; ///< the number of that name
        /// Why the name exists: one if it has records, and one for each existing name directly below it.
        std::uint32_t reasons = 0;

        bool exists() const noexcept { return reasons != 0; }
        /// Counts one more or one less. Returns whether the name has appeared or vanished by that.
        bool count_reason(bool is_new) noexcept
        {
            const bool existed = exists();
            reasons += is_new ? 1U : -1U;
            return exists() != existed;
        }
    };

    struct Challenge {
        std::uint32_t host = 0; ///< an ipc::HostIndex
        std::uint32_t name = 0; ///< the number of _acme-challenge.HOST
    };

    void make_room(std::size_t hosts);
    base::Bytes below_apex(const dns::Name& name) const noexcept;
    /// The number of the name, which is added if it is new. `below_apex`: the labels before the zone's apex
    /// in lower case, without the root's byte; empty for the apex.
    std::uint32_t insert(base::Bytes below_apex);
    /// `below_apex`: in any case.
    std::optional<std::uint32_t> find(base::Bytes below_apex) const noexcept;
    base::Bytes name_of(const Node& node) const noexcept;
    void link_wildcard(std::uint32_t number);
    void link_delegation(std::uint32_t number);
    bool is_delegation(std::uint32_t number) const noexcept;
    bool has_records(std::uint32_t number) const noexcept;
    /// Call it after each change of a name's records. `had`: what has_records() was before.
    void note_change(std::uint32_t number, bool had) noexcept;
    /// Calls `change` with the host's node. False if there is no such host.
    template <typename Change>
    bool change_host(ipc::HostIndex host, Change change) noexcept;
    const Node& closest_encloser(base::Bytes below_apex, const dns::LabelStarts& labels) const noexcept;
    Match match_at(const Node& node, std::size_t apex_offset) const noexcept;
    std::span<const RRset> rrsets_of(const Node& node) const noexcept;
    void add_soa(const ipc::ResponderSetup& setup);
    /// Of the host that was added last.
    void add_challenge(const dns::Name& name);
    void add_addresses(Node& node, const ipc::HostSetup& host, dns::Type type);
    void add_other_types(Node& node, const ipc::HostSetup& host);
    RRset& add_rrset(Node& node, dns::Type type);
    void add_record(RRset& rrset, std::uint32_t ttl, base::Bytes data);
    void append_record(dns::Type type, std::uint32_t ttl, base::Bytes data);
    RRset* find_rrset(const Node& node, dns::Type type) noexcept;
    void replace_address(const Node& node, dns::Type type, base::Bytes data) noexcept;

    dns::Name apex_; ///< in lower case
    ipc::AnyPolicy any_policy_;
    NameTable numbers_;                 ///< of the names
    std::vector<Node> nodes_;           ///< by the name's number
    std::vector<std::uint32_t> hosts_;  ///< by ipc::HostIndex: the number of the name
    std::vector<Challenge> challenges_; ///< sorted by host
    std::vector<RRset> rrsets_;
    std::vector<std::uint8_t> bytes_; ///< names and records in wire form
    std::size_t longest_ = 0;         ///< bytes before the apex in the longest name
    bool has_links_ = false;          ///< there is a wildcard or a delegation
    RRset negative_soa_;
    std::array<std::size_t, 2> serial_offsets_{}; ///< in bytes_: the zone's SOA and the negative answers'
    std::optional<std::uint32_t> serial_;
};

} // namespace zone
