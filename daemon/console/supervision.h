// The console's end of the channel to the supervisor.
#pragma once

#include <cstdint>
#include <list>

#include "privsep/channel.h"
#include "privsep/event_loop.h"
#include "proto/ipc/record.h"
#include "proto/ipc/supervision.h"

namespace console
{

/// The answer to an AskState.
struct DaemonState {
    std::list<ipc::SocketState> sockets;
    std::list<ipc::ProcessState> processes;
};

class Supervision final : public privsep::Watcher
{
public:
    using Channel = privsep::Channel;

    class Listener
    {
    public:
        Listener() = default;
        Listener(const Listener&) = delete;
        Listener& operator=(const Listener&) = delete;
        virtual ~Listener() = default;
        virtual void state_arrived(const DaemonState& state) = 0;
        virtual void reload_ended(const ipc::ReloadOutcome& outcome) = 0;
        /// A new channel to the keeper.
        virtual void keeper_attached(privsep::UniqueFd channel) = 0;
    };

    Supervision(privsep::EventLoop& loop, Channel channel, Listener& listener);
    ~Supervision() override { loop_.remove(channel_.get(), *this); }
    Supervision(const Supervision&) = delete;
    Supervision& operator=(const Supervision&) = delete;

    /// `layers`: the result of privsep::lock_down().
    void announce(std::uint32_t layers) { say(ipc::Ready{layers}); }
    /// The state at any time from now on. Several requests may have one answer.
    void ask_state();
    /// Returns the number of the request.
    std::uint32_t ask_reload();
    void set_verbosity(ipc::Verbosity level) { say(ipc::SetVerbosity{level}); }

    bool was_told_to_quit() const noexcept { return was_told_to_quit_; }
    /// It has exited, or has sent an invalid message.
    bool is_gone() const noexcept { return is_gone_; }

    void ready(std::uint32_t events) override;

private:
    void say(ipc::MessageRef<ipc::ConsoleToSupervisor> message);
    bool handle(const ipc::Ping& ping, privsep::UniqueFd& passed);
    bool handle(const ipc::Attach& attach, privsep::UniqueFd& passed);
    bool handle(const ipc::Quit& quit, privsep::UniqueFd& passed);
    bool handle(const ipc::SetVerbosity& verbosity, privsep::UniqueFd& passed);
    bool handle(const ipc::SocketState& socket, privsep::UniqueFd& passed);
    bool handle(ipc::ProcessState& process, privsep::UniqueFd& passed);
    bool handle(const ipc::StateEnd& end, privsep::UniqueFd& passed);
    bool handle(const ipc::ReloadOutcome& outcome, privsep::UniqueFd& passed);

    privsep::EventLoop& loop_;
    Channel channel_;
    Listener& listener_;
    DaemonState state_; ///< so far
    std::uint32_t reloads_ = 0;
    bool asks_state_ = false;
    bool was_told_to_quit_ = false;
    bool is_gone_ = false;
};

} // namespace console
