// When a child that died is started again: at once, with growing delays while it keeps dying.
#pragma once

#include <algorithm>
#include <optional>

#include "proto/base/time.h"

namespace supervisor
{

/// The first restart is immediate, the next one after 50 ms; the delay doubles up to 1 s. After 10 s without
/// a death, a restart is immediate again. A child that was ready before it died is always started again, so
/// that an attacker who can crash it cannot stop the service. A child that dies 5 times in a row before it is
/// ready is not started again.
class RestartPolicy
{
public:
    static constexpr base::Uptime first_delay{50};
    static constexpr base::Uptime longest_delay{1000};
    static constexpr base::Uptime quiet{10000};
    static constexpr unsigned hopeless = 5;

    /// The delay from `now` on; nullopt if the child should not be started again.
    std::optional<base::Uptime> died(base::Uptime now, bool was_ready) noexcept
    {
        never_ready_ = was_ready ? 0 : never_ready_ + 1;
        if (never_ready_ >= hopeless) {
            return std::nullopt;
        }
        const bool was_quiet = !last_death_ || now - *last_death_ >= quiet;
        last_death_ = now;
        const base::Uptime delay = was_quiet ? base::Uptime{0} : next_delay_;
        next_delay_ = was_quiet ? first_delay : std::min(next_delay_ * 2, longest_delay);
        return delay;
    }

private:
    std::optional<base::Uptime> last_death_;
    base::Uptime next_delay_{0};
    unsigned never_ready_ = 0;
};

} // namespace supervisor
