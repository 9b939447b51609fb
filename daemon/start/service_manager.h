// The interface to a service manager: sd_listen_fds(3), sd_notify(3). Both are environment variables and
// datagrams in a stable format, so no library is linked for them.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/supervisor/notifier.h"
#include "privsep/unique_fd.h"

namespace supervisor
{

/// False if the build leaves it out: then the functions below do nothing.
inline constexpr bool has_service_manager = NANODNSD_SYSTEMD != 0;

struct PassedSocket {
    privsep::UniqueFd fd;
    std::string name; ///< from LISTEN_FDNAMES, may be empty; "unknown" if that is not set
};

/// The sockets that were passed to this process, now close-on-exec; nullopt if it was not socket-activated.
/// Unsets the variables that say so. Ends the process if its environment contradicts itself.
std::optional<std::vector<PassedSocket>> take_passed_sockets();

/// Whether stderr goes to the journal (JOURNAL_STREAM), so that each line needs a level in front.
bool logs_to_journal() noexcept;

/// How long the service manager waits for a notification of its watchdog; nullopt if it has none for this
/// process.
std::optional<std::chrono::microseconds> watchdog_period() noexcept;

/// Connects to NOTIFY_SOCKET, if there is one. Call it before the process gives up the network and the file
/// system.
Notifier connect_notifier() noexcept;

/// If there is a service manager, tells it `error` and waits 10 s: it starts the daemon again at once, and
/// the error is most likely still there. SIGHUP, SIGTERM and SIGINT end the wait. `signals`: a
/// signalfd(2) of these, for a process whose filter does not let it make one; -1: there is none.
void wait_before_next_start(Notifier& notifier, std::string_view error, int signals = -1) noexcept;

} // namespace supervisor
