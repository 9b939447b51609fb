// Finds the host that expires next: a binary heap of host numbers with an index of their positions.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/keeper/hosts.h"
#include "proto/base/time.h"

namespace keeper
{

class Expiry
{
public:
    /// For the hosts 0 to `hosts` - 1. Allocates everything.
    explicit Expiry(std::size_t hosts);

    /// Sets the time at which `host` expires; adds it if it is not in the heap.
    void set(HostNumber host, base::UnixTime when) noexcept;
    void remove(HostNumber host) noexcept;

    /// The host that expires first; nullopt if there is none.
    std::optional<HostNumber> first() const noexcept;
    /// When a host that is in the heap expires.
    base::UnixTime when(HostNumber host) const noexcept { return when_[host]; }
    std::size_t size() const noexcept { return heap_.size(); }

private:
    static constexpr std::uint32_t absent = 0xFFFFFFFF;

    void put(std::size_t at, HostNumber host) noexcept;
    void rise(std::size_t at) noexcept;
    void sink(std::size_t at) noexcept;

    std::vector<HostNumber> heap_;
    std::vector<std::uint32_t> position_; ///< in heap_, or absent
    std::vector<base::UnixTime> when_;
};

} // namespace keeper
