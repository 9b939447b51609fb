// The daemon's life: start all children, watch them, start again those that die, reload, end.
#pragma once

#include <array>
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/supervisor/child.h"
#include "daemon/supervisor/config_reader.h"
#include "daemon/supervisor/deaths.h"
#include "daemon/supervisor/generation.h"
#include "daemon/supervisor/sandbox_report.h"
#include "daemon/supervisor/service_manager.h"
#include "daemon/supervisor/sockets.h"
#include "daemon/supervisor/state_watch.h"
#include "privsep/channel.h"
#include "privsep/event_loop.h"
#include "privsep/privileges.h"
#include "privsep/random.h"
#include "privsep/unique_fd.h"
#include "proto/ipc/config.h"

namespace supervisor
{

/// What each kind of child is, opened and made once.
struct Programs {
    Program keeper;
    Program updater;
    Program responder;
    Program reader;
};

/// What a reader is to know of the daemon's start.
struct ReaderStart {
    bool sockets_are_passed = false;
    bool was_root = false;
};

/// All that was opened while it was allowed.
struct Resources {
    Sockets sockets;
    std::array<privsep::UniqueFd, 2> state;
    privsep::UniqueFd state_folder; ///< may be none
    std::string state_path;
    Programs programs;
    privsep::UniqueFd root;    ///< an empty directory; may be none
    privsep::UniqueFd signals; ///< signalfd(2) of SIGTERM, SIGINT, SIGHUP, SIGUSR1 and SIGCHLD
    KernelLog kernel_log;
    Notifier notifier;
    ipc::LogSetup log;
    std::string config_path;
    base::FixedPoint started; ///< when this daemon did
    ReaderStart reader_start;
    std::uint32_t layers = 0; ///< those that the supervisor has seen to, or whoever started it
    SandboxReport sandbox;
    privsep::Identity identity; ///< whose rights count when files are opened
};

ipc::ReaderSetup setup_of_reader(const Resources& resources, bool is_reload);

class Supervisor : public ChildEvents, public privsep::Watcher
{
public:
    /// `resources` must outlive this.
    Supervisor(Resources& resources, const ipc::ConfigSummary& config);
    ~Supervisor() override = default;
    Supervisor(const Supervisor&) = delete;
    Supervisor& operator=(const Supervisor&) = delete;

    /// Starts all and serves until it is told to end; true if that is how it ended. `reader`: of the
    /// constructor's config. `predecessor`: its state, to be taken over; may be none.
    bool run(ConfigReader& reader, privsep::UniqueFd predecessor);

private:
    enum class Phase : std::uint8_t { serving, draining, ending, over };

    // starting and dying
    bool take_setups(ConfigReader& reader, std::uint16_t workers, const privsep::UniqueFd& predecessor);
    void hand_over_state();
    bool listens(const Child& child) const noexcept;
    bool launch(Generation& generation, Child& child);
    void start(Child& child);
    void equip(Child& child);
    std::vector<int> sockets_of(const Child& child, std::size_t workers) const;
    void pass_ends(Generation& generation);
    void reap();
    void buried(Child& child, const siginfo_t& death);
    bool bury_who_waits(const siginfo_t& death);
    void bury_retired(const siginfo_t& death);
    bool is_leaving(const Child& child) const noexcept;
    void became_ready(Child& child, std::uint32_t layers) override;
    void accused(const Child& accuser, const ipc::PeerReport& accusation) override;
    void all_are_ready();
    void give_up(const std::string& why);
    Child* peer_of(const Child& keeper, ipc::Role role, std::uint16_t index) const;
    ipc::MakeSetups wanted_setups(std::uint16_t workers) const;

    // signals
    void ready(std::uint32_t events) override;
    void act_on(std::uint32_t signal);
    void bury_all();

    // reloading and ending
    void reload();
    bool can_reload() const noexcept;
    void start_ahead();
    bool take_config(ConfigReader& reader, const Wanted& wanted);
    void refuse_to_reload(const std::string& why);
    void tell_of_refusal(const std::string& why);
    std::optional<std::string> reason_to_refuse(const Wanted& wanted) const;
    void replace_children(Generation&& before, const ipc::ConfigSummary& config);
    void drain();
    void continue_draining();
    void take_over();
    void end_responders();
    void wait_until_nobody_is_left();
    void enforce_deadlines(base::Uptime now);

    // time
    void do_what_is_due(base::Uptime now);
    void watch(base::Uptime now);
    void watch_state(base::Uptime now);
    int next_timeout_ms(base::Uptime now) const;

    std::vector<Child*> all_that_write() const;
    std::string status() const;

    std::string refusal_; ///< why the last reload was refused; empty: it was not
    Resources& resources_;
    ipc::ConfigSummary in_force_;
    base::SipKey cookie_secret_ = privsep::random_bytes<base::SipKey>(); ///< over all reloads
    privsep::EventLoop loop_;
    Generation now_;
    /// Those who wait for the next reload, since a start takes longer than all that they do then: the keeper
    /// and the responders, and the reader.
    Generation next_;
    std::unique_ptr<ConfigReader> next_reader_;
    bool is_prepared_ = false; ///< they were started; whoever of them dies is missed at the reload
    std::vector<std::unique_ptr<Child>> retired_; ///< of the config before: they go once the new ones serve
    /// The keeper of the config before, and its updater where that does not stay. The new keeper starts
    /// meanwhile, and gets the state once both are gone: it has one writer. Then the new updater starts, or
    /// the one that stays is told of the new keeper.
    std::vector<std::unique_ptr<Child>> leaving_;
    std::optional<base::Uptime> drain_deadline_;
    std::optional<base::Uptime> retired_deadline_;
    std::optional<base::Uptime> watch_at_;
    StateWatch state_watch_{resources_.state_path, resources_.state, resources_.state_folder};
    base::Uptime look_at_state_at_{};
    Phase phase_ = Phase::serving;
    bool to_end_ = false;
    bool reload_wanted_ = false;
    bool was_ready_ = false;                     ///< all of them, once
    std::uint32_t standing_ = ~std::uint32_t{0}; ///< layers of the sandbox that all have
    bool announce_ready_ = true;
    bool failed_ = false;
    bool state_is_synced_ = false; ///< whoever had it last has said so, and nobody has had it since
};

} // namespace supervisor
