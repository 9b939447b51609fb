#include "proto/config/cname_chains.h"

#include <algorithm>

#include "proto/base/bytes.h"

namespace config
{

namespace
{

// Marks instead of a length.
constexpr std::uint8_t unknown = 0;
constexpr std::uint8_t capped = CnameChains::max_length + 2;
constexpr std::uint8_t on_path = 253;
constexpr std::uint8_t endless = 254;
constexpr std::uint8_t first_of_loop = 255;

const Record* first_cname(const Host& host) noexcept
{
    const auto found = std::ranges::find_if(
        host.records, [](const Record& record) { return record.type == dns::Type::cname; });
    return found == host.records.end() ? nullptr : &*found;
}

constexpr std::uint8_t longer(std::uint8_t length, std::size_t by) noexcept
{
    return length >= endless ? endless
                             : static_cast<std::uint8_t>(std::min<std::size_t>(length + by, capped));
}

} // namespace

CnameChains::CnameChains(const Config& config, ZoneIndex& index) : config_(config)
{
    const bool any = index.has_other_records() && std::ranges::any_of(config.hosts, [](const Host& host) {
                         return first_cname(host) != nullptr;
                     });
    if (!any) {
        return;
    }
    link(index);
    length_ = std::vector<std::uint8_t>(config.hosts.size(), unknown);
    for (std::uint32_t i = 0; i < next_.size(); ++i) {
        if (first_cname(config.hosts[i]) != nullptr) {
            follow(i);
        }
    }
}

CnameChains::Status CnameChains::status(const Host& host) const noexcept
{
    if (next_.empty()) {
        return Status::ok;
    }
    const auto number = static_cast<std::size_t>(&host - config_.hosts.data());
    if (length_[number] == first_of_loop) {
        return Status::loop;
    }
    if (length_[number] == max_length + 1) {
        return Status::too_long;
    }
    return next_[number] == no_target ? Status::dangling : Status::ok;
}

void CnameChains::link(ZoneIndex& index)
{
    next_ = std::vector<std::uint32_t>(config_.hosts.size(), chain_end);
    for (std::size_t i = 0; i < next_.size(); ++i) {
        const Record* const cname = first_cname(config_.hosts[i]);
        if (cname == nullptr) {
            continue;
        }
        base::Reader in{cname->data};
        const auto found = index.find(dns::Name::read(in));
        if (found.place == ZoneIndex::Place::missing) {
            next_[i] = no_target;
        } else if (found.delegation == nullptr && found.host != nullptr &&
                   first_cname(*found.host) != nullptr) {
            next_[i] = static_cast<std::uint32_t>(found.host - config_.hosts.data());
        }
    }
}

void CnameChains::follow(std::uint32_t start)
{
    std::size_t steps = 0;
    std::uint32_t end = start;
    for (; end < next_.size() && length_[end] == unknown; end = next_[end]) {
        length_[end] = on_path;
        ++steps;
    }
    std::uint8_t length = end < next_.size() ? length_[end] : 0;
    if (length == on_path) {
        mark_loop(end);
        length = endless;
    }
    for (std::uint32_t at = start; at < next_.size() && length_[at] == on_path; at = next_[at]) {
        length_[at] = longer(length, steps);
        --steps;
    }
}

void CnameChains::mark_loop(std::uint32_t start)
{
    std::uint32_t first = start;
    for (std::uint32_t at = start; length_[at] == on_path; at = next_[at]) {
        first = std::min(first, at);
        length_[at] = endless;
    }
    length_[first] = first_of_loop;
}

} // namespace config
