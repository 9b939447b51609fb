#include "proto/config/cname_chains.h"

#include <algorithm>

#include "proto/base/bytes.h"

namespace config
{

namespace
{

// Marks in place of a length.
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

constexpr std::uint8_t one_longer(std::uint8_t length) noexcept
{
    return length >= endless ? endless
                             : std::min<std::uint8_t>(static_cast<std::uint8_t>(length + 1), capped);
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
    length_.resize(config.hosts.size(), unknown);
    for (std::uint32_t i = 0; i < next_.size(); ++i) {
        if (first_cname(config.hosts[i]) != nullptr) {
            follow(i);
        }
    }
}

CnameChains::Fate CnameChains::fate(const Host& host) const noexcept
{
    if (next_.empty()) {
        return Fate::fine;
    }
    const auto number = static_cast<std::size_t>(&host - config_.hosts.data());
    if (length_[number] == first_of_loop) {
        return Fate::loops;
    }
    if (length_[number] == max_length + 1) {
        return Fate::too_long;
    }
    return next_[number] == leads_nowhere ? Fate::missing : Fate::fine;
}

void CnameChains::link(ZoneIndex& index)
{
    next_.resize(config_.hosts.size(), leaves);
    for (std::size_t i = 0; i < next_.size(); ++i) {
        const Record* const cname = first_cname(config_.hosts[i]);
        if (cname == nullptr) {
            continue;
        }
        base::Reader in{cname->data};
        const auto found = index.find(dns::Name::read(in));
        if (found.place == ZoneIndex::Place::missing) {
            next_[i] = leads_nowhere;
        } else if (found.delegation == nullptr && found.host != nullptr &&
                   first_cname(*found.host) != nullptr) {
            next_[i] = static_cast<std::uint32_t>(found.host - config_.hosts.data());
        }
    }
}

void CnameChains::follow(std::uint32_t start)
{
    std::uint32_t at = start;
    while (at < next_.size() && length_[at] == unknown) {
        length_[at] = on_path;
        path_.push_back(at);
        at = next_[at];
    }
    std::uint8_t length = at < next_.size() ? length_[at] : 0;
    if (length == on_path) {
        close_loop(at);
        length = endless;
    }
    for (; !path_.empty(); path_.pop_back()) {
        length = one_longer(length);
        length_[path_.back()] = length;
    }
}

void CnameChains::close_loop(std::uint32_t start)
{
    std::uint32_t first = start;
    while (length_[start] == on_path) {
        first = std::min(first, path_.back());
        length_[path_.back()] = endless;
        path_.pop_back();
    }
    length_[first] = first_of_loop;
}

} // namespace config
