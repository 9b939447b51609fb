// Stops children: those of the old configuration at a reload, and all when the daemon stops.
#include <algorithm>
#include <iterator>
#include <sys/wait.h>

#include "daemon/common/clock.h"
#include "daemon/supervisor/supervisor.h"
#include "privsep/log.h"

namespace supervisor
{

namespace
{

constexpr base::Uptime grace{2000}; ///< for a child that is killed, or that may not wait for its clients

} // namespace

std::vector<Child*> Supervisor::all_children() const
{
    std::vector<Child*> result;
    for (const Generation* generation : {&now_, &old_}) {
        std::ranges::transform(generation->children(), std::back_inserter(result),
                               [](const auto& child) { return child.get(); });
    }
    return result;
}

/// Takes the next step of the phase if it is possible. Called after each event.
void Supervisor::advance()
{
    switch (phase_) {
    case Phase::relieving:
        if (!stop_next(old_.with(Handover::in_turn))) {
            step(Phase::succeeding);
            start_successors(false);
        }
        break;
    case Phase::succeeding:
    case Phase::completing:
        if (!complete_reload()) {
            break;
        }
        [[fallthrough]];
    case Phase::retiring:
        if (!stop_next(old_.with(Handover::overlapping))) {
            old_ = {};
            step(Phase::serving);
        }
        [[fallthrough]];
    case Phase::serving:
        if (reload_is_wanted_) {
            reload();
        }
        break;
    case Phase::stopping:
        if (!stop_next(all_children())) {
            step(Phase::stopped);
        }
        break;
    case Phase::failing:
        std::ranges::for_each(all_children(), [](Child* child) { child->kill(); });
        if (std::ranges::none_of(all_children(), &Child::runs)) {
            step(Phase::failed);
        }
        break;
    default:
        break;
    }
}

/// Of the old children that are replaced in turn and have exited.
void Supervisor::start_successors(bool starts_last)
{
    for (Child* const child : now_.with(Handover::in_turn)) {
        if (child->role().starts_last == starts_last) {
            start(now_, *child);
        }
    }
}

/// Replaces the old children that overlap, and then starts the last new ones. True if all are ready.
bool Supervisor::complete_reload()
{
    if (phase_ == Phase::succeeding) {
        const auto old = old_.with(Handover::overlapping);
        if (std::ranges::all_of(now_.with(Handover::overlapping), &Child::is_ready)) {
            stop_next(old); // until they know that, they answer from the old zone
        }
        if (!all_are_ready() || !std::ranges::all_of(old, &Child::knows_of_its_stop)) {
            return false;
        }
        step(Phase::completing);
        start_successors(true);
    }
    if (!all_are_ready()) {
        return false;
    }
    step(Phase::retiring);
    announce();
    return true;
}

/// Tells the running candidates with the lowest stop_order to stop. False if none runs.
bool Supervisor::stop_next(const std::vector<Child*>& candidates)
{
    const auto order = [](const Child* child) { return child->runs() ? child->role().stop_order : ~0U; };
    const auto first = std::ranges::min_element(candidates, {}, order);
    if (first == candidates.end() || !(*first)->runs()) {
        deadlines_.clear(Due::end_of_patience);
        return false;
    }
    for (Child* const child : candidates) {
        if (child->runs() && order(child) == order(*first) && !child->was_told_to_stop()) {
            child->stop();
            const base::Uptime patience = is_in_a_hurry_ ? grace : child->patience();
            deadlines_.set(Due::end_of_patience, common::uptime() + patience);
        }
    }
    return true;
}

/// At the second signal, kills the children that were told to stop; the others get less time.
void Supervisor::stop_daemon()
{
    if (is_leaving(phase_)) {
        is_in_a_hurry_ = true;
        kill_children_told_to_stop();
        return;
    }
    privsep::log_text(privsep::Level::notice, "stopping");
    resources_.notifier.stopping();
    deadlines_.clear_all(Due::restart);
    step(Phase::stopping);
}

void Supervisor::give_up(const std::string& why)
{
    if (is_leaving(phase_)) {
        return;
    }
    privsep::log(privsep::Level::error, "stopping: {}", {why});
    if (failure_ == EXIT_FAILURE) { // otherwise it waits for the next start
        resources_.notifier.stopping();
    }
    deadlines_.clear_all(Due::restart);
    step(Phase::failing);
}

void Supervisor::kill_children_told_to_stop()
{
    for (Child* const child : all_children()) {
        if (child->was_told_to_stop()) {
            child->kill();
        }
    }
}

/// A killed child holds its sockets and the state until it has exited, and the next daemon needs them. The
/// time is limited, because a child may hang in a system call.
void Supervisor::wait_for_all_exits()
{
    const auto has_child = [] {
        siginfo_t child{};
        return ::waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT) == 0;
    };
    base::Uptime now = common::uptime();
    for (const base::Uptime until = now + grace; has_child() && now < until; now = common::uptime()) {
        loop_.turn(static_cast<int>((until - now).count()));
        reap();
    }
}

} // namespace supervisor
