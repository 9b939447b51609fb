// How often a console may have the configuration reloaded: each reload starts most processes again.
#pragma once

#include <algorithm>

#include "proto/base/time.h"

namespace supervisor
{

/// Five at once, then one in ten seconds.
class ReloadLimit
{
public:
    static constexpr base::Uptime interval{10000};
    static constexpr int burst = 5;

    bool allows(base::Uptime now) noexcept
    {
        if (next_ > now + (burst - 1) * interval) {
            return false;
        }
        next_ = std::max(next_, now) + interval;
        return true;
    }

private:
    base::Uptime next_{0};
};

} // namespace supervisor
