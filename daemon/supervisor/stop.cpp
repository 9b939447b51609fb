// Children that finish: those of the old configuration at a reload, and all when the daemon stops.
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

constexpr base::Uptime grace{2000}; ///< for a child that is killed, or that may not finish with its clients

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

/// The step that is due. Called after each event.
void Supervisor::advance()
{
    switch (phase_) {
    case Phase::serving:
        if (reload_is_wanted_) {
            reload();
        }
        break;
    case Phase::relieving:
        if (!stop_next(old_.with(Handover::in_turn))) {
            step(Phase::succeeding);
            for (Child* const child : now_.with(Handover::in_turn)) {
                start(now_, *child);
            }
        }
        break;
    case Phase::succeeding: // the old ones would answer from the old zone for as long as they run
        if (std::ranges::all_of(now_.with(Handover::overlapping), &Child::is_ready)) {
            stop_next(old_.with(Handover::overlapping));
        }
        break;
    case Phase::retiring:
        if (!stop_next(old_.with(Handover::overlapping))) {
            old_ = {};
            step(Phase::serving);
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

/// Tells those that run and have the lowest stop_order to stop. False if none runs.
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

/// At the second signal those that were told to stop are killed, and the others get less time.
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
    resources_.notifier.stopping();
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

/// A child that was killed has sockets and the state until it is gone, and the next daemon is to find them
/// free. A child whose call to the kernel does not return is not waited for: there is a limit.
void Supervisor::wait_until_no_child_is_left()
{
    const auto is_one_left = [] {
        siginfo_t child{};
        return ::waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT) == 0;
    };
    base::Uptime now = common::uptime();
    for (const base::Uptime until = now + grace; is_one_left() && now < until; now = common::uptime()) {
        loop_.turn(static_cast<int>((until - now).count()));
        reap();
    }
}

} // namespace supervisor
