// The counters of all processes, as the console reads them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "daemon/common/counters.h"
#include "daemon/console/metric.h"
#include "privsep/unique_fd.h"
#include "proto/base/time.h"

namespace console
{

using common::OfKeeper;

class Pages
{
public:
    /// Each role but the responder has so many: one child, whose generations use two pages by turns.
    static constexpr std::size_t pages_of_one = 2;
    static constexpr std::size_t pages_before_responders = 3 * pages_of_one;

    /// Maps `memories`, which are not needed afterwards: the pages of the updater, the keeper and
    /// updater-tls, then those of the responders. None, if there are fewer. `own`: what the console counts
    /// itself.
    Pages(std::span<const privsep::UniqueFd> memories, common::Tally<common::OfConsole>& own);
    /// The same, of memory that is mapped.
    Pages(std::vector<const std::uint64_t*> pages, common::Tally<common::OfConsole>& own);

    /// The metrics that are counted, in the order of the families. A counter that another process writes
    /// meanwhile has its old or its new value.
    void write_to(MetricSink& metrics) const;
    /// Since the start of the daemon.
    std::uint64_t count(OfKeeper slot) const noexcept;
    /// Of HTTPS; none without it.
    std::optional<base::UnixTime> certificate_expires() const noexcept;

private:
    struct Count {
        common::Series series;
        std::uint64_t value = 0;
    };
    using OfOnePage = std::span<const common::CounterRow>;

    std::vector<Count> counts_of(common::Family family) const;
    void write_syncs_to(MetricSink& metrics) const;
    std::span<const std::uint64_t* const> pages_of(std::size_t role) const noexcept;

    std::vector<const std::uint64_t*> pages_;
    const std::uint64_t* own_;
};

} // namespace console
