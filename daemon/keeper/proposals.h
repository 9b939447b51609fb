// The keeper's channel to an updater: proposals come in, verdicts go out.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "daemon/keeper/brute_force_limit.h"
#include "daemon/keeper/feeds.h"
#include "daemon/keeper/ledger.h"
#include "daemon/keeper/refusal_log.h"
#include "daemon/keeper/report_peer.h"
#include "privsep/channel.h"
#include "privsep/event_loop.h"
#include "proto/ipc/update.h"

namespace keeper
{

class Proposals : public privsep::Watcher
{
public:
    /// The references must outlive it. `secret`: see BruteForceLimit. `apex`: of the zone. `report_peer` is
    /// called for an updater that breaks the protocol.
    Proposals(privsep::EventLoop& loop, Ledger& ledger, Feeds& feeds, const base::SipKey& secret,
              const dns::CompactName& apex, ReportPeer report_peer);
    /// For a second updater, `peer`: wrong tokens of both count together. `first` must outlive it.
    Proposals(Proposals& first, ipc::Role peer);
    Proposals(const Proposals&) = delete;
    Proposals& operator=(const Proposals&) = delete;
    ~Proposals() override;

    /// Replaces the channel; verdicts that were not sent are dropped. Wrong tokens are forgotten, too: the
    /// updater before may have been broken into, and have made them up to block clients.
    void attach(privsep::UniqueFd channel);
    bool is_attached() const noexcept { return static_cast<bool>(channel_); }

    /// Reads at most a batch, commits it, sends the changes to the responders and then the verdicts to the
    /// updater. While the updater does not read its verdicts, nothing more is read from it.
    void ready(std::uint32_t events) override;
    /// Handles everything that has arrived, as far as the updater reads its verdicts.
    void finish();

private:
    /// One for each host of a proposal, or one for its account.
    using Guesses = std::array<BruteForceLimit::Guess, ipc::max_hosts_of_proposal>;

    privsep::Transfer handle_batch();
    privsep::Transfer read_batch();
    void handle(ipc::Propose& proposal, base::Uptime now) { propose(proposal, now, false); }
    void handle(const ipc::Look& look, base::Uptime now);
    [[gnu::noinline]] void propose(ipc::Propose& proposal, base::Uptime now, bool only_looks);
    PlacesOfHosts complete_names(ipc::Propose& proposal) const;
    Guesses guesses_of(const ipc::Propose& proposal) const noexcept;
    PlacesOfHosts find_blocked(const ipc::Propose& proposal, std::span<const BruteForceLimit::Guess> guesses,
                               base::Uptime now, bool only_looks);
    void note_blocked(const ipc::Propose& proposal, std::size_t place, const BruteForceLimit::Guess& guess,
                      BruteForceLimit::Block block, base::Uptime now, bool only_looks);
    void note_opened(const ipc::Propose& proposal, std::size_t place, const BruteForceLimit::Guess& guess,
                     base::Uptime now);
    bool has_unsent() const noexcept { return !unsent_.empty() || !unsent_seen_.empty(); }
    void name_zone(std::vector<ipc::Settled>& outcomes) const;
    template <typename Answer>
    privsep::Transfer send_all(std::vector<Answer>& answers);
    void answer();
    void detach() noexcept;

    privsep::EventLoop& loop_;
    Ledger& ledger_;
    Feeds& feeds_;
    struct Refusals {
        BruteForceLimit limit;
        RefusalLog log;
    };
    std::unique_ptr<Refusals> refusals_; ///< of the first
    BruteForceLimit& brute_force_limit_;
    RefusalLog& refusal_log_;
    dns::CompactName apex_;
    ReportPeer report_peer_;
    ipc::Role peer_ = ipc::Role::updater;
    privsep::TypedChannel<ipc::KeeperToUpdater, ipc::UpdaterToKeeper> channel_;
    std::vector<ipc::Settled> unsent_; ///< at most a batch, with the ones below
    std::vector<ipc::Seen> unsent_seen_;
    std::uint32_t watched_ = 0;
};

} // namespace keeper
