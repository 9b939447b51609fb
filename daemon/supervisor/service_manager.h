// What a service manager hands over and wants to hear: sd_listen_fds(3), sd_notify(3). Both are environment
// variables and datagrams whose form systemd promises to keep, so nothing is linked for them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "privsep/unique_fd.h"
#include "proto/base/time.h"

namespace supervisor
{

/// False where the build leaves it out: then nothing below does anything.
inline constexpr bool has_service_manager = NANODNSD_SYSTEMD != 0;

struct PassedSocket {
    privsep::UniqueFd fd;
    std::string name; ///< from LISTEN_FDNAMES; "unknown" where there is none
};

/// The sockets that were passed to this process, close-on-exec from now on; nothing where it was not
/// socket-activated. Ends the process where its environment contradicts itself.
std::optional<std::vector<PassedSocket>> take_passed_sockets();

/// Whether stderr goes to the journal (JOURNAL_STREAM), so that lines want a level in front.
bool logs_to_journal() noexcept;

/// Tells the service manager, if there is one, how we are.
class Notifier
{
public:
    /// Connects to NOTIFY_SOCKET. Do it before the network and the file system are left.
    Notifier() noexcept;

    void ready(std::string_view status) noexcept;
    /// With the clock that Type=notify-reload wants.
    void reloading() noexcept;
    void stopping() noexcept;
    /// Before all serve, or instead.
    void status(std::string_view text) noexcept;
    bool is_heard() const noexcept { return static_cast<bool>(socket_); }
    void watchdog() noexcept { send("WATCHDOG=1"); }

    /// How long the service manager waits for watchdog(); nothing if it does not.
    std::optional<base::Uptime> watchdog_period() const noexcept { return watchdog_period_; }

private:
    void send(std::string_view message) noexcept;

    privsep::UniqueFd socket_;
    std::optional<base::Uptime> watchdog_period_;
};

/// A service manager starts us again as soon as we have ended, and an invalid config is as invalid then.
/// Waits 10 s where there is one, and tells it so; SIGHUP, SIGTERM and SIGINT end the wait.
void wait_before_next_start(Notifier& notifier, std::string_view error) noexcept;

} // namespace supervisor
