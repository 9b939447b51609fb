#include "daemon/supervisor/supervisor.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <utility>

#include "daemon/common/clock.h"
#include "privsep/child.h"
#include "privsep/log.h"
#include "privsep/privileges.h"
#include "proto/base/text.h"

namespace supervisor
{

namespace
{

using privsep::Level;
using privsep::log;

std::string who(const Child& child)
{
    return base::filled("{} (pid {})", {child.name(), child.pid()});
}

bool ended_as_asked(const Child& child, const siginfo_t& death) noexcept
{
    const bool left_something = child.role() == ipc::Role::keeper && death.si_status == ipc::exit_unsynced;
    return child.is_quitting() && death.si_code == CLD_EXITED && (death.si_status == 0 || left_something);
}

} // namespace

Supervisor::Supervisor(Resources& resources, const ipc::ConfigSummary& config)
    : resources_(resources), in_force_(config)
{
    loop_.add(resources_.signals.get(), EPOLLIN, *this);
    if (const auto period = resources_.notifier.watchdog_period()) {
        watch_at_ = common::uptime() + *period / 3;
    }
}

ipc::MakeSetups Supervisor::wanted_setups(std::uint16_t workers) const
{
    const Sockets& sockets = resources_.sockets;
    const auto count = [&](Service service, Worker worker) {
        return static_cast<std::uint16_t>(sockets.of(service, worker).size());
    };
    ipc::MakeSetups wanted{{}, sockets.are_shared_by(workers), count(Service::http, {}), cookie_secret_};
    for (std::size_t index = 0; index < workers; ++index) {
        const Worker worker{index, workers};
        wanted.workers.push_back({count(Service::dns_tcp, worker), count(Service::dns_udp, worker)});
    }
    return wanted;
}

/// Responders that have not waited start while the setups are made, and all read theirs while tokens are
/// hashed. False where there are not all setups.
bool Supervisor::take_setups(ConfigReader& reader, std::uint16_t workers,
                             const privsep::UniqueFd& predecessor)
{
    reader.make_setups(wanted_setups(workers), predecessor);
    if (now_.responders.size() != workers) {
        now_.abandon(); // who has waited has other channels than it should
        now_ = Generation{loop_, *this, workers};
    }
    for (const auto& responder : now_.responders) {
        if (!responder->runs()) {
            launch(now_, *responder); // where that fails, it is tried again, and that is looked at
        }
    }
    Generation::Setups& setups = now_.setups;
    for (const auto& responder : now_.responders) {
        setups.responders.push_back(reader.next(ipc::Role::responder, responder->index()));
        if (!setups.responders.back()) {
            return false;
        }
    }
    for (const auto& responder : now_.responders) {
        equip(*responder);
    }
    setups.updater = reader.next(ipc::Role::updater);
    setups.keeper = reader.next(ipc::Role::keeper);
    reader.let_go();
    return static_cast<bool>(setups.keeper);
}

/// To a keeper that runs, and with it all that has waited for it to be told.
void Supervisor::hand_over_state()
{
    now_.keeper->hand_over_state({std::exchange(state_is_synced_, false),
                                  state_watch_.finding() == StateWatch::Finding::in_place,
                                  resources_.started});
    pass_ends(now_);
}

/// A keeper without the state is not told of peers, nor is an updater told of it.
bool Supervisor::listens(const Child& child) const noexcept
{
    return child.runs() && (child.role() == ipc::Role::responder || leaving_.empty());
}

bool Supervisor::run(ConfigReader& reader, privsep::UniqueFd predecessor)
{
    const bool has_setups = take_setups(reader, in_force_.workers, predecessor);
    privsep::give_up_killing(); // the reader was started by root, where we were
    predecessor.reset();
    if (has_setups) {
        start(*now_.keeper);
        start(*now_.updater);
        while (phase_ != Phase::over) {
            loop_.turn(next_timeout_ms(common::uptime()));
            do_what_is_due(common::uptime());
        }
    } else {
        now_.abandon();
    }
    wait_until_nobody_is_left();
    return has_setups && !failed_;
}

/// Those that answer updates, in the order in which they are to end.
std::vector<Child*> Supervisor::all_that_write() const
{
    std::vector<Child*> result;
    for (const auto& child : leaving_) {
        result.push_back(child.get());
    }
    if (now_) {
        result.push_back(now_.updater.get());
        result.push_back(now_.keeper.get());
    }
    return result;
}

bool Supervisor::is_leaving(const Child& child) const noexcept
{
    return std::ranges::any_of(leaving_, [&](const auto& one) { return one.get() == &child; });
}

/// Of the same config as that keeper, or one that stays.
Child* Supervisor::peer_of(const Child& keeper, ipc::Role role, std::uint16_t index) const
{
    std::vector<Child*> candidates = now_.children();
    if (is_leaving(keeper)) {
        candidates.clear();
        for (const auto* of_before : {&leaving_, &retired_}) {
            std::transform(of_before->begin(), of_before->end(), std::back_inserter(candidates),
                           [](const auto& child) { return child.get(); });
        }
        candidates.push_back(now_.updater.get());
    }
    const auto found = std::ranges::find_if(
        candidates, [&](const Child* child) { return child->role() == role && child->index() == index; });
    return found == candidates.end() ? nullptr : *found;
}

std::vector<int> Supervisor::sockets_of(const Child& child, std::size_t workers) const
{
    const Sockets& sockets = resources_.sockets;
    const Worker worker{child.index(), workers};
    std::vector<int> result;
    switch (child.role()) {
    case ipc::Role::keeper:
        return {resources_.state[0].get(), resources_.state[1].get()};
    case ipc::Role::updater:
        return sockets.of(Service::http);
    case ipc::Role::responder:
        result = sockets.of(Service::dns_udp, worker);
        std::ranges::copy(sockets.of(Service::dns_tcp, worker), std::back_inserter(result));
    }
    return result;
}

/// What waits for somebody is given to him, once he runs and listens.
void Supervisor::pass_ends(Generation& generation)
{
    Child& keeper = *generation.keeper;
    for (Generation::Edge& edge : generation.edges) {
        Child& peer = *edge.peer;
        if (edge.peer_end && listens(peer)) {
            peer.attach(keeper.role(), keeper.index(), std::exchange(edge.peer_end, {}));
        }
        if (edge.keeper_end && listens(keeper)) {
            keeper.attach(peer.role(), peer.index(), std::exchange(edge.keeper_end, {}));
        }
    }
}

/// False, with errno, where there can be no process.
bool Supervisor::launch(Generation& generation, Child& child)
{
    const Programs& programs = resources_.programs;
    const ipc::Role role = child.role();
    const Program& program = role == ipc::Role::keeper
                                 ? programs.keeper
                                 : (role == ipc::Role::updater ? programs.updater : programs.responder);
    std::vector<int> descriptors = sockets_of(child, generation.responders.size());
    std::ranges::copy(generation.ends_for(child), std::back_inserter(descriptors));
    if (!child.start(program, generation.setup_of(child), resources_.root.get(), descriptors)) {
        return false;
    }
    generation.has_inherited(child);
    pass_ends(generation);
    return true;
}

/// One that was started ahead waits for its setup.
void Supervisor::equip(Child& child)
{
    if (child.runs()) {
        child.give_setup(now_.setup_of(child));
    } else {
        start(child);
    }
}

void Supervisor::start(Child& child)
{
    if (launch(now_, child)) {
        if (&child == now_.keeper.get() && leaving_.empty()) {
            hand_over_state();
        }
        return;
    }
    log(Level::error, "cannot start {}: {}", {child.name(), std::strerror(errno)});
    if (!child.plan_restart(common::uptime(), false)) {
        give_up(base::filled("{} cannot be started", {child.name()}));
    }
}

void Supervisor::reap()
{
    siginfo_t death{};
    while (::waitid(P_ALL, 0, &death, WEXITED | WNOHANG) == 0 && death.si_pid != 0) {
        std::vector<Child*> all = all_that_write();
        for (const auto& responder : now_.responders) {
            all.push_back(responder.get());
        }
        const auto found =
            std::ranges::find_if(all, [&](const Child* child) { return child->pid() == death.si_pid; });
        if (found != all.end()) {
            buried(**found, death);
        } else if (!bury_who_waits(death)) {
            bury_retired(death);
        }
        death = {};
    }
}

/// They are missed at the next reload alone, which starts others.
bool Supervisor::bury_who_waits(const siginfo_t& death)
{
    std::string name;
    if (next_reader_ && next_reader_->pid() == death.si_pid) {
        name = "reader";
        next_reader_->forget();
        next_reader_.reset();
    }
    for (Child* child : next_ ? next_.children() : std::vector<Child*>{}) {
        if (child->pid() == death.si_pid) {
            name = child->name();
            child->forget();
        }
    }
    if (!name.empty()) {
        privsep::log_text(Level::error, describe_death("waiting " + name, death, resources_.kernel_log));
    }
    return !name.empty();
}

void Supervisor::bury_retired(const siginfo_t& death)
{
    std::erase_if(retired_,
                  [&](const std::unique_ptr<Child>& child) { return child->pid() == death.si_pid; });
}

void Supervisor::buried(Child& child, const siginfo_t& death)
{
    const bool was_ready = child.is_ready();
    const bool as_asked = ended_as_asked(child, death);
    if (!as_asked) {
        privsep::log_text(Level::error, describe_death(child.name(), death, resources_.kernel_log));
    }
    if (child.role() == ipc::Role::keeper) {
        state_is_synced_ = as_asked && death.si_status == 0;
    }
    child.forget();
    now_.close_edges_of(child);
    if (phase_ != Phase::serving || is_leaving(child)) {
        return;
    }
    // What fails by its own decision before anything was ever served fails again: it has said why.
    const bool refused_to_start = !was_ready_ && death.si_code == CLD_EXITED && death.si_status != 0;
    if (refused_to_start || !child.plan_restart(common::uptime(), was_ready)) {
        give_up(base::filled("{} does not start", {child.name()}));
    }
}

void Supervisor::give_up(const std::string& why)
{
    log(Level::error, "ending: {}", {why});
    failed_ = true;
    drain();
}

void Supervisor::became_ready(Child& child, std::uint32_t layers)
{
    const std::uint32_t standing = layers | resources_.layers;
    const std::uint32_t lacked = privsep::required_layers & ~standing;
    if (lacked != 0) {
        log(Level::error, "{} lacks required layers of the sandbox: {}",
            {who(child), privsep::missing_layers(~lacked)});
        child.kill();
        give_up("a process that cannot lock itself down does not run");
        return;
    }
    standing_ &= standing;
    log(Level::notice, "{} serves", {who(child)});
    const auto are_ready = [this](const auto& some) {
        return phase_ == Phase::serving &&
               std::ranges::all_of(some, [](const auto& one) { return one->is_ready(); });
    };
    if (are_ready(now_.responders)) {
        end_responders(); // those of before answer from the old zone for as long as they are there
    }
    if (are_ready(now_.children())) {
        all_are_ready();
    }
}

void Supervisor::accused(const Child& accuser, const ipc::PeerReport& accusation)
{
    Child* peer = peer_of(accuser, accusation.peer, accusation.index);
    if (accuser.role() != ipc::Role::keeper || peer == nullptr || peer == &accuser) {
        return;
    }
    log(Level::error, "{} said to the keeper what cannot be said: it is ended", {who(*peer)});
    peer->kill();
}

void Supervisor::all_are_ready()
{
    if (!was_ready_) {
        privsep::log_text(Level::notice, resources_.sandbox.text(standing_));
    }
    was_ready_ = true;
    if (announce_ready_) {
        announce_ready_ = false;
        privsep::log_text(Level::notice, status());
        resources_.notifier.ready(status());
    }
    if (reload_wanted_) {
        reload_wanted_ = false;
        reload();
    }
}

std::string Supervisor::status() const
{
    std::string text = base::filled("serving {} with {} hosts{}", {in_force_.apex.to_text(), in_force_.hosts,
                                                                   resources_.sockets.summary()});
    if (!refusal_.empty()) {
        base::append(text, "; the last reload was refused, the earlier configuration is in force: {}",
                     {refusal_});
    }
    return text;
}

} // namespace supervisor
