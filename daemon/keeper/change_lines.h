// Limits the lines about the changes of a host: one who has its token can change it thousands of times a
// second. The changes themselves are not limited.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/keeper/hosts.h"
#include "daemon/keeper/leaky_buckets.h"
#include "proto/base/time.h"

namespace keeper
{

/// For each host ten lines at once, then one a minute. Lines about updates that change nothing count, too,
/// but leave room for five changes.
class ChangeLines
{
public:
    static constexpr Leak of_changes{10, 60};
    static constexpr Leak of_others{5, 60};

    explicit ChangeLines(std::size_t hosts) : of_hosts_(hosts) {}

    /// If this change may be logged, the number of changes of this host that were left out before it.
    std::optional<std::uint32_t> change(HostNumber host, base::Uptime now)
    {
        OfHost& lines = of_hosts_[host];
        if (!take(lines, of_changes, now)) {
            ++lines.left_out;
            if (lines.is_silent == 0) {
                lines.is_silent = 1;
                silent_.push_back(host);
            }
            return std::nullopt;
        }
        return lines.take_left_out();
    }
    /// Whether an update that changes nothing may be logged.
    bool unchanged(HostNumber host, base::Uptime now) noexcept
    {
        return take(of_hosts_[host], of_others, now);
    }

    /// Calls `log` with each host whose last changes were left out, and their number, if a line may be
    /// logged. Otherwise the log would not show the last address of a host that is changed no more.
    template <typename Log>
    void report(base::Uptime now, Log&& log)
    {
        if (silent_.empty() || now < next_report_) {
            return;
        }
        next_report_ = now + report_interval;
        std::erase_if(silent_, [&](HostNumber host) {
            OfHost& lines = of_hosts_[host];
            const bool is_due = lines.left_out != 0 && take(lines, of_changes, now);
            if (is_due) {
                log(host, lines.take_left_out());
            }
            lines.is_silent = lines.left_out != 0 ? 1 : 0;
            return lines.is_silent == 0;
        });
    }

    /// How many hosts report() looks at.
    std::size_t silent() const noexcept { return silent_.size(); }
    /// Calls `log` for all of them at once, for the end of the process.
    template <typename Log>
    void report_all(Log&& log)
    {
        for (const HostNumber host : silent_) {
            OfHost& lines = of_hosts_[host];
            if (const std::uint32_t left_out = lines.take_left_out(); left_out != 0) {
                log(host, left_out);
            }
            lines.is_silent = 0;
        }
        silent_.clear();
    }

private:
    static constexpr base::Uptime report_interval{10'000};

    struct OfHost {
        Bucket bucket;
        std::uint32_t left_out : 31 = 0;
        std::uint32_t is_silent : 1 = 0; ///< it is in silent_

        std::uint32_t take_left_out() noexcept
        {
            const std::uint32_t count = left_out;
            left_out = 0;
            return count;
        }
    };

    static bool take(OfHost& lines, const Leak& leak, base::Uptime now) noexcept
    {
        const std::uint32_t second = whole_seconds(now);
        const bool has_room = !lines.bucket.is_full(leak, second);
        if (has_room) {
            lines.bucket.fill(ChangeLines::of_changes, second);
        }
        return has_room;
    }

    std::vector<OfHost> of_hosts_;
    std::vector<HostNumber> silent_; ///< hosts with changes that were left out
    base::Uptime next_report_{};
};

} // namespace keeper
