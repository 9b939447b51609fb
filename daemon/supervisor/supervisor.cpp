#include "daemon/supervisor/supervisor.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iterator>
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

bool exited_as_told(const Child& child, const siginfo_t& death) noexcept
{
    return child.was_told_to_stop() && death.si_code == CLD_EXITED && death.si_status == EXIT_SUCCESS;
}

} // namespace

Supervisor::Supervisor(Resources& resources, const ipc::ConfigSummary& config)
    : resources_(resources), in_force_(config), started_(common::wall_time())
{
    loop_.add(resources_.signals.get(), EPOLLIN, *this);
    const base::Uptime now = common::uptime();
    deadlines_.set(Due::look_at_state, now);
    deadlines_.set(Due::renew_cookie_secrets, now + CookieSecrets::day);
    if (const auto interval = resources_.notifier.watchdog_interval()) {
        deadlines_.set(Due::watchdog, now + *interval);
    }
}

int Supervisor::run(ConfigReader& reader, privsep::UniqueFd predecessor)
{
    now_ = make_children(in_force_);
    now_.files = std::move(resources_.files);
    if (!take_setups(reader, now_, wanted_setups(now_, in_force_.workers), predecessor)) {
        give_up("the reader of the configuration failed");
    }
    privsep::give_up_killing(); // needed only for the first reader, which root started
    predecessor.reset();
    for (advance(); !is_over(phase_); advance()) {
        loop_.turn(deadlines_.timeout_ms(common::uptime()));
        do_what_is_due();
    }
    wait_for_all_exits();
    return phase_ == Phase::stopped ? EXIT_SUCCESS : failure_;
}

void Supervisor::step(Phase to)
{
    if (!is_legal(phase_, to)) {
        std::abort(); // an error in the supervisor: the service manager restarts the daemon
    }
    phase_ = to;
}

Generation Supervisor::make_children(const ipc::ConfigSummary& config)
{
    constexpr base::Uptime grace{2000}; // to stop, beyond what clients may take
    Generation::Children children;
    for (const Role& role : resources_.table.roles) {
        const bool has_sockets = std::ranges::any_of(role.services, [&](ipc::Service one) {
            return config.wants(one) && !resources_.sockets.of(one).empty();
        });
        std::uint16_t count = role.count == Count::one_per_worker ? config.workers : 1;
        if (role.count == Count::one_if_it_has_sockets && !has_sockets) {
            count = 0;
        }
        const base::Uptime patience =
            role.client_timeout != nullptr ? grace + 2 * config.*role.client_timeout : grace;
        for (std::uint16_t index = 0; index < count; ++index) {
            children.push_back(std::make_unique<Child>(loop_, *this, role, Place{index, count}, patience));
        }
    }
    Generation made{resources_.table.edges, std::move(children)};
    made.services = config.services;
    made.turn = 1 - now_.turn;
    return made;
}

ipc::MakeSetups Supervisor::wanted_setups(const Generation& generation, std::uint16_t workers) const
{
    const Sockets& sockets = resources_.sockets;
    ipc::MakeSetups wanted{{}, sockets.are_shared_by(workers), 0};
    for (const auto& child : generation.children()) {
        const auto count = [&](ipc::Service service) {
            const auto& all = child->role().services;
            const bool gets_it = generation.wants(service) && std::ranges::count(all, service) != 0;
            return static_cast<std::uint16_t>(gets_it ? sockets.of(service, child->place()).size() : 0);
        };
        wanted.children.push_back({child->role().id, child->place().index, count(ipc::Service::dns_tcp),
                                   count(ipc::Service::dns_udp), count(ipc::Service::http),
                                   count(ipc::Service::https), count(ipc::Service::control),
                                   count(ipc::Service::metrics)});
        if (wanted.children.back().https != 0) {
            wanted.https_port = sockets.port(ipc::Service::https);
        }
    }
    return wanted;
}

/// Starts children as soon as they have their setups: at the start of the daemon all, at a reload only those
/// that overlap the old ones. False if the reader failed, which is logged.
bool Supervisor::take_setups(ConfigReader& reader, Generation& generation, const ipc::MakeSetups& wanted,
                             const privsep::UniqueFd& predecessor)
{
    reader.make_setups(wanted, predecessor);
    for (const auto& child : generation.children()) {
        privsep::UniqueFd setup = reader.next(child->role().id, child->place().index);
        if (!setup) {
            return false;
        }
        child->give_setup(std::move(setup));
        if (phase_ == Phase::starting || child->role().handover == Handover::overlapping) {
            start(generation, *child);
        }
    }
    reader.let_go();
    return true;
}

std::vector<int> Supervisor::descriptors_for(Generation& generation, const Child& child) const
{
    std::vector<int> result;
    for (const ipc::Service service : child.role().services) {
        if (child.role().holds_sockets && generation.wants(service)) {
            std::ranges::copy(resources_.sockets.of(service, child.place()), std::back_inserter(result));
        }
    }
    if (child.role().holds_state) {
        for (const privsep::UniqueFd& file : resources_.state) {
            result.push_back(file.get());
        }
    }
    for (const ipc::ConfiguredFile file : child.role().files) {
        result.push_back(generation.files[static_cast<std::size_t>(file)].get());
    }
    std::ranges::copy(generation.ends_for(child), std::back_inserter(result));
    if (child.role().reads_counters) {
        std::ranges::copy(resources_.counters.readable(), std::back_inserter(result));
    }
    return result;
}

