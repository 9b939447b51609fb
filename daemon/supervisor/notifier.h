// Notifies the service manager of the daemon's state by the datagrams of sd_notify(3). Their format is
// stable, so no library is linked for them.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

#include "privsep/unique_fd.h"
#include "proto/base/time.h"

namespace supervisor
{

class Notifier
{
public:
    /// Without a service manager: sends nothing.
    Notifier() = default;
    /// `socket`: connected to the service manager. `watchdog_period`: how long it waits for watchdog();
    /// nullopt if it has no watchdog.
    Notifier(privsep::UniqueFd socket, std::optional<std::chrono::microseconds> watchdog_period) noexcept
        : socket_(std::move(socket)), watchdog_period_(watchdog_period)
    {
    }

    void ready(std::string_view status) noexcept;
    /// Includes the monotonic time, which Type=notify-reload needs.
    void reloading() noexcept;
    void stopping() noexcept;
    /// Sets the status text only.
    void status(std::string_view text) noexcept;
    void watchdog() noexcept { send("WATCHDOG=1"); }

    /// Whether there is a service manager.
    bool is_heard() const noexcept { return static_cast<bool>(socket_); }
    /// How often to call watchdog(): three times in that period, but not more often than a clock ticks.
    std::optional<base::Uptime> watchdog_interval() const noexcept;

private:
    void send(std::string_view message) noexcept;

    privsep::UniqueFd socket_;
    std::optional<std::chrono::microseconds> watchdog_period_;
};

} // namespace supervisor
