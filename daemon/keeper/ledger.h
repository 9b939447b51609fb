// The state of the zone and the only code that changes it: proposals that a token opens, and lifetimes
// that end. What is changed is stored before anyone hears of it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "daemon/common/clock.h"
#include "daemon/keeper/departed.h"
#include "daemon/keeper/expiry.h"
#include "daemon/keeper/hosts.h"
#include "daemon/keeper/store.h"
#include "privsep/log.h"
#include "proto/base/time.h"
#include "proto/ipc/setup.h"
#include "proto/ipc/update.h"

namespace keeper
{

/// Since the start or the last report.
struct Counters {
    std::uint64_t committed = 0;
    std::uint64_t unchanged = 0;
    std::uint64_t refused = 0;
    std::uint64_t unavailable = 0;
    std::uint64_t blocked = 0;
    std::uint64_t expired = 0;
};

class Ledger : private StateSource, private journal::Sink
{
public:
    /// Proposals that share one write and one sync.
    static constexpr std::size_t max_batch = journal::max_entries;
    /// After a commit of our own accord failed.
    static constexpr base::Uptime retry_interval{5000};

    /// `hosts` is finished. The files must outlive the ledger. `fingerprint`: KeeperSetup. `pace`:
    /// Store.
    Ledger(Hosts hosts, const ipc::Digest& fingerprint, StateFile& first, StateFile& second,
           const Pace& pace = {});

    /// First step: reads the state. Where there never was one, import() is in order; where there is one that
    /// must not be used, nothing more is. `start`: both clocks at the daemon's start.
    Opened open(const base::FixedPoint& start, base::Uptime now);
    /// Second step: takes a host over from the predecessor's state.
    void import(const ipc::ImportedHost& host);
    /// Last step: stores what is new since the last time: the first state, another config, another boot,
    /// lifetimes that ended. Ends the process where a first state cannot be stored.
    void start(base::Uptime now);

    /// From now on, or until it is called with false, as if the disk failed.
    void store_nothing(bool on) noexcept { store_.hold(on); }

    /// Forgets the outcomes of the last batch.
    void begin_batch() noexcept { settled_.clear(); }
    /// Decides a proposal against the state and those before it in the batch. Not with a full batch. False
    /// where the token opens no such host.
    bool propose(const ipc::Propose& proposal, base::Uptime now);
    /// Settles a proposal as unavailable without a look at it. Not with a full batch.
    void blocked(const ipc::Propose& proposal);
    bool batch_is_full() const noexcept { return settled_.size() == max_batch; }
    /// Commits the batch: the outcome of each proposal, until the next begin_batch().
    std::span<const ipc::Settled> settle(base::Uptime now);

    /// Ends lifetimes, at most a batch of them; true where more may be due. On a failing disk it tries
    /// again after retry_interval, and the records stay until then.
    bool expire(base::Uptime now);
    /// Until expire() has something to do: 0 or more, at most a minute, because a suspended machine
    /// counts no milliseconds.
    int next_timeout_ms(base::Uptime now) const noexcept;

    /// Hosts whose records changed and who are not yet published, in the order of their serials.
    std::span<const HostNumber> changed() const noexcept { return changed_; }
    void published() noexcept { changed_.clear(); }

    const Hosts& table() const noexcept { return hosts_; }
    std::uint32_t serial() const noexcept { return serial_; }
    journal::CommitHead head() const override { return {serial_, stamp_}; }
    /// The hosts that the config does not have.
    const Departed& departed() const noexcept { return departed_; }
    /// As it is stored.
    std::optional<base::FixedPoint> fixed_point() const override { return stored_fixed_; }
    /// And begins to count again.
    Counters take_counters() noexcept { return std::exchange(counters_, {}); }

private:
    /// An authorised proposal that is decided and not yet stored.
    struct Pending {
        HostNumber host = 0;
        HostState after;
        bool changes_zone = false;
        std::size_t outcome = 0; ///< in settled_
        base::Address client;
    };

    // StateSource
    journal::ZoneEntry zone() const override { return {stored_fingerprint_}; }
    std::size_t hosts() const override { return hosts_.count() + departed_.count(); }
    bool host(std::size_t index, journal::HostEntry& entry) const override;
    // journal::Sink
    void host(const journal::HostEntry& entry) override;
    void zone(const journal::ZoneEntry& entry) override { stored_fingerprint_ = entry.fingerprint; }
    void clock(const journal::ClockEntry& entry) override { stored_fixed_ = entry.fixed; }

    const HostState& latest(HostNumber host) const noexcept;
    journal::HostEntry entry_of(HostNumber host, const HostState& state) const;
    void begin_commit(std::uint32_t serial, base::Uptime now);
    void apply(HostNumber host, const HostState& after, bool changes_zone);
    void apply(const Pending& pending);
    void refuse(const ipc::Propose& proposal, base::Uptime now);
    void settle_departed(base::UnixTime time);
    void adopt(base::Uptime now);
    bool store_news(std::uint32_t serial, base::Uptime now);
    bool store_news_by_commit(std::uint32_t serial, base::Uptime now);
    bool renew_with_news(std::uint32_t serial, base::Uptime now);
    void say_what_was_adopted() const;
    bool end_lifetimes(base::Uptime now);
    bool retry_later(base::Uptime now);

    Hosts hosts_;
    Expiry expiry_;
    ipc::Digest fingerprint_;
    ipc::Digest stored_fingerprint_;
    Store store_;
    bool is_fresh_ = false;
    Departed departed_;
    std::vector<HostNumber> returned_; ///< departed before, and to be stored as no longer so
    std::vector<std::size_t> left_;    ///< the departed that have left since the state was written
    bool has_news_ = false;            ///< adopt() is in order
    std::optional<base::FixedPoint> stored_fixed_;
    std::optional<common::LifetimeClock> clock_;
    std::uint32_t serial_ = 0;
    base::UnixTime stamp_{}; ///< of the last commit

    std::vector<Pending> pending_;
    std::vector<ipc::Settled> settled_;
    std::vector<HostNumber> due_;
    std::vector<HostNumber> changed_;
    base::Uptime retry_at_{};
    privsep::LogLimit refusals_{20};
    Counters counters_;
};

} // namespace keeper
