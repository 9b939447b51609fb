// The updater, as the keeper sees it: proposals come in, outcomes go out.
#pragma once

#include <cstdint>
#include <vector>

#include "daemon/keeper/brute_force_limit.h"
#include "daemon/keeper/feeds.h"
#include "daemon/keeper/ledger.h"
#include "daemon/keeper/report_peer.h"
#include "privsep/channel.h"
#include "privsep/event_loop.h"
#include "privsep/log.h"
#include "proto/ipc/update.h"

namespace keeper
{

class Proposals : public privsep::Watcher
{
public:
    /// All must outlive it. `secret`: of BruteForceLimit. `accuse` is told of an updater that breaks the
    /// rules.
    Proposals(privsep::EventLoop& loop, Ledger& ledger, Feeds& feeds, const base::SipKey& secret,
              ReportPeer report_peer);
    Proposals(const Proposals&) = delete;
    Proposals& operator=(const Proposals&) = delete;
    ~Proposals() override;

    /// Talks to this peer from now on; what the one before it is owed is dropped with it.
    void attach(privsep::UniqueFd channel);
    bool is_attached() const noexcept { return static_cast<bool>(channel_); }

    /// Reads what is there, at most a batch, commits it, tells the readers, and then the updater.
    /// While the updater does not take its outcomes, nothing more is read from it.
    void ready(std::uint32_t events) override;
    /// All that is there by now, as far as the updater takes its outcomes.
    void finish();

private:
    privsep::Transfer take_batch();
    privsep::Transfer read_batch();
    void propose(const ipc::Propose& proposal, base::Uptime now);
    void answer();
    void detach() noexcept;

    privsep::EventLoop& loop_;
    Ledger& ledger_;
    Feeds& feeds_;
    BruteForceLimit brute_force_limit_;
    privsep::LogLimit blocked_log_{20};
    ReportPeer report_peer_;
    privsep::TypedChannel<ipc::KeeperToUpdater, ipc::UpdaterToKeeper> channel_;
    std::vector<ipc::Settled> unsent_; ///< at most a batch
    std::uint32_t watched_ = 0;
};

} // namespace keeper
