// The keeper's loop, and what the supervisor can ask of it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "daemon/keeper/feeds.h"
#include "daemon/keeper/ledger.h"
#include "daemon/keeper/proposals.h"
#include "daemon/keeper/state_file.h"
#include "privsep/child.h"
#include "privsep/event_loop.h"

namespace keeper
{

class Keeper : public privsep::Watcher
{
public:
    /// Reads its setup, takes its descriptors (proto/ipc/setup.h), waits for the state and recovers it, lets
    /// go of the setup. Ends the process with a sentence for the operator where that cannot be done.
    Keeper(privsep::EventLoop& loop, privsep::Inherited& inherited);
    Keeper(const Keeper&) = delete;
    Keeper& operator=(const Keeper&) = delete;
    ~Keeper() override = default;

    /// Whether there is nothing to do: it was told to quit before it had the state.
    bool has_ended() const noexcept { return has_ended_; }

    /// Until the supervisor says Quit or is gone; what the process exits with. `layers`: what lock_down()
    /// said.
    int serve(std::uint32_t layers);

    void ready(std::uint32_t events) override;
    /// What the supervisor says holds for proposals that came together with it.
    bool comes_first() const noexcept override { return true; }

private:
    void wait_for_state();
    void recover(privsep::Inherited& inherited);
    void take_channels(std::vector<privsep::UniqueFd>& descriptors);
    void handle(const ipc::Ping& ping);
    void handle(const ipc::Attach& attach);
    void handle(const ipc::Quit& quit);
    void handle(const ipc::ReportStatistics& report);
    void handle(const ipc::StateInPlace& state);
    void handle(const ipc::TakeState& state);
    void handle(const ipc::TakeSetup& setup);

    privsep::ControlChannel control_;
    privsep::EventLoop& loop_;
    std::array<std::unique_ptr<StateFile>, 2> files_;
    std::unique_ptr<Ledger> ledger_;
    std::unique_ptr<Feeds> feeds_;
    std::unique_ptr<Proposals> proposals_;
    privsep::UniqueFd passed_;            ///< came along with the message that is handled now
    std::optional<ipc::TakeState> state_; ///< once it is ours
    bool has_ended_ = false;
};

} // namespace keeper
