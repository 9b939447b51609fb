// The list of the supervisor's deadlines.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "proto/base/time.h"

namespace supervisor
{

class Child;

enum class Due : std::uint8_t {
    restart,              ///< start one child again
    end_of_patience,      ///< kill the children that were told to stop
    watchdog,             ///< notify the service manager if all children answer
    look_at_state,        ///< check that the state files are still in place
    renew_cookie_secrets, ///< a new secret, or the end of the one before
};

/// Each kind is in the list at most once, a restart once for each child.
class Deadlines
{
public:
    struct Deadline {
        base::Uptime when{};
        Due due{};
        Child* child = nullptr; ///< of a restart
    };

    /// Replaces a deadline of the same kind and child.
    void set(Due due, base::Uptime when, Child* child = nullptr)
    {
        clear(due, child);
        list_.push_back({when, due, child});
    }
    void clear(Due due, const Child* child = nullptr) noexcept { erase(due, child, false); }
    /// Clears a kind for all children.
    void clear_all(Due due) noexcept { erase(due, nullptr, true); }

    /// Removes and returns the earliest deadline that has passed; nullopt if there is none.
    std::optional<Deadline> take(base::Uptime now) noexcept
    {
        const auto first = std::ranges::min_element(list_, {}, &Deadline::when);
        if (first == list_.end() || first->when > now) {
            return std::nullopt;
        }
        const Deadline result = *first;
        list_.erase(first);
        return result;
    }
    /// Milliseconds until the earliest one, at most an hour; -1 if there is none.
    int timeout_ms(base::Uptime now) const noexcept
    {
        constexpr std::int64_t hour = 3'600'000;
        const auto first = std::ranges::min_element(list_, {}, &Deadline::when);
        return first == list_.end()
                   ? -1
                   : static_cast<int>(std::clamp<std::int64_t>((first->when - now).count(), 0, hour));
    }

private:
    void erase(Due due, const Child* child, bool of_all) noexcept
    {
        std::erase_if(list_,
                      [&](const Deadline& one) { return one.due == due && (of_all || one.child == child); });
    }

    std::vector<Deadline> list_;
};

} // namespace supervisor
