// The events of the supervisor: signals and deadlines.
#include <algorithm>
#include <sys/signalfd.h>
#include <unistd.h>

#include "daemon/common/clock.h"
#include "daemon/supervisor/supervisor.h"
#include "privsep/log.h"

namespace supervisor
{

void Supervisor::ready(std::uint32_t /*events*/)
{
    signalfd_siginfo signal{};
    if (::read(resources_.signals.get(), &signal, sizeof signal) == static_cast<ssize_t>(sizeof signal)) {
        handle_signal(signal.ssi_signo);
    }
}

void Supervisor::handle_signal(std::uint32_t signal)
{
    switch (signal) {
    case SIGCHLD:
        reap();
        break;
    case SIGHUP:
        reap(); // SIGHUP comes before an earlier SIGCHLD, so children may have exited already
        reload();
        break;
    case SIGUSR1:
        tell(&Role::has_statistics, ipc::ReportStatistics{});
        break;
    default: // SIGTERM and SIGINT
        stop_daemon();
    }
}

void Supervisor::do_what_is_due()
{
    const base::Uptime now = common::uptime();
    while (const auto deadline = deadlines_.take(now)) {
        switch (deadline->due) {
        case Due::restart:
            start(now_, *deadline->child);
            break;
        case Due::end_of_patience:
            kill_children_told_to_stop();
            break;
        case Due::watchdog:
            watch_children(now);
            break;
        case Due::look_at_state:
            watch_state(now);
            break;
        case Due::renew_cookie_secrets:
            send_cookie_secrets(cookie_secrets_.renew());
            break;
        }
    }
}

/// Called three times per watchdog period. If all children have answered the last ping, notifies the service
/// manager and pings all again.
void Supervisor::watch_children(base::Uptime now)
{
    const auto& all = now_.children();
    if (std::ranges::all_of(all, [](const auto& child) { return child->answered(); })) {
        resources_.notifier.watchdog();
        for (const auto& child : all) {
            child->ping();
        }
    }
    deadlines_.set(Due::watchdog, now + *resources_.notifier.watchdog_interval());
}

void Supervisor::watch_state(base::Uptime now)
{
    deadlines_.set(Due::look_at_state, now + StateWatch::interval);
    if (!state_watch_.look()) {
        return;
    }
    const bool in_place = state_watch_.finding() == StateWatch::Finding::in_place;
    tell(&Role::holds_state, ipc::StateInPlace{in_place}); // first, so that the line is true when it is read
    privsep::log_text(in_place ? privsep::Level::notice : privsep::Level::error, state_watch_.describe());
}

void Supervisor::send_cookie_secrets(base::Uptime until_renewal)
{
    deadlines_.set(Due::renew_cookie_secrets, common::uptime() + until_renewal);
    tell(&Role::makes_cookies, cookie_secrets_.get());
}

/// All children whose row has `who`, also those that are being replaced.
void Supervisor::tell(bool Role::*who, const ipc::SupervisorToConsole& message)
{
    for (Child* const child : all_children()) {
        if (child->role().*who) {
            child->send(message);
        }
    }
}

} // namespace supervisor
