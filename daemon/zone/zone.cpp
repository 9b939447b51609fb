#include "daemon/zone/zone.h"

#include <algorithm>
#include <stdexcept>

#include "proto/base/text.h"
#include "proto/base/time.h"

namespace zone
{

namespace
{

constexpr std::size_t record_head = 12;     // owner, type, class, TTL, length of the data
constexpr std::size_t serial_from_end = 20; // five numbers end an SOA (RFC 1035 section 3.3.13)

void append(std::vector<std::uint8_t>& to, base::Bytes octets)
{
    to.insert(to.end(), octets.begin(), octets.end());
}

std::vector<std::uint8_t> soa_data(const ipc::ResponderSetup& setup)
{
    std::vector<std::uint8_t> data;
    append(data, setup.name_servers.at(0).wire());
    append(data, setup.mailbox.wire());
    std::array<std::uint8_t, serial_from_end> numbers{};
    base::Writer out{numbers};
    for (const std::uint32_t number :
         {std::uint32_t{0}, Zone::refresh, Zone::retry, Zone::expire, Zone::minimum}) {
        out.u32(number);
    }
    append(data, numbers);
    return data;
}

/// Whether `name`, both in lower case, ends with `apex` at a label boundary.
bool ends_with(base::Bytes name, base::Bytes apex) noexcept
{
    if (name.size() < apex.size()) {
        return false;
    }
    const std::size_t boundary = name.size() - apex.size();
    std::size_t at = 0;
    while (at < boundary) {
        at += 1U + name[at];
    }
    return at == boundary &&
           std::equal(apex.begin(), apex.end(), name.begin() + static_cast<std::ptrdiff_t>(at));
}

} // namespace

Zone::Zone(const ipc::ResponderSetup& setup) : apex_(setup.apex.lowered()), any_policy_(setup.any)
{
    Node& apex = node_at({});
    add_soa(setup);
    RRset& name_servers = add_rrset(apex, dns::Type::ns);
    for (const dns::Name& name : setup.name_servers) {
        add_record(name_servers, apex_ttl, name.wire());
    }
}

Zone::Node& Zone::node_at(base::Bytes below_apex)
{
    const std::uint32_t number = names_.insert(below_apex);
    if (number >= nodes_.size()) {
        nodes_.emplace_back();
    }
    return nodes_[number];
}

void Zone::add_soa(const ipc::ResponderSetup& setup)
{
    const std::vector<std::uint8_t> data = soa_data(setup);
    add_record(add_rrset(nodes_[0], dns::Type::soa), apex_ttl, data);
    serial_offsets_[0] = wire_.size() - serial_from_end;
    negative_soa_ = {dns::Type::soa, 0, static_cast<std::uint32_t>(wire_.size()), 0};
    add_record(negative_soa_, std::min(apex_ttl, minimum), data); // RFC 2308 section 3
    serial_offsets_[1] = wire_.size() - serial_from_end;
}

void Zone::add_host(const ipc::HostSetup& host)
{
    const dns::Name name = host.name.lowered();
    if (!ends_with(name.wire(), apex_.wire())) {
        throw std::invalid_argument{"a host is outside the zone"};
    }
    const base::Bytes below_apex = name.wire().first(name.wire().size() - apex_.wire().size());
    hosts_.push_back(names_.insert(below_apex));
    for (base::Bytes at = below_apex; !at.empty(); at = at.subspan(1U + at[0])) {
        node_at(at); // empty non-terminals on the way exist (RFC 4592 section 2.2.2)
    }
    Node& node = nodes_[hosts_.back()];
    add_addresses(node, host, dns::Type::a, base::Address4{}.octets.size());
    add_addresses(node, host, dns::Type::aaaa, base::Address6{}.octets.size());
    add_other_types(node, host);
}

/// There is always room for one record, so that an update changes it in place.
void Zone::add_addresses(Node& node, const ipc::HostSetup& host, dns::Type type, std::size_t data_octets)
{
    RRset& rrset = add_rrset(node, type);
    for (const ipc::StaticRecord& record : host.records) {
        if (dns::Type{record.type} != type) {
            continue;
        }
        if (record.data.size() != data_octets) {
            throw std::invalid_argument{"an address has the wrong length"};
        }
        add_record(rrset, host.ttl, record.data);
    }
    if (rrset.count == 0) {
        append_record(type, host.ttl, std::vector<std::uint8_t>(data_octets));
    }
}

void Zone::add_other_types(Node& node, const ipc::HostSetup& host)
{
    const auto is_done = [&](std::size_t i) {
        const dns::Type type{host.records[i].type};
        return type == dns::Type::a || type == dns::Type::aaaa ||
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

/// The reference holds until the next RRset is added.
RRset& Zone::add_rrset(Node& node, dns::Type type)
{
    if (node.first + node.count != rrsets_.size()) {
        // only the apex gets RRsets at different times: its new place is the end, the old one stays unused
        const std::vector<RRset> before(rrsets_.begin() + node.first,
                                        rrsets_.begin() + node.first + node.count);
        node.first = static_cast<std::uint32_t>(rrsets_.size());
        rrsets_.insert(rrsets_.end(), before.begin(), before.end());
    }
    ++node.count;
    return rrsets_.emplace_back(RRset{type, 0, static_cast<std::uint32_t>(wire_.size()), 0});
}

void Zone::add_record(RRset& rrset, std::uint32_t ttl, base::Bytes data)
{
    append_record(rrset.type, ttl, data);
    ++rrset.count;
    rrset.size = static_cast<std::uint32_t>(wire_.size() - rrset.offset);
}

void Zone::append_record(dns::Type type, std::uint32_t ttl, base::Bytes data)
{
    std::array<std::uint8_t, record_head> head{};
    base::Writer out{head};
    out.u16(dns::owner_is_question);
    out.u16(static_cast<std::uint16_t>(type));
    out.u16(static_cast<std::uint16_t>(dns::Class::in));
    out.u32(ttl);
    out.u16(static_cast<std::uint16_t>(data.size()));
    append(wire_, head);
    append(wire_, data);
}

void Zone::shrink_to_fit()
{
    names_.shrink_to_fit();
    nodes_.shrink_to_fit();
    hosts_.shrink_to_fit();
    rrsets_.shrink_to_fit();
    wire_.shrink_to_fit();
}

RRset* Zone::find_rrset(const Node& node, dns::Type type) noexcept
{
    for (RRset& rrset : std::span{rrsets_}.subspan(node.first, node.count)) {
        if (rrset.type == type) {
            return &rrset;
        }
    }
    return nullptr;
}

/// Empty `data` takes the records away.
void Zone::replace_address(const Node& node, dns::Type type, base::Bytes data) noexcept
{
    RRset* rrset = find_rrset(node, type);
    if (rrset == nullptr) {
        return;
    }
    std::copy(data.begin(), data.end(),
              wire_.begin() + static_cast<std::ptrdiff_t>(rrset->offset + record_head));
    rrset->count = data.empty() ? 0 : 1;
    rrset->size = data.empty() ? 0 : static_cast<std::uint32_t>(record_head + data.size());
}

bool Zone::set_addresses(ipc::HostIndex host, const std::optional<base::Address4>& address4,
                         const std::optional<base::Address6>& address6) noexcept
{
    const auto index = static_cast<std::uint32_t>(host);
    if (index >= hosts_.size()) {
        return false;
    }
    const Node& node = nodes_[hosts_[index]];
    replace_address(node, dns::Type::a, address4 ? base::Bytes{address4->octets} : base::Bytes{});
    replace_address(node, dns::Type::aaaa, address6 ? base::Bytes{address6->octets} : base::Bytes{});
    return true;
}

void Zone::set_serial(std::uint32_t serial) noexcept
{
    if (serial_ && !base::serial_less(*serial_, serial)) {
        return;
    }
    serial_ = serial;
    for (const std::size_t offset : serial_offsets_) {
        base::Writer{base::MutableBytes{wire_}.subspan(offset)}.u32(serial);
    }
}

Match Zone::look_up(base::Bytes name) const noexcept
{
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): as much of it is written as is read
    std::array<std::uint8_t, dns::Name::max_wire_octets> folded;
    const base::Bytes lowered = base::Bytes{folded}.first(name.size());
    // length octets are below 'A', so folding every octet leaves them alone
    std::transform(name.begin(), name.end(), folded.begin(),
                   [](std::uint8_t octet) { return base::lower(octet); });
    if (!ends_with(lowered, apex_.wire())) {
        return {};
    }
    const std::size_t apex_offset = name.size() - apex_.wire().size();
    const auto number = names_.find(lowered.first(apex_offset));
    if (!number) {
        return {Place::missing, apex_offset, {}};
    }
    const Node& node = nodes_[*number];
    return {Place::present, apex_offset, std::span{rrsets_}.subspan(node.first, node.count)};
}

dns::Records Zone::records(const RRset& rrset) const noexcept
{
    return {base::Bytes{wire_}.subspan(rrset.offset, rrset.size), rrset.count};
}

dns::Records Zone::negative_soa() const noexcept
{
    return records(negative_soa_);
}

} // namespace zone
