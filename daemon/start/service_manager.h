// What a service manager hands over and wants to hear: sd_listen_fds(3), sd_notify(3). Both are environment
// variables and datagrams whose form systemd promises to keep, so nothing is linked for them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/supervisor/notifier.h"
#include "privsep/unique_fd.h"

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

/// Connects to NOTIFY_SOCKET, if there is one. To be called before the network and the file system are left.
Notifier connect_notifier() noexcept;

/// A service manager starts us again as soon as we have ended, and an invalid config is as invalid then.
/// Waits 10 s where there is one, and tells it so; SIGHUP, SIGTERM and SIGINT end the wait.
void wait_before_next_start(Notifier& notifier, std::string_view error) noexcept;

} // namespace supervisor
