// Hosts that should report (`expect` in the config), and those of them that did not.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/keeper/expiry.h"
#include "daemon/keeper/hosts.h"
#include "proto/base/time.h"

namespace keeper
{

class Overdue
{
public:
    /// `hosts` must outlive it and be finished.
    explicit Overdue(const Hosts& hosts);

    /// Call this once the reports are read. Each of the hosts must have one.
    void begin() noexcept;
    /// Call this when the host's report has changed. True if the host was overdue, and is not any more.
    bool reported(HostNumber host) noexcept;
    /// Takes the next host that has become overdue at `now`.
    std::optional<HostNumber> take(base::UnixTime now) noexcept;
    /// When the next host becomes overdue.
    std::optional<base::UnixTime> next() const noexcept;
    /// Since when the host is overdue; none if it is not.
    std::optional<base::UnixTime> since(HostNumber host) const noexcept;
    std::uint32_t count() const noexcept { return count_; }

private:
    std::optional<std::uint32_t> place_of(HostNumber host) const noexcept;
    base::UnixTime due(std::uint32_t place) const noexcept;

    const Hosts& hosts_;
    Expiry due_; ///< of the places in hosts_.expected(); those that are overdue are not in the heap
    std::vector<bool> is_overdue_;
    std::uint32_t count_ = 0;
};

} // namespace keeper
