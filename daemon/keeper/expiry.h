// When the next host's lifetime ends: a heap of host numbers that knows where each one stands.
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
    /// For hosts 0 to `hosts` - 1. Allocates all that it will need.
    explicit Expiry(std::size_t hosts);

    /// From now on `host` ends at `when`, whether it was here or not.
    void set(HostNumber host, base::UnixTime when) noexcept;
    void remove(HostNumber host) noexcept;

    /// The one that ends first.
    std::optional<HostNumber> first() const noexcept;
    /// Of a host that is here.
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
