// The keeper's event loop, and the messages of the supervisor.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "daemon/common/counters.h"
#include "daemon/keeper/console_link.h"
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
    /// Reads its setup, takes its descriptors (proto/ipc/setup.h), recovers the state, and unmaps the setup.
    /// Ends the process with a message for the operator if it cannot.
    Keeper(privsep::EventLoop& loop, privsep::Inherited& inherited);
    Keeper(const Keeper&) = delete;
    Keeper& operator=(const Keeper&) = delete;
    ~Keeper() override = default;

    /// Serves until the supervisor sends Quit or is gone. `layers`: the result of privsep::lock_down().
    void serve(std::uint32_t layers);

    void ready(std::uint32_t events) override;
    /// A message of the supervisor applies to the proposals that are ready at the same time.
    bool comes_first() const noexcept override { return true; }

private:
    void recover(privsep::Inherited& inherited, const ipc::KeeperSetup& head);
    void take_channels(std::vector<privsep::UniqueFd>& descriptors, const ipc::KeeperSetup& setup,
                       const ReportPeer& report_peer);
    void handle(const ipc::Ping& ping);
    void handle(const ipc::Attach& attach);
    void handle(const ipc::Quit& quit);
    void handle(const ipc::ReportStatistics& report);
    void handle(const ipc::StateInPlace& state);
    Counters unreported() const noexcept { return ledger_->counters() - reported_; }
    void log_statistics();
    void publish_counters() noexcept;
    static void handle(const ipc::CookieSecrets& secrets);
    static void handle(const ipc::SetVerbosity& verbosity);

    privsep::ControlChannel control_;
    privsep::EventLoop& loop_;
    common::Tally<common::OfKeeper> tally_;
    bool has_page_;      ///< else nobody reads the tally
    Counters published_; ///< in the tally
    Counters reported_;  ///< in the log
    std::array<std::unique_ptr<StateFile>, 2> files_;
    std::unique_ptr<Ledger> ledger_;
    std::unique_ptr<Feeds> feeds_;
    std::unique_ptr<Proposals> proposals_;     ///< of the updater
    std::unique_ptr<Proposals> tls_proposals_; ///< of the updater that speaks TLS; may be none
    std::unique_ptr<ConsoleLink> console_;     ///< may be none
    privsep::UniqueFd passed_;                 ///< came with the message that is handled now
    bool has_ended_ = false;
};

} // namespace keeper
