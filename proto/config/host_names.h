// Which names of hosts were seen already.
#pragma once

#include <algorithm>
#include <bit>
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
    /// Makes room for so many at once.
    void reserve(std::size_t hosts)
    {
        if (2 * hosts > slots_.size()) {
            grow(std::bit_ceil(2 * hosts));
        }
    }

    /// The last of `hosts` will be asked for next. Its place in the table lies anywhere, so it is on its way
    /// from memory while the rest of the host is read.
    void announce(const std::vector<Host>& hosts) noexcept
    {
        announced_ = hash_of(hosts.back());
        if (!slots_.empty()) {
            __builtin_prefetch(&slots_[announced_ & (slots_.size() - 1)]);
        }
    }

    /// The number of the first one with the name of the host that was announced, which is remembered where it
    /// is new.
    std::size_t find_or_add(const std::vector<Host>& hosts, std::size_t number)
    {
        if (2 * (count_ + 1) > slots_.size()) {
            grow(std::max(fewest, 2 * slots_.size()));
        }
        const std::string_view name = base::as_text(hosts[number].name.wire());
        Slot& slot = slot_of(announced_, [&](const Slot& taken) {
            return taken.hash == announced_ && base::as_text(hosts[taken.host].name.wire()) == name;
        });
        if (slot.host == empty) {
            slot = {static_cast<std::uint32_t>(number), announced_};
            ++count_;
        }
        return slot.host;
    }

private:
    static constexpr std::size_t fewest = 64;
    static constexpr std::uint32_t empty = 0xFFFFFFFF;

    /// With the hash, so that other hosts' names, which lie far apart, are hardly ever looked at.
    struct Slot {
        std::uint32_t host = empty;
        std::uint32_t hash = 0;
    };

    static std::uint32_t hash_of(const Host& host) noexcept
    {
        return static_cast<std::uint32_t>(std::hash<std::string_view>{}(base::as_text(host.name.wire())));
    }

    /// The one that `is_it` finds, or where it belongs.
    template <typename IsIt>
    Slot& slot_of(std::uint32_t hash, IsIt is_it)
    {
        const std::size_t mask = slots_.size() - 1;
        std::size_t at = hash & mask;
        while (slots_[at].host != empty && !is_it(slots_[at])) {
            at = (at + 1) & mask;
        }
        return slots_[at];
    }

    void grow(std::size_t slots)
    {
        std::vector<Slot> old(slots);
        old.swap(slots_);
        for (const Slot& slot : old) {
            if (slot.host != empty) {
                slot_of(slot.hash, [](const Slot& /*taken*/) { return false; }) = slot;
            }
        }
    }

    std::vector<Slot> slots_; ///< a power of two of them, at most half of them taken
    std::size_t count_ = 0;
    std::uint32_t announced_ = 0; ///< the hash of its name
};

} // namespace config
