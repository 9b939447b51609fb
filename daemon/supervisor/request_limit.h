// How often a console may ask for what has an effect on other processes.
#pragma once

#include <algorithm>

#include "proto/base/time.h"

namespace supervisor
{

/// `at_once` requests at once, then one in `interval_ms`.
template <int at_once, int interval_ms>
class RequestLimit
{
public:
    static constexpr base::Uptime interval{interval_ms};
    static constexpr int burst = at_once;

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

/// Each reload starts most processes again.
using ReloadLimit = RequestLimit<5, 10000>;
/// Each change of the verbosity is a message to every child. A child whose queue of a few hundred messages is
/// full is killed, and a keeper that waits for its disk reads none.
using VerbosityLimit = RequestLimit<50, 1000>;

} // namespace supervisor
