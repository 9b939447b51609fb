// When a child that died is started again : at once, then slower, then at once again.
#pragma once

#include <algorithm>
#include <optional>

#include "proto/base/time.h"

namespace supervisor
{

/// At once the first time, then after 50 ms, doubling to at most 1 s, and at once again after 10 s without
/// a death. A child that was ready before it died is always started again, whatever an attacker sends.
class RestartPolicy
{
public:
    static constexpr base::Uptime first_delay{50};
    static constexpr base::Uptime longest_delay{1000};
    static constexpr base::Uptime quiet{10000};
    /// So many deaths in a row before it was ready, and there is no use in another try.
    static constexpr unsigned hopeless = 5;

    /// How long to wait from `now` on; nothing where it is hopeless.
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
