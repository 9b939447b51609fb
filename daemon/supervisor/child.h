// One child as the supervisor sees it: a process, the channel to it, and what is known of its health.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include "daemon/supervisor/restart_policy.h"
#include "privsep/channel.h"
#include "privsep/event_loop.h"
#include "proto/base/time.h"
#include "proto/ipc/control.h"

namespace supervisor
{

class Child;

/// What a kind of child is.
struct Program {
    privsep::UniqueFd executable; ///< an upgrade on disk never mixes two versions on one channel
    privsep::UniqueFd filter;     ///< in which it locks itself
};

/// Told what a child says.
class ChildEvents
{
public:
    ChildEvents() = default;
    ChildEvents(const ChildEvents&) = delete;
    ChildEvents& operator=(const ChildEvents&) = delete;
    virtual ~ChildEvents() = default;
    /// It is locked down and serves.
    virtual void became_ready(Child& child, std::uint32_t layers) = 0;
    /// It says that a peer of its has broken the rules.
    virtual void accused(const Child& accuser, const ipc::PeerReport& accusation) = 0;
};

class Child : public privsep::Watcher
{
public:
    /// `one_of_several`: of its role, so that its name tells which.
    Child(privsep::EventLoop& loop, ChildEvents& events, ipc::Role role, std::uint16_t index,
          bool one_of_several = false) noexcept
        : loop_(loop), events_(events), role_(role), index_(index), one_of_several_(one_of_several)
    {
    }
    ~Child() override { forget(); }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    ipc::Role role() const noexcept { return role_; }
    std::uint16_t index() const noexcept { return index_; }
    /// "keeper", "updater", "responder"; "responder-2" is the second of several.
    std::string name() const;
    pid_t pid() const noexcept { return pid_; }
    bool runs() const noexcept { return pid_ > 0; }
    bool is_ready() const noexcept { return runs() && ready_; }
    bool is_quitting() const noexcept { return quitting_; }

    /// Starts it: `descriptors` are those behind the setup (proto/ipc/setup.h), which is -1 where it is still
    /// to come. False, with errno, where there can be no process.
    bool start(const Program& program, int setup, int root, const std::vector<int>& descriptors);

    /// The setup that it was started without.
    void give_setup(int setup) { say(ipc::TakeSetup{}, setup); }
    /// Hands it a fresh channel to a peer.
    void attach(ipc::Role peer, std::uint16_t index, const privsep::Channel& channel);
    /// Asks it to finish and go; nothing happens to one that does not run.
    void quit();
    void kill() noexcept;
    void report_statistics() { say(ipc::ReportStatistics{}); }
    /// The keeper: whether the names of the state files lead to them.
    void tell_state(bool in_place) { say(ipc::StateInPlace{in_place}); }
    /// The keeper: that the state is its own now (ipc::TakeState).
    void hand_over_state(const ipc::TakeState& state) { say(state); }

    /// Asks whether it is there.
    void ping();
    /// Whether the last ping() was answered; true of one that does not run, whose restart is under way.
    bool answered() const noexcept { return !runs() || pong_ == ping_; }

    /// To be called when waitid(2) has reported its end. Whether it was ready is forgotten with it.
    void forget() noexcept;

    /// Plans its restart; false where it is hopeless.
    bool plan_restart(base::Uptime now, bool was_ready) noexcept;
    /// When it is to be started again; nothing if it runs or is not to be.
    std::optional<base::Uptime> restart_at() const noexcept { return restart_at_; }

private:
    void ready(std::uint32_t events) override;
    void hear(const ipc::ChildToSupervisor& message);
    void end_liar();
    void say(const ipc::SupervisorToChild& message, int passed = -1);
    void close_channel() noexcept;

    privsep::EventLoop& loop_;
    ChildEvents& events_;
    ipc::Role role_;
    std::uint16_t index_;
    bool one_of_several_;
    pid_t pid_ = -1;
    privsep::TypedChannel<ipc::SupervisorToChild, ipc::ChildToSupervisor> control_;
    RestartPolicy policy_;
    std::optional<base::Uptime> restart_at_;
    std::uint32_t ping_ = 0;
    std::uint32_t pong_ = 0;
    bool ready_ = false;
    bool quitting_ = false;
};

} // namespace supervisor
