// The part of the supervisor that changes what runs: signals, reloading, ending, and what is due in time.
#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "daemon/common/clock.h"
#include "daemon/common/file_access.h"
#include "daemon/supervisor/supervisor.h"
#include "privsep/child.h"
#include "privsep/log.h"
#include "proto/base/text.h"

namespace supervisor
{

namespace
{

using privsep::Level;
using privsep::log;

constexpr const char* unreadable = "the new one could not be used";
/// Nobody else is heard meanwhile. Twice that, and the watchdog's period, which may have begun before, is
/// still less than what nanodnsd.service waits.
constexpr std::chrono::milliseconds longest_reading{8000};
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

/// Of setups that are as short as an updater's is.
bool are_the_same(const privsep::UniqueFd& one, const privsep::UniqueFd& other) noexcept
{
    std::array<std::uint8_t, ipc::max_record> left{};
    std::array<std::uint8_t, ipc::max_record> right{};
    const ssize_t size = ::pread(one.get(), left.data(), left.size(), 0);
    return size > 0 && static_cast<std::size_t>(size) < left.size() &&
           ::pread(other.get(), right.data(), right.size(), 0) == size && left == right;
}

} // namespace

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
        bury_all();
        break;
    case SIGHUP:
        bury_all(); // their signal comes behind this one
        reload();
        break;
    case SIGUSR1:
        for (const auto& responder : now_.responders) {
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

void Supervisor::bury_all()
{
    reap();
    continue_draining();
}

ipc::ReaderSetup setup_of_reader(const Resources& resources, bool is_reload)
{
    return {resources.log,
            resources.config_path,
            resources.state_path,
            is_reload,
            resources.reader_start.sockets_are_passed,
            resources.reader_start.was_root};
}

std::optional<std::string> Supervisor::reason_to_refuse(const Wanted& wanted) const
{
    if (const auto missing = resources_.sockets.missing(wanted.endpoints)) {
        return base::filled("listening on {} needs a restart", {*missing});
    }
    const bool is_other_user =
        wanted.summary.user != in_force_.user || wanted.summary.group != in_force_.group;
    if (is_other_user && resources_.reader_start.was_root) {
        return "another user= or group= needs a restart";
    }
    return std::nullopt;
}

bool Supervisor::can_reload() const noexcept
{
    return phase_ == Phase::serving && was_ready_ && retired_.empty() && leaving_.empty();
}

void Supervisor::refuse_to_reload(const std::string& why)
{
    log(Level::error, "reload refused, the old configuration stays in force: {}", {why});
    tell_of_refusal(why);
}

/// A service manager that has sent the signal itself (Type=notify-reload) waits until the reload is over,
/// whatever came of it.
void Supervisor::tell_of_refusal(const std::string& why)
{
    refusal_ = why;
    resources_.notifier.reloading();
    resources_.notifier.ready(status());
}

void Supervisor::reload()
{
    if (!can_reload()) {
        reload_wanted_ = true; // as soon as what is under way is done
        return;
    }
    const std::string& path = resources_.config_path;
    privsep::UniqueFd config = open_config_with_rights(path);
    const int error = errno;
    if (!config) {
        const privsep::Identity& we = resources_.identity;
        refuse_to_reload(common::why_unreadable(path, error, we.uid, we.gid));
        return;
    }
    start_ahead(); // who has not been, or has died
    is_prepared_ = false;
    const std::unique_ptr<ConfigReader> reader = std::move(next_reader_);
    reader->ask(std::move(config));
    if (const auto wanted = reader->read()) {
        const auto reason = reason_to_refuse(*wanted);
        if (reason || !take_config(*reader, *wanted)) {
            refuse_to_reload(reason.value_or(unreadable));
        }
    } else if (reader->has_errors()) {
        tell_of_refusal(reader->first_error()); // it has logged the refusal
    } else {
        refuse_to_reload(unreadable);
    }
}

/// The updater may stay, or must wait for the old one to end.
void Supervisor::start_ahead()
{
    is_prepared_ = true;
    if (!next_.waits()) { // whoever is left has a channel to somebody who died, and hears of no other yet
        next_.abandon();
        next_ = Generation{loop_, *this, now_.responders.size()};
        launch(next_, *next_.keeper);
        for (const auto& responder : next_.responders) {
            launch(next_, *responder);
        }
    }
    if (!next_reader_ || next_reader_->pid() < 0) {
        next_reader_ = std::make_unique<ConfigReader>(
            ConfigReader::Start{resources_.programs.reader, resources_.root.get(),
                                setup_of_reader(resources_, true), privsep::required_layers, longest_reading,
                                longest_reading},
            resources_.kernel_log);
    }
}

/// False where its reader failed: all is as it was then.
bool Supervisor::take_config(ConfigReader& reader, const Wanted& wanted)
{
    Sockets unwanted = resources_.sockets.split_off_all_but(wanted.endpoints);
    if (!unwanted.empty()) {
        next_.abandon(); // who waits has them
    }
    Generation before = std::exchange(now_, std::exchange(next_, {}));
    if (take_setups(reader, wanted.summary.workers, {})) {
        replace_children(std::move(before), wanted.summary);
        return true;
    }
    now_.abandon();
    now_ = std::move(before);
    resources_.sockets.take_back(std::move(unwanted));
    return false;
}

/// The old responders answer until the new ones, which have started, are ready: sockets are shared, so no
/// datagram is lost. The old keeper finishes meanwhile, and the old updater before it, unless nothing is new
/// to that one: then it stays, and what the old keeper leaves undone waits for the new one.
void Supervisor::replace_children(Generation&& before, const ipc::ConfigSummary& config)
{
    resources_.notifier.reloading();
    retired_ = std::move(before.responders);
    std::erase_if(retired_, [](const std::unique_ptr<Child>& child) { return !child->runs(); });
    if (before.updater->runs() && are_the_same(before.setups.updater, now_.setups.updater)) {
        now_.adopt_updater(std::move(before.updater));
    } else {
        leaving_.push_back(std::move(before.updater));
    }
    leaving_.push_back(std::move(before.keeper));
    drain_deadline_ = common::uptime() + in_force_.http_timeout + grace;
    announce_ready_ = true;
    in_force_ = config;
    refusal_.clear();
    equip(*now_.keeper);
    continue_draining();
}

/// Lets the updater and then the keeper finish, and then the responders.
void Supervisor::drain()
{
    to_end_ = true;
    resources_.notifier.stopping();
    next_.abandon();
    next_reader_.reset();
    phase_ = Phase::draining;
    const base::Uptime now = common::uptime();
    const base::Uptime deadline = now + in_force_.http_timeout + grace;
    drain_deadline_ = failed_ ? now : std::max(deadline, drain_deadline_.value_or(deadline));
    continue_draining();
}

void Supervisor::continue_draining()
{
    if (!leaving_.empty() && !ask_next_to_end(leaving_)) {
        take_over();
    }
    if (phase_ == Phase::draining && leaving_.empty() && !ask_next_to_end(all_that_write())) {
        phase_ = Phase::ending;
        drain_deadline_ = std::max(*drain_deadline_, common::uptime() + grace);
        std::move(now_.responders.begin(), now_.responders.end(), std::back_inserter(retired_));
        now_.responders.clear();
        end_responders();
    }
    if (phase_ == Phase::ending &&
        std::ranges::none_of(retired_, [](const auto& child) { return child->runs(); })) {
        phase_ = Phase::over;
    }
}

/// Nobody of before has the state any more. Where all is to end, an updater that stayed may still have
/// something for the new keeper.
void Supervisor::take_over()
{
    leaving_.clear();
    if (now_.keeper->runs()) { // else it is started again, and gets it then
        hand_over_state();
    }
    if (phase_ == Phase::serving) {
        drain_deadline_.reset();
        if (!now_.updater->runs() && !now_.updater->restart_at()) {
            start(*now_.updater);
        }
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

/// Whoever was killed has sockets and the state until it is gone, and the next daemon is to find them free.
/// Of some we cannot even say whether they can be killed, so there is an end to it.
void Supervisor::wait_until_nobody_is_left()
{
    const auto is_somebody_left = [] {
        siginfo_t child{};
        return ::waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT) == 0;
    };
    base::Uptime now = common::uptime();
    for (const base::Uptime until = now + grace; is_somebody_left() && now < until; now = common::uptime()) {
        loop_.turn(static_cast<int>((until - now).count()));
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
    for (Child* child : now_.children()) {
        if (phase_ == Phase::serving && child->restart_at() && *child->restart_at() <= now) {
            start(*child);
        }
    }
    enforce_deadlines(now);
    watch(now);
    watch_state(now);
    if (!is_prepared_ && can_reload()) {
        start_ahead();
    }
    if (reload_wanted_ && can_reload()) {
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
    const std::vector<Child*> all = now_.children();
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
            if (child->role() == ipc::Role::keeper && listens(*child)) {
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
    for (const Child* child : now_.children()) {
        if (phase_ == Phase::serving) {
            consider(child->restart_at());
        }
    }
    consider(drain_deadline_);
    consider(retired_deadline_);
    consider(look_at_state_at_);
    return static_cast<int>(std::clamp<std::int64_t>((*next - now).count(), 0, 3'600'000));
}

} // namespace supervisor
