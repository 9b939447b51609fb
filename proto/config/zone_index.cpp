#include "proto/config/zone_index.h"

#include <algorithm>
#include <array>
#include <utility>

namespace config
{

namespace
{

/// The number of bytes of the labels that two keys have in common.
std::size_t common_prefix(std::string_view left, std::string_view right) noexcept
{
    const auto differ = std::mismatch(left.begin(), left.end(), right.begin(), right.end());
    const std::string_view same = left.substr(0, static_cast<std::size_t>(differ.first - left.begin()));
    return same.rfind('\0') + 1; // npos + 1 is 0
}

/// A shorter key is padded with zero bytes. The order is right because every key ends in one.
std::uint64_t front_of(std::string_view key) noexcept
{
    std::uint64_t front = 0;
    for (std::size_t i = 0; i < sizeof front; ++i) {
        front = front << 8 | (i < key.size() ? static_cast<unsigned char>(key[i]) : 0U);
    }
    return front;
}

} // namespace

bool has_records(const Host& host, dns::Type type) noexcept
{
    return std::ranges::any_of(host.records, [&](const Record& record) { return record.type == type; });
}

bool has_addresses(const Host& host) noexcept
{
    return host.is_dynamic() || host.is_follower() || !host.a.empty() || !host.aaaa.empty();
}

bool is_wildcard(const Host& host) noexcept
{
    return base::as_text(host.name.first_label()) == "*";
}

void ZoneIndex::build()
{
    entries_.reserve(config_.hosts.size());
    for (std::uint32_t number = 0; number < config_.hosts.size(); ++number) {
        if (includes_ != nullptr && !includes_(config_.hosts[number])) {
            continue;
        }
        const std::size_t begin = keys_.size();
        append_key(keys_, config_.hosts[number].name.wire());
        entries_.push_back({front_of(std::string_view{keys_}.substr(begin)), begin, number, none,
                            static_cast<std::uint8_t>(keys_.size() - begin)});
    }
    std::sort(entries_.begin(), entries_.end(), [this](const Entry& left, const Entry& right) {
        if (left.front != right.front) {
            return left.front < right.front;
        }
        const int order = key(left).compare(key(right));
        return order < 0 || (order == 0 && left.host < right.host);
    });
    find_delegations();
}

void ZoneIndex::append_key(std::string& keys, base::Bytes wire) const
{
    std::array<std::uint8_t, dns::Name::max_wire_bytes> starts{};
    const base::Bytes below = wire.first(wire.size() - apex_size_);
    std::size_t labels = 0;
    for (std::size_t at = 0; at < below.size(); at += 1U + below[at]) {
        starts[labels++] = static_cast<std::uint8_t>(at);
    }
    while (labels > 0) {
        const std::size_t start = starts[--labels];
        keys += base::as_text(below.subspan(start + 1, below[start]));
        keys += '\0';
    }
}

/// Names below an entry follow it, so one pass finds the topmost delegation of each.
void ZoneIndex::find_delegations()
{
    std::uint32_t last = none;
    for (std::uint32_t i = 0; i < entries_.size(); ++i) {
        Entry& entry = entries_[i];
        if (last != none && !key(entry).starts_with(key(entries_[last]))) {
            last = none;
        }
        if (last == none && entry.key_size != 0 && has_records(config_.hosts[entry.host], dns::Type::ns)) {
            last = i;
        }
        entry.delegation = last;
    }
}

ZoneIndex::ZoneIndex(const Config& config, bool (*includes)(const Host&)) noexcept
    : config_(config), includes_(includes), apex_size_(config.server.domain.wire().size()),
      has_other_records_(
          std::ranges::any_of(config.hosts, [](const Host& host) { return !host.records.empty(); }))
{
}

ZoneIndex::Found ZoneIndex::find(const dns::Name& name)
{
    if (!name.is_at_or_below(config_.server.domain)) {
        return {};
    }
    if (entries_.empty()) {
        build();
    }
    std::string wanted;
    append_key(wanted, name.wire());
    const auto next = first_after(wanted);
    const Host* const host = host_before(next, wanted);
    if (next != entries_.begin()) {
        // every entry between a delegation and a name below it is below the delegation too
        const Entry& before = *(next - 1);
        if (before.delegation != none &&
            std::string_view{wanted}.starts_with(key(entries_[before.delegation]))) {
            return {Place::delegated, host, &config_.hosts[entries_[before.delegation].host]};
        }
    }
    const bool has_names_below = next != entries_.end() && key(*next).starts_with(wanted);
    if (host != nullptr || has_names_below || wanted.empty()) {
        return {Place::present, host, nullptr};
    }
    const Host* const wildcard = find_wildcard(wanted, next);
    return {wildcard != nullptr ? Place::wildcard : Place::missing, wildcard, nullptr};
}

ZoneIndex::Iterator ZoneIndex::first_after(std::string_view wanted) const
{
    return std::upper_bound(entries_.begin(), entries_.end(), wanted,
                            [this](std::string_view left, const Entry& right) { return left < key(right); });
}

const Host* ZoneIndex::host_before(Iterator next, std::string_view wanted) const
{
    const bool is_same = next != entries_.begin() && key(*(next - 1)) == wanted;
    return is_same ? &config_.hosts[(next - 1)->host] : nullptr;
}

/// The wildcard directly below the closest encloser of a name that does not exist (RFC 4592 section 3.3.1).
/// `next`: the first entry with a greater key.
const Host* ZoneIndex::find_wildcard(std::string_view key_of_name, Iterator next) const
{
    std::size_t encloser = 0;
    if (next != entries_.begin()) {
        encloser = common_prefix(key_of_name, key(*(next - 1)));
    }
    if (next != entries_.end()) {
        encloser = std::max(encloser, common_prefix(key_of_name, key(*next)));
    }
    std::string wildcard{key_of_name.substr(0, encloser)};
    wildcard += std::string_view{"*\0", 2};
    return host_before(first_after(wildcard), wildcard);
}

} // namespace config
