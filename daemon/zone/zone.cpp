#include "daemon/zone/zone.h"

#include <algorithm>

#include "daemon/zone/wire_names.h"
#include "proto/base/time.h"

namespace zone
{

RRset* Zone::find_rrset(const Node& node, dns::Type type) noexcept
{
    for (RRset& rrset : std::span{rrsets_}.subspan(node.first, node.count)) {
        if (rrset.type == type) {
            return &rrset;
        }
    }
    return nullptr;
}

/// Empty `data` removes the records.
void Zone::replace_address(const Node& node, dns::Type type, base::Bytes data) noexcept
{
    RRset* rrset = find_rrset(node, type);
    if (rrset == nullptr) {
        return;
    }
    std::copy(data.begin(), data.end(),
              bytes_.begin() + static_cast<std::ptrdiff_t>(rrset->offset + dns::record_head_bytes));
    rrset->count = data.empty() ? 0 : 1;
    rrset->size = data.empty() ? 0 : static_cast<std::uint32_t>(dns::record_head_bytes + data.size());
}

bool Zone::set_addresses(ipc::HostIndex host, const std::optional<base::Address4>& address4,
                         const std::optional<base::Address6>& address6) noexcept
{
    return change_host(host, [&](const Node& node) {
        replace_address(node, dns::Type::a, address4 ? base::Bytes{address4->bytes} : base::Bytes{});
        replace_address(node, dns::Type::aaaa, address6 ? base::Bytes{address6->bytes} : base::Bytes{});
    });
}

bool Zone::set_address6(ipc::HostIndex host, const std::optional<base::Address6>& address6) noexcept
{
    return change_host(host, [&](const Node& node) {
        replace_address(node, dns::Type::aaaa, address6 ? base::Bytes{address6->bytes} : base::Bytes{});
    });
}

template <typename Change>
bool Zone::change_host(ipc::HostIndex host, Change change) noexcept
{
    const auto index = static_cast<std::uint32_t>(host);
    if (index >= hosts_.size()) {
        return false;
    }
    const std::uint32_t number = hosts_[index];
    const bool had = has_records(number);
    change(nodes_[number]);
    note_change(number, had);
    return true;
}

bool Zone::set_challenge(ipc::HostIndex host, std::span<const ChallengeValue> values) noexcept
{
    const auto index = static_cast<std::uint32_t>(host);
    const auto found = std::ranges::lower_bound(challenges_, index, {}, &Challenge::host);
    if (found == challenges_.end() || found->host != index || values.size() > max_challenge_values) {
        return false;
    }
    const bool had = has_records(found->name);
    RRset& rrset = *find_rrset(nodes_[found->name], dns::Type::txt); // add_challenge() has made it
    base::Writer out{base::MutableBytes{bytes_}.subspan(rrset.offset)};
    for (const ChallengeValue& value : values) {
        out.skip(dns::record_head_bytes + 1); // the head and the length of the string stay the same
        out.bytes(value);
    }
    rrset.count = static_cast<std::uint16_t>(values.size());
    rrset.size = static_cast<std::uint32_t>(out.size());
    note_change(found->name, had);
    return true;
}

bool Zone::has_records(std::uint32_t number) const noexcept
{
    return std::ranges::any_of(rrsets_of(nodes_[number]),
                               [](const RRset& rrset) { return rrset.count != 0; });
}

void Zone::note_change(std::uint32_t number, bool had) noexcept
{
    if (has_records(number) == had) {
        return;
    }
    base::Bytes name = name_of(nodes_[number]);
    while (nodes_[number].count_reason(!had) && !name.empty()) {
        name = name.subspan(1U + name[0]);
        number = *find(name); // every name above a name of the table is in the table
    }
}

void Zone::set_serial(std::uint32_t serial) noexcept
{
    if (serial_ && !base::serial_less(*serial_, serial)) {
        return;
    }
    serial_ = serial;
    for (const std::size_t offset : serial_offsets_) {
        base::Writer{base::MutableBytes{bytes_}.subspan(offset)}.u32(serial);
    }
}

std::optional<std::uint32_t> Zone::find(base::Bytes below_apex) const noexcept
{
    if (below_apex.size() > longest_) {
        return std::nullopt;
    }
    return numbers_.find(hash_of(below_apex),
                         [&](std::uint32_t number) { return is_same(below_apex, name_of(nodes_[number])); });
}

base::Bytes Zone::name_of(const Node& node) const noexcept
{
    return base::Bytes{bytes_}.subspan(node.name, node.name_size);
}

Match Zone::look_up(base::Bytes name, const dns::LabelStarts& labels) const noexcept
{
    if (!ends_with_bytes(name, apex_.wire())) {
        return {};
    }
    const base::Bytes below_apex = name.first(name.size() - apex_.wire().size());
    const auto number = find(below_apex);
    if (number && nodes_[*number].exists()) { // a match consists of whole labels
        return match_at(nodes_[*number], below_apex.size());
    }
    if (!labels.contains(below_apex.size())) { // the apex's bytes are the end of a longer label
        return {};
    }
    if (has_links_) {
        const Node& encloser = closest_encloser(below_apex, labels);
        if (encloser.link == Link::delegation) {
            return match_at(encloser, below_apex.size());
        }
        if (encloser.link == Link::wildcard && nodes_[encloser.linked].exists()) {
            return match_at(nodes_[encloser.linked], below_apex.size());
        }
    }
    return {Place::missing, below_apex.size(), 0, {}};
}

Match Zone::look_up(base::Bytes name) const noexcept
{
    base::Reader in{name};
    dns::LabelStarts labels;
    dns::Name::read_in_place(in, labels);
    return look_up(name, labels);
}

/// The closest encloser of a name that does not exist (RFC 4592 section 3.3.1): the longest existing name
/// above it, at least the apex.
const Zone::Node& Zone::closest_encloser(base::Bytes below_apex,
                                         const dns::LabelStarts& labels) const noexcept
{
    // starts at the apex: every name above an existing name exists, so this takes no more lookups than the
    // zone has levels, however many labels the name has
    std::uint32_t found = 0;
    for (auto at = labels.before(below_apex.size()); at && *at != 0; at = labels.before(*at)) {
        const auto number = find(below_apex.subspan(*at));
        if (!number || !nodes_[*number].exists()) {
            break;
        }
        found = *number;
    }
    return nodes_[found];
}

Match Zone::match_at(const Node& node, std::size_t apex_offset) const noexcept
{
    if (node.link != Link::delegation) {
        return {Place::present, apex_offset, 0, rrsets_of(node)};
    }
    const Node& delegation = nodes_[node.linked];
    return {Place::delegated, apex_offset, apex_offset - delegation.name_size, rrsets_of(delegation)};
}

std::span<const RRset> Zone::rrsets_of(const Node& node) const noexcept
{
    return std::span{rrsets_}.subspan(node.first, node.count);
}

std::span<const RRset> Zone::records_at(base::Bytes name) const noexcept
{
    if (!ends_with_bytes(name, apex_.wire())) {
        return {};
    }
    const auto number = find(name.first(name.size() - apex_.wire().size()));
    return number ? rrsets_of(nodes_[*number]) : std::span<const RRset>{};
}

Target Zone::next_target(const RRset& rrset, std::size_t& offset) const noexcept
{
    base::Reader record{records(rrset).wire.subspan(offset)};
    record.take(dns::record_head_bytes - 2);
    const base::Bytes name = record.take(record.u16()).subspan(target_offset(rrset.type));
    const Target target{name, offset + record.position() - name.size()};
    offset += record.position();
    return target;
}

dns::Records Zone::records(const RRset& rrset) const noexcept
{
    return {base::Bytes{bytes_}.subspan(rrset.offset, rrset.size), rrset.count};
}

dns::Records Zone::negative_soa() const noexcept
{
    return records(negative_soa_);
}

} // namespace zone
