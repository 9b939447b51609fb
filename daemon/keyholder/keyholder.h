// The keyholder's event loop: requests of the updater, and messages of the supervisor.
#pragma once

#include <cstdint>
#include <vector>

#include "daemon/common/clock.h"
#include "daemon/keyholder/signer.h"
#include "privsep/child.h"
#include "privsep/event_loop.h"
#include "privsep/log.h"
#include "proto/ipc/handshake.h"

namespace keyholder
{

class Keyholder final : public privsep::Watcher
{
public:
    using Channel = privsep::TypedChannel<ipc::KeyholderToUpdater, ipc::UpdaterToKeyholder>;
    using Clock = base::Uptime (*)() noexcept;

    Keyholder(privsep::EventLoop& loop, privsep::ControlChannel supervisor, Channel updater, Signer signer,
              Clock clock = common::uptime);
    ~Keyholder() override;
    Keyholder(const Keyholder&) = delete;
    Keyholder& operator=(const Keyholder&) = delete;

    /// Serves until the supervisor sends Quit or is gone. `layers`: the result of privsep::lock_down().
    void serve(std::uint32_t layers);
    /// Waits for events, at most `longest_ms` (-1: no limit), and handles them.
    void turn(int longest_ms) { loop_.turn(longest_ms); }
    bool has_ended() const noexcept { return has_ended_; }
    bool has_updater() const noexcept { return static_cast<bool>(updater_); }

    /// A message of the supervisor.
    void ready(std::uint32_t events) override;

private:
    class Requests final : public privsep::Watcher
    {
    public:
        explicit Requests(Keyholder& keyholder) noexcept : keyholder_(keyholder) {}
        void ready(std::uint32_t events) override { keyholder_.answer_some(events); }

    private:
        Keyholder& keyholder_;
    };

    void attach(Channel updater);
    void detach() noexcept;
    void answer_some(std::uint32_t events);
    bool answer(const ipc::Sign& request);
    bool handle(const ipc::SupervisorToChild& message, privsep::UniqueFd passed);

    privsep::EventLoop& loop_;
    privsep::ControlChannel supervisor_;
    Channel updater_;
    Signer signer_;
    Clock clock_;
    Requests requests_{*this};
    privsep::LogLimit refusal_log_{5}; // lines per interval: an updater that was broken into decides how many
    bool has_ended_ = false;
};

} // namespace keyholder
