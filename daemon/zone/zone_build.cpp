// Builds the zone from the setup, once, at the start.
#include <algorithm>

#include "daemon/zone/wire_names.h"
#include "daemon/zone/zone.h"

namespace zone
{

namespace
{

constexpr std::size_t serial_from_end = 20; // the last five fields of an SOA (RFC 1035 section 3.3.13)

constexpr std::size_t address_bytes(dns::Type type) noexcept
{
    return type == dns::Type::a ? base::Address4{}.bytes.size() : base::Address6{}.bytes.size();
}

void append(std::vector<std::uint8_t>& to, base::Bytes bytes)
{
    to.insert(to.end(), bytes.begin(), bytes.end());
}

std::vector<std::uint8_t> soa_data(const ipc::ResponderSetup& setup)
{
    std::vector<std::uint8_t> data;
    append(data, setup.name_servers.at(0).wire());
    append(data, setup.mailbox.wire());
    std::array<std::uint8_t, serial_from_end> numbers{};
    base::Writer out{numbers};
    for (const std::uint32_t number :
         {std::uint32_t{0}, Zone::refresh, Zone::retry, Zone::expire, setup.negative_ttl}) {
        out.u32(number);
    }
    append(data, numbers);
    return data;
}

/// An alias has no other records (RFC 1034 section 3.6.2).
bool is_alias(const ipc::HostSetup& host) noexcept
{
    return std::ranges::any_of(host.records, [](const ipc::StaticRecord& record) {
        return dns::Type{record.type} == dns::Type::cname;
    });
}

/// Checks that addresses have the length of their type, and that the data holds a name if the type has one.
bool is_valid(const ipc::StaticRecord& record)
{
    const dns::Type type{record.type};
    if (is_address(type)) {
        return record.data.size() == address_bytes(type);
    }
    if (!has_target(type)) {
        return true;
    }
    base::Reader in{record.data};
    in.take(target_offset(type));
    dns::Name::read(in, dns::Compression::forbidden);
    return in.finished();
}

} // namespace

Zone::Zone(const ipc::ResponderSetup& setup) : apex_(setup.apex.lowered()), any_policy_(setup.any)
{
    make_room(setup.hosts);
    insert({});
    add_soa(setup);
    note_change(0, false);
    RRset& name_servers = add_rrset(nodes_[0], dns::Type::ns);
    for (const dns::Name& name : setup.name_servers) {
        add_record(name_servers, apex_ttl, name.wire());
    }
}

/// Reserves everything at once, so that nothing is copied when a vector grows. Reserved memory that is never
/// used is not touched and costs nothing.
void Zone::make_room(std::size_t hosts)
{
    constexpr std::size_t usual_bytes = 64; // one label, and an address of each family
    constexpr std::size_t usual_rrsets = 2;
    numbers_.reserve(hosts + 1);
    nodes_.reserve(hosts + 1);
    hosts_.reserve(hosts);
    rrsets_.reserve(hosts * usual_rrsets + usual_rrsets);
    bytes_.reserve(hosts * usual_bytes);
}

base::Bytes Zone::below_apex(const dns::Name& name) const noexcept
{
    return name.wire().first(name.wire().size() - apex_.wire().size());
}

std::uint32_t Zone::insert(base::Bytes below_apex)
{
    if (const auto number = find(below_apex)) {
        return *number;
    }
    const auto number = static_cast<std::uint32_t>(nodes_.size());
    numbers_.insert(hash_of(below_apex), number);
    Node& node = nodes_.emplace_back();
    node.name = static_cast<std::uint32_t>(bytes_.size());
    longest_ = std::max(longest_, below_apex.size());
    node.name_size = static_cast<std::uint8_t>(below_apex.size());
    append(bytes_, below_apex);
    return number;
}

void Zone::add_soa(const ipc::ResponderSetup& setup)
{
    const std::vector<std::uint8_t> data = soa_data(setup);
    add_record(add_rrset(nodes_[0], dns::Type::soa), apex_ttl, data);
    serial_offsets_[0] = bytes_.size() - serial_from_end;
    negative_soa_ = {dns::Type::soa, 0, static_cast<std::uint32_t>(bytes_.size()), 0};
    add_record(negative_soa_, std::min(apex_ttl, setup.negative_ttl), data); // RFC 2308 section 3
    serial_offsets_[1] = bytes_.size() - serial_from_end;
}

bool Zone::add_host(const ipc::HostSetup& host)
{
    const dns::Name name = host.name.lowered();
    if (!name.is_at_or_below(apex_) || !std::ranges::all_of(host.records, is_valid)) {
        return false;
    }
    std::optional<dns::Name> challenge;
    if (host.may_have_challenge) {
        challenge = name.child("_acme-challenge"); // RFC 8555 section 8.4
        if (!challenge || !records_at(challenge->wire()).empty()) {
            return false;
        }
    }
    base::Bytes above = below_apex(name);
    while (!above.empty()) {
        above = above.subspan(1U + above[0]);
        insert(above); // these are empty non-terminals at least (RFC 4592 section 2.2.2)
    }
    hosts_.push_back(insert(below_apex(name))); // last: its records must follow it in bytes_
    Node& node = nodes_[hosts_.back()];
    const bool had = has_records(hosts_.back());
    if (!is_alias(host)) {
        add_addresses(node, host, dns::Type::a);
        add_addresses(node, host, dns::Type::aaaa);
    }
    add_other_types(node, host);
    note_change(hosts_.back(), had);
    if (challenge) {
        add_challenge(*challenge);
    }
    return true;
}

/// Reserves room for all values, so that they change in place.
void Zone::add_challenge(const dns::Name& name)
{
    const std::uint32_t number = insert(below_apex(name));
    challenges_.push_back({static_cast<std::uint32_t>(hosts_.size() - 1), number});
    add_rrset(nodes_[number], dns::Type::txt);
    std::array<std::uint8_t, 1 + ChallengeValue{}.size()> string{};
    string[0] = ChallengeValue{}.size();
    for (std::size_t i = 0; i < max_challenge_values; ++i) {
        append_record(dns::Type::txt, challenge_ttl, string);
    }
}

/// Reserves room for one record even if there is none, so that an update changes it in place.
void Zone::add_addresses(Node& node, const ipc::HostSetup& host, dns::Type type)
{
    RRset& rrset = add_rrset(node, type);
    for (const ipc::StaticRecord& record : host.records) {
        if (dns::Type{record.type} == type) {
            add_record(rrset, host.ttl, record.data);
        }
    }
    if (rrset.count == 0) {
        append_record(type, host.ttl, std::vector<std::uint8_t>(address_bytes(type)));
    }
}

void Zone::add_other_types(Node& node, const ipc::HostSetup& host)
{
    const auto is_done = [&](std::size_t i) {
        const dns::Type type{host.records[i].type};
        return is_address(type) ||
               std::any_of(host.records.begin(), host.records.begin() + static_cast<std::ptrdiff_t>(i),
                           [&](const ipc::StaticRecord& r) { return r.type == host.records[i].type; });
    };
    for (std::size_t i = 0; i < host.records.size(); ++i) {
        if (is_done(i)) {
            continue;
        }
        RRset& rrset = add_rrset(node, dns::Type{host.records[i].type});
        for (std::size_t k = i; k < host.records.size(); ++k) {
            if (host.records[k].type == host.records[i].type) {
                add_record(rrset, host.ttl, host.records[k].data);
            }
        }
    }
}

/// The reference is valid until the next RRset is added.
RRset& Zone::add_rrset(Node& node, dns::Type type)
{
    if (node.first + node.count != rrsets_.size()) {
        // only the apex gets RRsets at different times: they move to the end, and the old place stays unused
        const auto first = rrsets_.begin() + static_cast<std::ptrdiff_t>(node.first);
        const std::vector<RRset> before(first, first + static_cast<std::ptrdiff_t>(node.count));
        node.first = static_cast<std::uint32_t>(rrsets_.size());
        rrsets_.insert(rrsets_.end(), before.begin(), before.end());
    }
    ++node.count;
    return rrsets_.emplace_back(RRset{type, 0, static_cast<std::uint32_t>(bytes_.size()), 0});
}

void Zone::add_record(RRset& rrset, std::uint32_t ttl, base::Bytes data)
{
    append_record(rrset.type, ttl, data);
    ++rrset.count;
    rrset.size = static_cast<std::uint32_t>(bytes_.size() - rrset.offset);
}

void Zone::append_record(dns::Type type, std::uint32_t ttl, base::Bytes data)
{
    std::array<std::uint8_t, dns::record_head_bytes> head{};
    base::Writer out{head};
    out.u16(dns::owner_is_question);
    out.u16(static_cast<std::uint16_t>(type));
    out.u16(static_cast<std::uint16_t>(dns::Class::in));
    out.u32(ttl);
    out.u16(static_cast<std::uint16_t>(data.size()));
    append(bytes_, head);
    append(bytes_, data);
}

void Zone::complete()
{
    bool any_is_delegated = false;
    for (std::uint32_t number = 0; number < nodes_.size(); ++number) {
        link_wildcard(number);
        any_is_delegated = any_is_delegated || (number != 0 && is_delegation(number));
    }
    for (std::uint32_t number = 0; any_is_delegated && number < nodes_.size(); ++number) {
        link_delegation(number);
    }
}

void Zone::link_wildcard(std::uint32_t number)
{
    const base::Bytes name = name_of(nodes_[number]);
    if (name.size() >= 2 && name[0] == 1 && name[1] == '*') { // RFC 4592 section 2.1.1
        Node& parent = nodes_[find(name.subspan(2)).value()];
        parent.link = Link::wildcard;
        parent.linked = number;
        has_links_ = true;
    }
}

void Zone::link_delegation(std::uint32_t number)
{
    for (base::Bytes at = name_of(nodes_[number]); !at.empty(); at = at.subspan(1U + at[0])) {
        const std::uint32_t above = find(at).value();
        if (is_delegation(above)) {
            nodes_[number].link = Link::delegation;
            nodes_[number].linked = above; // the last one found is the highest
            has_links_ = true;
        }
    }
}

/// `number`: of a name below the apex.
bool Zone::is_delegation(std::uint32_t number) const noexcept
{
    const auto rrsets = rrsets_of(nodes_[number]);
    return std::ranges::any_of(rrsets, [](const RRset& r) { return r.type == dns::Type::ns; });
}

} // namespace zone
