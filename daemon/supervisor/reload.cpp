// The part of the supervisor that changes what runs: signals, reloading, ending, and what is due in time.
#include <algorithm>
#include <sys/signalfd.h>
#include <unistd.h>

#include "daemon/common/clock.h"
#include "daemon/supervisor/state_files.h"
#include "daemon/supervisor/supervisor.h"
#include "privsep/log.h"
#include "privsep/memory.h"
#include "privsep/privileges.h"
#include "proto/base/secret.h"
#include "proto/base/text.h"

namespace supervisor
{

namespace
{

using privsep::Level;
using privsep::log;

constexpr std::size_t longest_config = std::size_t{64} << 20;
constexpr base::Uptime grace{2000}; ///< for a child to end beyond what its clients may take

/// The first that still runs; false where none does.
template <typename Children>
bool ask_next_to_end(const Children& in_order)
{
    const auto next = std::ranges::find_if(in_order, [](const auto& child) { return child->runs(); });
    if (next == in_order.end()) {
        return false;
    }
    (*next)->quit();
    return true;
}

} // namespace

LoadedConfig load_config(const std::string& path)
{
    FileContent file = [&path] {
        const privsep::ReadingRights rights;
        return read_file(path, longest_config);
    }();
    if (!file.fault.empty()) {
        return {std::nullopt, std::move(file.fault), {}};
    }
    config::Parsed parsed = config::parse(file.text);
    base::wipe(file.text);
    if (parsed.faults.empty()) {
        return {std::move(parsed.config), "", std::move(parsed.warnings)};
    }
    std::string refusal = config::to_text(parsed.faults.front(), path);
    if (parsed.faults.size() > 1) {
        base::append(refusal, " (and {} more: nanodnsd -n shows them)", {parsed.faults.size() - 1});
    }
    return {std::nullopt, refusal, {}};
}

void log_warnings(const std::vector<config::Fault>& warnings, const std::string& path)
{
    constexpr std::size_t max_logged = 20;
    const std::size_t logged = std::min(warnings.size(), max_logged);
    for (std::size_t i = 0; i < logged; ++i) {
        privsep::log_text(Level::warning, config::to_text_of_warning(warnings[i], path));
    }
    if (warnings.size() > logged) {
        log(Level::warning, "and {} more: nanodnsd -n shows them", {warnings.size() - logged});
    }
}

void Supervisor::ready(std::uint32_t /*events*/)
{
    signalfd_siginfo signal{};
    if (::read(resources_.signals.get(), &signal, sizeof signal) == static_cast<ssize_t>(sizeof signal)) {
        act_on(signal.ssi_signo);
    }
}

void Supervisor::act_on(std::uint32_t signal)
{
    switch (signal) {
    case SIGCHLD:
        reap();
        continue_draining();
        break;
    case SIGHUP:
        reload();
        break;
    case SIGUSR1:
        for (const auto& responder : responders_) {
            responder->report_statistics();
        }
        break;
    default: // SIGTERM and SIGINT; a second one does not wait
        if (to_end_) {
            drain_deadline_ = common::uptime();
            break;
        }
        log(Level::notice, "ending");
        drain();
    }
}

std::optional<std::string> Supervisor::reason_to_refuse(const LoadedConfig& loaded) const
{
    if (!loaded.config) {
        return loaded.refusal;
    }
    if (const auto missing = resources_.sockets.missing(*loaded.config)) {
        return base::filled("listening on {} needs a restart", {*missing});
    }
    const config::Server& server = loaded.config->server;
    if (server.user != in_force_.user || server.group != in_force_.group) {
        return "another user= or group= needs a restart";
    }
    return std::nullopt;
}

void Supervisor::reload()
{
    if (phase_ != Phase::serving || !was_ready_ || !retired_.empty() || !leaving_.empty()) {
        reload_wanted_ = true; // as soon as what is under way is done
        return;
    }
    LoadedConfig loaded = load_config(resources_.config_path);
    if (const auto reason = reason_to_refuse(loaded)) {
        log(Level::error, "reload refused, the old configuration stays in force: {}", {*reason});
        if (loaded.config) {
            keep_for_now(std::move(*loaded.config));
            let_go_of_config();
        }
        return;
    }
    log_warnings(loaded.warnings, resources_.config_path);
    replace_children(std::move(*loaded.config));
}

void Supervisor::keep_for_now(config::Config&& config)
{
    constexpr base::Uptime longest{1000};
    spent_config_.emplace(std::move(config));
    let_go_at_ = common::uptime() + longest;
}

/// Its tokens wipe themselves.
void Supervisor::let_go_of_config()
{
    if (!spent_config_) {
        return;
    }
    for (base::SipKey& secret : spent_config_->server.cookie_secrets) {
        base::wipe(secret);
    }
    spent_config_.reset();
    let_go_at_.reset();
    privsep::give_back_memory();
}

/// The old responders answer until the new ones are ready: sockets are shared, so no datagram is lost. The
/// old updater and keeper finish meanwhile.
void Supervisor::replace_children(config::Config&& config)
{
    resources_.notifier.reloading();
    resources_.sockets.keep_only(config);
    std::move(responders_.begin(), responders_.end(), std::back_inserter(retired_));
    std::erase_if(retired_, [](const std::unique_ptr<Child>& child) { return !child->runs(); });
    leaving_.push_back(std::move(updater_));
    leaving_.push_back(std::move(keeper_));
    leaving_.front()->quit();
    drain_deadline_ = common::uptime() + in_force_.http_timeout + grace;
    announce_ready_ = true;
    in_force_ = InForce{config};
    start_responders(config, {});
    start(*keeper_);
    keep_for_now(std::move(config));
}

/// Lets the updater and then the keeper finish, and then the responders.
void Supervisor::drain()
{
    to_end_ = true;
    let_go_of_config();
    resources_.notifier.stopping();
    phase_ = Phase::draining;
    const base::Uptime now = common::uptime();
    const base::Uptime deadline = now + in_force_.http_timeout + grace;
    drain_deadline_ = failed_ ? now : std::max(deadline, drain_deadline_.value_or(deadline));
    continue_draining();
}

void Supervisor::continue_draining()
{
    if (phase_ == Phase::serving && !leaving_.empty() && !ask_next_to_end(leaving_)) {
        leaving_.clear();
        drain_deadline_.reset();
        if (keeper_->runs()) { // else it is started again, and gets it then
            hand_over_state();
        }
        start(*updater_);
    }
    if (phase_ == Phase::draining && !ask_next_to_end(all_that_write())) {
        phase_ = Phase::ending;
        drain_deadline_ = std::max(*drain_deadline_, common::uptime() + grace);
        std::move(responders_.begin(), responders_.end(), std::back_inserter(retired_));
        responders_.clear();
        end_responders();
    }
    if (phase_ == Phase::ending &&
        std::ranges::none_of(retired_, [](const auto& child) { return child->runs(); })) {
        phase_ = Phase::over;
    }
}

void Supervisor::end_responders()
{
    for (const auto& child : retired_) {
        child->quit();
    }
    if (!retired_.empty()) {
        retired_deadline_ = common::uptime() + in_force_.tcp_timeout + grace;
    }
}

void Supervisor::enforce_deadlines(base::Uptime now)
{
    if (drain_deadline_ && now >= *drain_deadline_) {
        for (Child* child : all_that_write()) {
            if (child->is_quitting()) {
                child->kill();
            }
        }
        // whoever is to quit next gets no more time either; the end of each wakes us again
        drain_deadline_ = now + grace;
    }
    const bool over =
        (retired_deadline_ && now >= *retired_deadline_) || (phase_ == Phase::ending && failed_);
    if (over) {
        for (const auto& child : retired_) {
            child->kill();
        }
        retired_deadline_.reset();
    }
}

void Supervisor::do_what_is_due(base::Uptime now)
{
    for (Child* child : children()) {
        if (phase_ == Phase::serving && child->restart_at() && *child->restart_at() <= now) {
            start(*child);
        }
    }
    enforce_deadlines(now);
    if (let_go_at_ && *let_go_at_ <= now) {
        let_go_of_config();
    }
    watch(now);
    watch_state(now);
    if (reload_wanted_ && phase_ == Phase::serving && was_ready_ && retired_.empty() && leaving_.empty()) {
        reload_wanted_ = false;
        reload();
    }
}

/// Three times a watchdog period: if all have answered the last question, say so, and ask again.
void Supervisor::watch(base::Uptime now)
{
    if (!watch_at_ || now < *watch_at_) {
        return;
    }
    const std::vector<Child*> all = children();
    if (std::ranges::all_of(all, [](const Child* child) { return child->answered(); })) {
        resources_.notifier.watchdog();
        for (Child* child : all) {
            child->ping();
        }
    }
    watch_at_ = now + *resources_.notifier.watchdog_period() / 3;
}

void Supervisor::watch_state(base::Uptime now)
{
    if (now < look_at_state_at_) {
        return;
    }
    look_at_state_at_ = now + StateWatch::interval;
    if (state_watch_.look()) {
        const bool in_place = state_watch_.finding() == StateWatch::Finding::in_place;
        privsep::log_text(in_place ? Level::notice : Level::error, state_watch_.describe());
        for (Child* child : all_that_write()) {
            if (child->role() == ipc::Peer::keeper && listens(*child)) {
                child->tell_state(in_place);
            }
        }
    }
}

int Supervisor::next_timeout_ms(base::Uptime now) const
{
    std::optional<base::Uptime> next = watch_at_;
    const auto consider = [&](const std::optional<base::Uptime>& when) {
        if (when && (!next || *when < *next)) {
            next = when;
        }
    };
    for (const Child* child : children()) {
        if (phase_ == Phase::serving) {
            consider(child->restart_at());
        }
    }
    consider(let_go_at_);
    consider(drain_deadline_);
    consider(retired_deadline_);
    consider(look_at_state_at_);
    return static_cast<int>(std::clamp<std::int64_t>((*next - now).count(), 0, 3'600'000));
}

} // namespace supervisor
