// Which names of hosts were seen already.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "proto/config/config.h"

namespace config
{

/// Knows hosts by their number in a list that grows; the list holds the names, so that nothing is copied.
class HostNames
{
public:
    /// The number of the first one with the name of the last of `hosts`, which is remembered where it is new.
    std::size_t find_or_add_last(const std::vector<Host>& hosts)
    {
        const std::size_t last = hosts.size() - 1;
        if (2 * (count_ + 1) > slots_.size()) {
            grow(hosts);
        }
        std::uint32_t& slot = slot_of(hosts, hosts[last].name);
        if (slot == empty) {
            slot = static_cast<std::uint32_t>(last);
            ++count_;
        }
        return slot;
    }

private:
    static constexpr std::uint32_t empty = 0xFFFFFFFF;

    /// Where it is, or where it belongs.
    std::uint32_t& slot_of(const std::vector<Host>& hosts, const dns::Name& name)
    {
        const std::size_t mask = slots_.size() - 1;
        std::size_t at = std::hash<std::string_view>{}(base::as_text(name.wire())) & mask;
        while (slots_[at] != empty && hosts[slots_[at]].name != name) {
            at = (at + 1) & mask;
        }
        return slots_[at];
    }

    void grow(const std::vector<Host>& hosts)
    {
        constexpr std::size_t fewest = 64;
        std::vector<std::uint32_t> old(std::max(fewest, 2 * slots_.size()), empty);
        old.swap(slots_);
        for (const std::uint32_t number : old) {
            if (number != empty) {
                slot_of(hosts, hosts[number].name) = number;
            }
        }
    }

    std::vector<std::uint32_t> slots_; ///< a power of two of them, at most half of them taken
    std::size_t count_ = 0;
};

} // namespace config