void Supervisor::start(Generation& generation, Child& child)
{
    std::vector<ipc::SupervisorToConsole> first;
    if (child.role().holds_state) {
        first.emplace_back(ipc::StateInPlace{state_watch_.finding() == StateWatch::Finding::in_place});
    }
    if (child.role().makes_cookies) {
        first.emplace_back(cookie_secrets_.get());
    }
    if (verbosity_is_set_) {
        first.emplace_back(ipc::SetVerbosity{static_cast<ipc::Verbosity>(resources_.reader.log.verbosity)});
    }
    const auto row = static_cast<std::size_t>(&child.role() - resources_.table.roles.data());
    if (child.start(resources_.programs.children[row], resources_.root.get(),
                    descriptors_for(generation, child), first,
                    resources_.counters.writable(child.role().id, child.place(), generation.turn))) {
        generation.started(child);
        return;
    }
    log(Level::error, "cannot start {}: {}", {child.name(), std::strerror(errno)});
    plan_restart(child, false);
}

void Supervisor::reap()
{
    siginfo_t death{};
    while (::waitid(P_ALL, 0, &death, WEXITED | WNOHANG) == 0 && death.si_pid != 0) {
        for (Generation* generation : {&now_, &old_}) {
            if (Child* const child = generation->find_pid(death.si_pid)) {
                exited(*generation, *child, death);
            }
        }
        death = {};
    }
}

void Supervisor::exited(Generation& generation, Child& child, const siginfo_t& death)
{
    if (death.si_code == CLD_EXITED && death.si_status == EXIT_SUCCESS) {
        child.is_ready_within({}); // why it has exited may not be read yet
    }
    const bool was_ready = child.is_ready();
    const bool is_given_up = failure_ != EXIT_FAILURE && death.si_status == SIGKILL;
    if (!is_given_up && !exited_as_told(child, death)) {
        privsep::log_text(Level::error, describe_death(child.name(), death, resources_.kernel_log));
    }
    child.forget();
    generation.stopped(child);
    resources_.counters.clear(child.role().id, child.place(), generation.turn);
    if (child.role().makes_cookies && !exited_as_told(child, death)) { // who broke into it knows its secrets
        send_cookie_secrets(cookie_secrets_.replace());
    }
    if (is_leaving(phase_) || &generation == &old_) {
        return;
    }
    // A child that exits with an error before all were ready would do so again. It has logged why.
    if (phase_ == Phase::starting && death.si_code == CLD_EXITED && death.si_status != EXIT_SUCCESS) {
        give_up_on(child);
    } else {
        plan_restart(child, was_ready);
    }
}

void Supervisor::plan_restart(Child& child, bool was_ready)
{
    const base::Uptime now = common::uptime();
    if (const auto delay = child.restart_delay(now, was_ready)) {
        deadlines_.set(Due::restart, now + *delay, &child);
    } else {
        give_up_on(child);
    }
}

void Supervisor::give_up_on(const Child& child)
{
    give_up(base::filled("{} does not start", {child.name()}));
}

void Supervisor::became_ready(Child& child, std::uint32_t layers)
{
    const std::string who = base::filled("{} (pid {})", {child.name(), child.pid()});
    const std::uint32_t has = layers | resources_.layers;
    if (const std::uint32_t lacks = privsep::required_layers & ~has) {
        log(Level::error, "{} lacks required sandbox layers: {}", {who, privsep::missing_layers(~lacks)});
        give_up("a process cannot enter its sandbox");
        return;
    }
    layers_ &= has;
    log(Level::notice, "{} serves", {who});
    if (phase_ == Phase::starting && all_are_ready()) {
        privsep::log_text(Level::notice, resources_.sandbox.text(layers_));
        step(Phase::serving);
        announce();
    }
}

/// Of the children whose turn to start has come.
bool Supervisor::all_are_ready() const
{
    return std::ranges::all_of(now_.children(), [&](const auto& child) {
        return child->is_ready() || (phase_ == Phase::succeeding && child->role().starts_last);
    });
}

bool Supervisor::peer_reported(const Child& reporter, const ipc::PeerReport& report)
{
    const Generation& generation = now_.has(reporter) ? now_ : old_;
    Child* const peer = generation.find(report.role, report.index);
    if (peer == nullptr || !generation.have_channel(reporter, *peer)) {
        return false;
    }
    log(Level::error, "{} (pid {}) sent the {} an invalid message: killing it",
        {peer->name(), peer->pid(), reporter.name()});
    peer->kill();
    return true;
}

/// The reload decides what becomes of the children of the next configuration.
void Supervisor::found_unusable(const Child& child, const std::string& reason)
{
    if (!now_.has(child)) {
        unusable_ = reason;
    } else if (phase_ == Phase::starting) {
        failure_ = ipc::exit_config_errors;
        unusable_ = reason;
        if (child.role().handover == Handover::in_turn) {
            files_are_usable(now_); // the others say more, if they find the same
        }
        give_up(reason);
    } else {
        privsep::log_text(Level::error, reason);
    }
}

} // namespace supervisor
