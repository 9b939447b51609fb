// One child of the supervisor: its role, its setup, its process, the channel to it, and its health.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <sys/types.h>
#include <vector>

#include "daemon/supervisor/restart_policy.h"
#include "daemon/supervisor/roles.h"
#include "privsep/channel.h"
#include "privsep/event_loop.h"
#include "privsep/spawn.h"
#include "privsep/unique_fd.h"
#include "proto/base/time.h"
#include "proto/ipc/control.h"
#include "proto/ipc/supervision.h"

namespace supervisor
{

class Child;

/// What a child is started from.
struct Program {
    privsep::UniqueFd executable; ///< an upgrade on disk never mixes two versions on one channel
    privsep::UniqueFd filter;     ///< the child enters it as the last step of its start
};

/// Messages of children.
class ChildEvents
{
public:
    ChildEvents() = default;
    ChildEvents(const ChildEvents&) = delete;
    ChildEvents& operator=(const ChildEvents&) = delete;
    virtual ~ChildEvents() = default;
    /// `child` is locked down and serves.
    virtual void became_ready(Child& child, std::uint32_t layers) = 0;
    /// A peer of `reporter` broke the rules. False if it has no such peer.
    virtual bool peer_reported(const Child& reporter, const ipc::PeerReport& report) = 0;
    /// An administrator asks by the console `child`.
    virtual void asked(Child& child, const ipc::AskState& request) = 0;
    virtual void asked(Child& child, const ipc::AskReload& request) = 0;
    virtual void asked(Child& child, const ipc::SetVerbosity& request) = 0;
    /// `child` exits, because it cannot use a file that the config names.
    virtual void found_unusable(const Child& child, const std::string& reason) = 0;
};

class Child : public privsep::Watcher
{
public:
    /// `patience`: how long it may take to stop.
    Child(privsep::EventLoop& loop, ChildEvents& events, const Role& role, Place place,
          base::Uptime patience) noexcept
        : loop_(loop), events_(events), role_(role), place_(place), patience_(patience)
    {
    }
    ~Child() override { forget(); }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    const Role& role() const noexcept { return role_; }
    Place place() const noexcept { return place_; }
    base::Uptime patience() const noexcept { return patience_; }
    /// "keeper"; "responder-2" is the second of several.
    std::string name() const;
    pid_t pid() const noexcept { return process_.pid; }
    bool runs() const noexcept { return process_.pid > 0; }
    bool is_ready() const noexcept { return runs() && ready_; }
    bool was_told_to_stop() const noexcept { return stopping_; }
    /// Whether it has read that it has to stop, or does not run. It takes nothing new then.
    bool knows_of_its_stop() const noexcept { return !runs() || (stopping_ && answered()); }
    /// Has no value if it does not run.
    base::UnixTime started() const noexcept { return started_; }
    /// Starts after its deaths, and after those of its predecessors before reloads.
    std::uint32_t restarts() const noexcept { return restarts_; }
    void succeed(const Child& predecessor) noexcept { restarts_ = predecessor.restarts_; }
    /// SandboxLayer bits; 0 if it is not ready.
    std::uint32_t layers() const noexcept { return is_ready() ? layers_ : 0; }

    /// The sealed setup that it reads at each start (proto/ipc/setup.h).
    void give_setup(privsep::UniqueFd setup) noexcept { setup_ = std::move(setup); }

    /// Starts the process, which inherits `descriptors` in this order (privsep::first_fd). `first` are the
    /// first messages on its control channel. `counters`: its page, or -1. False, with errno, if no process
    /// can be started.
    bool start(const Program& program, int root, const std::vector<int>& descriptors,
               std::span<const ipc::SupervisorToConsole> first, int counters = -1);

    /// Hands it a new channel to `peer`.
    void attach(const Child& peer, const privsep::Channel& channel);
    /// Tells it to finish and exit. Does nothing if it does not run, or was told before.
    void stop();
    void kill() noexcept;
    /// Does nothing if it does not run. Kills a child that does not read its messages.
    void send(const ipc::SupervisorToConsole& message, int passed = -1);

    /// Waits at most `limit` until it is ready, or has exited. Meanwhile no other event is handled.
    bool is_ready_within(std::chrono::milliseconds limit);

    /// Asks whether it is alive.
    void ping();
    /// Whether the last ping() was answered; true if it does not run.
    bool answered() const noexcept { return !runs() || pong_ == ping_; }

    /// To be called when waitid(2) has reported its exit.
    void forget() noexcept;

    /// How long to wait before its restart; nullopt if it should not be tried again.
    std::optional<base::Uptime> restart_delay(base::Uptime now, bool was_ready) noexcept
    {
        return policy_.died(now, was_ready);
    }

private:
    void ready(std::uint32_t events) override;
    bool handle(const ipc::ConsoleToSupervisor& message);
    bool handle_request(const ipc::ConsoleToSupervisor& message);
    void kill_for_invalid_message();
    void close_channel() noexcept;

    privsep::EventLoop& loop_;
    ChildEvents& events_;
    const Role& role_;
    Place place_;
    base::Uptime patience_;
    privsep::UniqueFd setup_;
    privsep::Process process_;
    privsep::TypedChannel<ipc::SupervisorToConsole, ipc::ConsoleToSupervisor> control_;
    RestartPolicy policy_;
    base::UnixTime started_{};
    std::uint32_t restarts_ = 0;
    std::uint32_t layers_ = 0;
    std::uint32_t ping_ = 0;
    std::uint32_t pong_ = 0;
    bool ready_ = false;
    bool was_started_ = false;
    bool stopping_ = false;
};

} // namespace supervisor
