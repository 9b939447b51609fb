// Starts the children of the table, watches and restarts them, reloads and stops. phases.h has the phases and
// the steps between them, deadlines.h the deadlines.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "daemon/common/request_limit.h"
#include "daemon/supervisor/child.h"
#include "daemon/supervisor/config_reader.h"
#include "daemon/supervisor/cookie_secrets.h"
#include "daemon/supervisor/deadlines.h"
#include "daemon/supervisor/generation.h"
#include "daemon/supervisor/phases.h"
#include "daemon/supervisor/resources.h"
#include "daemon/supervisor/state_watch.h"
#include "privsep/event_loop.h"
#include "privsep/unique_fd.h"
#include "proto/ipc/config.h"

namespace supervisor
{

class Supervisor : public ChildEvents, public privsep::Watcher
{
public:
    /// `resources` must outlive this.
    Supervisor(Resources& resources, const ipc::ConfigSummary& config);
    ~Supervisor() override = default;
    Supervisor(const Supervisor&) = delete;
    Supervisor& operator=(const Supervisor&) = delete;

    /// Starts all children and serves until it is told to stop. Returns the exit status; that of a config
    /// with errors if a file that it names cannot be used. `reader`: has read the constructor's config.
    /// `predecessor`: the predecessor's state, to be imported; may be none.
    int run(ConfigReader& reader, privsep::UniqueFd predecessor);
    /// Why run() has returned that of a config with errors; empty if it has not, or was told to stop since.
    std::string why_unusable() const { return failure_ == EXIT_FAILURE || is_in_a_hurry_ ? "" : unusable_; }

private:
    // supervisor.cpp: the steps between phases; starts, exits and messages of children
    void step(Phase to);
    Generation make_children(const ipc::ConfigSummary& config);
    ipc::MakeSetups wanted_setups(const Generation& generation, std::uint16_t workers) const;
    bool take_setups(ConfigReader& reader, Generation& generation, const ipc::MakeSetups& wanted,
                     const privsep::UniqueFd& predecessor);
    std::vector<int> descriptors_for(Generation& generation, const Child& child) const;
    void start(Generation& generation, Child& child);
    void reap();
    void exited(Generation& generation, Child& child, const siginfo_t& death);
    void plan_restart(Child& child, bool was_ready);
    [[gnu::noinline]] void give_up_on(const Child& child);
    void became_ready(Child& child, std::uint32_t layers) override;
    bool peer_reported(const Child& reporter, const ipc::PeerReport& report) override;
    void found_unusable(const Child& child, const std::string& reason) override;
    bool all_are_ready() const;

    // administration.cpp: what others are told, and requests of the console
    void announce();
    std::string status() const;
    void asked(Child& child, const ipc::AskState& request) override;
    void asked(Child& child, const ipc::AskReload& request) override;
    void asked(Child& child, const ipc::SetVerbosity& request) override;
    void answer_reload(ipc::ReloadResult result, const std::string& why);
    ipc::ProcessState state_of(const Child& child) const;

    // reload.cpp: a new configuration
    void reload();
    void refuse_to_reload(const std::string& why);
    void notify_of_refusal(const std::string& why);
    std::optional<std::string> reason_to_refuse(const Wanted& wanted) const;
    bool take_config(ConfigReader& reader, const Wanted& wanted);
    bool start_with(Generation& next, ConfigReader& reader, const Wanted& wanted);
    static bool files_are_usable(const Generation& generation);
    void abandon(Generation& generation);

    // stop.cpp: stops children, at a reload or because the daemon stops
    void advance();
    void start_successors(bool starts_last);
    bool complete_reload();
    bool stop_next(const std::vector<Child*>& candidates);
    void stop_daemon();
    void give_up(const std::string& why);
    void kill_children_told_to_stop();
    void wait_for_all_exits();
    std::vector<Child*> all_children() const;

    // watch.cpp: signals and deadlines
    void ready(std::uint32_t events) override;
    void handle_signal(std::uint32_t signal);
    void do_what_is_due();
    void watch_children(base::Uptime now);
    void watch_state(base::Uptime now);
    void send_cookie_secrets(base::Uptime until_renewal);
    void tell(bool Role::*who, const ipc::SupervisorToConsole& message);

    Resources& resources_;
    ipc::ConfigSummary in_force_;
    CookieSecrets cookie_secrets_; ///< kept over all reloads
    privsep::EventLoop loop_;
    Phase phase_ = Phase::starting;
    Deadlines deadlines_;
    Generation now_; ///< the children of the configuration in force
    Generation old_; ///< those of the previous configuration, until they have exited
    StateWatch state_watch_{resources_.state_path, resources_.state, resources_.state_folder};
    std::uint32_t layers_ = ~std::uint32_t{0}; ///< SandboxLayer bits that every child has
    std::string refusal_;                      ///< why the last reload was refused; empty: it was not
    std::string unusable_;                     ///< why the first or next configuration cannot be used
    base::UnixTime started_;                   ///< the daemon
    common::ReloadLimit reload_limit_;
    common::VerbosityLimit verbosity_limit_;
    int failure_ = EXIT_FAILURE;                ///< the exit status in Phase::failed
    bool reload_is_wanted_ = false;             ///< another one follows the current reload
    std::optional<std::uint32_t> asked_reload_; ///< the number of the request that waits for its outcome
    bool verbosity_is_set_ = false;             ///< since the start; the setups may have the old one
    bool is_in_a_hurry_ = false;                ///< told to stop a second time
};

} // namespace supervisor
