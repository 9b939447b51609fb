// How often a console may ask for what has an effect on other processes.
#pragma once

#include <algorithm>

#include "proto/base/time.h"

namespace common
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

/// Each reload starts most processes again. Of the console, which refuses more to its clients, so that they
/// cannot fill its channel to a supervisor that reads nothing during a reload; and of the supervisor, since a
/// console may be broken into.
using ReloadLimit = RequestLimit<5, 10000>;
/// Of the supervisor: what is beyond it has no effect. Each change of the verbosity is a message to every
/// child. A child whose queue of a few hundred messages is full is killed, and a keeper that waits for its
/// disk reads none.
using VerbosityLimit = RequestLimit<50, 1000>;
/// Of a console, so low that the supervisor never gets more than it takes: it may get those of half a minute
/// at once, and those of six consoles in a row, since each reload starts another one.
using ConsoleVerbosityLimit = RequestLimit<5, 2000>;
static_assert((ReloadLimit::burst + 1L) * ConsoleVerbosityLimit::burst +
                  base::Uptime{30000} / ConsoleVerbosityLimit::interval <=
              VerbosityLimit::burst);

} // namespace common
