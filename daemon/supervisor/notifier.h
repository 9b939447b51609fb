// How the service manager is told of the daemon's state: the datagrams of sd_notify(3), whose form systemd
// promises to keep, so nothing is linked for them.
#pragma once

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
    /// Tells nobody.
    Notifier() = default;
    /// `socket`: connected to the service manager. `watchdog_period`: how long it waits for watchdog();
    /// nothing if it does not.
    Notifier(privsep::UniqueFd socket, std::optional<base::Uptime> watchdog_period) noexcept
        : socket_(std::move(socket)), watchdog_period_(watchdog_period)
    {
    }

    void ready(std::string_view status) noexcept;
    /// With the clock that Type=notify-reload wants.
    void reloading() noexcept;
    void stopping() noexcept;
    /// Before the daemon serves.
    void status(std::string_view text) noexcept;
    void watchdog() noexcept { send("WATCHDOG=1"); }

    /// Whether there is a service manager.
    bool is_heard() const noexcept { return static_cast<bool>(socket_); }
    std::optional<base::Uptime> watchdog_period() const noexcept { return watchdog_period_; }

private:
    void send(std::string_view message) noexcept;

    privsep::UniqueFd socket_;
    std::optional<base::Uptime> watchdog_period_;
};

} // namespace supervisor
