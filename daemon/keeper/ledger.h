// The state of the zone. This is the only code that changes it, by authorised proposals and by the expiry of
// lifetimes. A change is stored before any process is told of it.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "daemon/common/clock.h"
#include "daemon/common/counters.h"
#include "daemon/keeper/change_lines.h"
#include "daemon/keeper/change_list.h"
#include "daemon/keeper/departed.h"
#include "daemon/keeper/expiry.h"
#include "daemon/keeper/hosts.h"
#include "daemon/keeper/overdue.h"
#include "daemon/keeper/refused_hosts.h"
#include "daemon/keeper/store.h"
#include "daemon/keeper/zone_parts.h"
#include "privsep/log.h"
#include "proto/base/time.h"
#include "proto/ipc/change_line.h"
#include "proto/ipc/origin.h"
#include "proto/ipc/setup.h"
#include "proto/ipc/update.h"

namespace keeper
{

/// Some of the hosts of a proposal, by their places in it.
using PlacesOfHosts = std::bitset<ipc::max_hosts_of_proposal>;

/// Updates of one host each.
struct Counters {
    std::uint64_t committed = 0;
    std::uint64_t unchanged = 0;
    std::uint64_t refused = 0;
    std::uint64_t unavailable = 0;
    std::uint64_t blocked = 0;
    std::uint64_t expired = 0;
    friend bool operator==(const Counters&, const Counters&) = default;
    friend Counters operator-(const Counters& now, const Counters& before) noexcept
    {
        return {now.committed - before.committed, now.unchanged - before.unchanged,
                now.refused - before.refused,     now.unavailable - before.unavailable,
                now.blocked - before.blocked,     now.expired - before.expired};
    }
};

/// Adds what was counted to the page for the console.
inline void publish(const Counters& more, common::Tally<common::OfKeeper>& tally) noexcept
{
    tally.count(common::OfKeeper::blocked, more.blocked);
    tally.count(common::OfKeeper::expired, more.expired);
    tally.count(common::OfKeeper::changed, more.committed);
    tally.count(common::OfKeeper::unchanged, more.unchanged);
    tally.count(common::OfKeeper::refused, more.refused + more.blocked + more.unavailable);
}

class Ledger : private StateSource, private journal::Sink
{
public:
    /// The most proposals that share one write and one sync, if each has one host.
    static constexpr std::size_t max_batch = 63;
    /// The most hosts that expire in one commit; each may have two entries.
    static constexpr std::size_t max_expired = journal::max_entries / 2;
    /// The wait before a failed expiry or startup change is tried again.
    static constexpr base::Uptime retry_interval{5000};
    /// While updates cannot be stored, a line says each minute how many.
    static constexpr base::Uptime unstored_interval{60'000};

    /// `hosts` must be finished. The files must outlive the ledger. `fingerprint`: see ipc::KeeperSetup.
    /// `policy` and `path`: see Store.
    Ledger(Hosts&& hosts, const ipc::Digest& fingerprint, StateFile& first, StateFile& second,
           const CompactionPolicy& policy = {}, std::string path = "STATE");

    /// First step: reads the state. If there was none, call import() next; if there is one that must not be
    /// used, call nothing more. `start`: both clocks at the daemon's start.
    Opened open(const base::FixedPoint& start, base::Uptime now);
    /// Second step: takes over a host from the predecessor's state.
    void import(const ipc::ImportedHost& host);
    /// Last step: stores what has changed since the last run: the first state, another config, another boot,
    /// expired lifetimes. Ends the process if a first state cannot be stored.
    void start(base::Uptime now, bool is_reload = false);

    /// While `on`, every commit fails as if the disk failed.
    void store_nothing(bool on) noexcept { store_.disable(on); }

    /// Forgets the outcomes of the last batch.
    void begin_batch() noexcept
    {
        settled_.clear();
        seen_.clear();
    }
    /// Decides a proposal, given the state and the earlier proposals of the batch. The batch must not be
    /// full. `outside`: the hosts that are not in the zone. `blocked`: those that are refused without
    /// checking the token. Returns the hosts that the secret opens. Does the same work for all hosts that it
    /// does not open.
    PlacesOfHosts propose(const ipc::Propose& proposal, base::Uptime now, PlacesOfHosts outside = {},
                          PlacesOfHosts blocked = {});
    /// Settles the proposal of a blocked client as unavailable, without checking its token. The batch
    /// must not be full.
    void settle_blocked(const ipc::Propose& proposal);
    /// Decides and commits what an administrator asks for, without a secret: a batch of its own. The proposal
    /// has no host, and only a challenge that the host can have. The host must not be static.
    ipc::HostOutcome administer(HostNumber host, const ipc::Propose& proposal,
                                const ipc::Administrator& administrator, base::Uptime now);
    /// Finds what the stored state has of the host of `guess`, which stands for a Look. Returns the hosts
    /// that the secret opens. If it opens none, does the same work as propose(). The batch must not be full.
    PlacesOfHosts look(const ipc::Propose& guess, base::Uptime now);
    bool batch_is_full() const noexcept
    {
        return settled_.size() + seen_.size() == max_batch ||
               entries_ + max_entries_of_proposal > journal::max_entries;
    }
    /// Commits the batch and returns the outcome of each proposal.
    std::vector<ipc::Settled> settle(base::Uptime now);
    /// The outcome of each look of the batch that is not among those of settle().
    std::vector<ipc::Seen> take_seen() noexcept { return std::exchange(seen_, {}); }

    /// Removes the addresses of hosts whose lifetime has expired, at most a batch of them. True if there may
    /// be more. If the disk fails, it tries again after retry_interval, and the records stay until then. Also
    /// logs the changes that were left out, if it is time (see ChangeLines), and hosts that are overdue.
    bool expire(base::Uptime now);
    /// Milliseconds until expire() has something to do: at least 0, and at most a minute, because timers do
    /// not advance while a machine is suspended.
    int next_timeout_ms(base::Uptime now) const noexcept;

    /// Parts of the zone that have changed and are not published yet, in the order of their serials.
    std::span<const PartNumber> changed() const noexcept { return changed_; }
    void published() noexcept { changed_.clear(); }
    const ZoneParts& parts() const noexcept { return parts_; }

    const Hosts& table() const noexcept { return hosts_; }
    std::uint32_t serial() const noexcept { return serial_; }
    journal::CommitHead head() const override { return {serial_, stamp_}; }
    const Overdue& overdue() const noexcept { return overdue_; }
    const RefusedHosts& refused() const noexcept { return refused_; }
    /// Does the same work for each host and for table().count().
    void note_refused(HostNumber host, RefusedHosts::Kind kind, const ipc::Propose& proposal,
                      base::Uptime now) noexcept
    {
        refused_.note(host, kind, proposal, clock_->at(now));
    }
    /// The outcomes of the last proposal.
    const ipc::Settled& last_settled() const noexcept { return settled_.back(); }
    const ChangeList& changes() const noexcept { return changes_; }
    /// From now on, changes of addresses are listed for the console.
    void list_changes(std::uint64_t list) { changes_.turn_on(list); }

    struct Update {
        HostNumber host = 0;
        base::UnixTime at{};
    };
    /// The last one that was not refused, since the start or, as far as the state knows, before it: that has
    /// no challenges and no administrators.
    const std::optional<Update>& last_update() const noexcept { return last_update_; }
    /// The departed hosts.
    const Departed& departed() const noexcept { return departed_; }
    /// The stored fixed point of the lifetime clock.
    std::optional<base::FixedPoint> fixed_point() const override { return stored_fixed_; }
    /// Logs the changes that were left out, at the end of the process.
    void finish_log();
    /// Since the start.
    const Counters& counters() const noexcept { return counters_; }

private:
    static constexpr std::size_t max_entries_of_proposal = 2 * ipc::max_hosts_of_proposal;

    /// An authorised and decided change of one host that is not stored yet.
    struct Pending {
        HostNumber host = 0;
        HostData after;
        bool changes_addresses = false; ///< an entry of the host is to be stored
        bool changes_challenge = false; ///< an entry of its challenge, too
        bool is_success = false;        ///< of the host's client: not of an administrator or an ACME client
        std::uint32_t serials = 0;      ///< parts of the zone that change
        std::size_t outcome = 0;        ///< of its proposal in settled_
        std::size_t place = 0;          ///< in its proposal
        ipc::Origin origin;
    };

    // StateSource
    journal::ZoneEntry zone() const override { return {stored_fingerprint_}; }
    std::size_t hosts() const override { return hosts_.count() + departed_.count(); }
    bool host(std::size_t index, journal::HostEntry& entry) const override;
    bool challenge(std::size_t index, journal::ChallengeEntry& entry) const override;
    // journal::Sink
    void host(const journal::HostEntry& entry) override;
    void challenge(const journal::ChallengeEntry& entry) override;
    void zone(const journal::ZoneEntry& entry) override { stored_fingerprint_ = entry.fingerprint; }
    void clock(const journal::ClockEntry& entry) override { stored_fixed_ = entry.fixed; }

    std::optional<HostNumber> authorise(const ipc::Propose& proposal, std::size_t place) const noexcept;
    void decide_host(HostNumber host, const ipc::Propose& proposal, std::size_t place,
                     const ipc::Origin& origin, base::UnixTime now);
    void store_batch(base::Uptime now);
    void decline_all(std::size_t first_pending);
    HostData latest(HostNumber host) const;
    std::optional<HostNumber> find_updatable(const dns::Name& name) const noexcept;
    /// When addresses expire whose `stored` expiry was read: `expire=never` is in force at once.
    base::UnixTime expiry_of(HostNumber host, base::UnixTime stored) const noexcept;
    journal::HostEntry entry_of(HostNumber host, const HostData& data) const;
    std::uint32_t count_changes(HostNumber host, const HostData& before, const HostData& after) const;
    void write_entries(HostNumber host, const HostData& after, bool addresses, bool challenge);
    void begin_commit(std::uint32_t serial, base::Uptime now);
    void load(HostNumber host, const HostData& data);
    void publish(HostNumber host, const HostData& after, const ipc::Origin& origin, base::UnixTime now);
    void list_change(HostNumber host, PartNumber part, const HostData& after, const ipc::Origin& origin,
                     base::UnixTime now);
    void apply(const Pending& pending, base::Uptime now);
    void log_change(HostNumber host, const HostData& before, ipc::Cause cause, const ipc::Origin& origin,
                    base::Uptime now);
    void log_return(HostNumber host, std::optional<base::UnixTime> since, base::UnixTime now);
    void await_hosts(base::UnixTime now);
    void log_overdue(base::UnixTime now);
    void log_overdue_at_start(base::UnixTime now, bool is_reload);
    void log_left_out(HostNumber host, std::uint32_t changes) const;
    void refuse_pending(base::Uptime now);
    void settle_departed(base::UnixTime time);
    void prolong(base::UnixTime time) noexcept;
    void store_startup_changes(base::Uptime now);
    bool write_startup_changes(std::uint32_t serial, base::Uptime now);
    bool commit_startup_changes(std::uint32_t serial, base::Uptime now);
    bool rewrite_with_startup_changes(std::uint32_t serial, base::Uptime now);
    void log_startup_changes() const;
    bool expire_hosts(base::Uptime now);
    void write_expired(base::UnixTime time, base::Uptime now);
    bool retry_later(base::Uptime now);

    Hosts hosts_;
    ZoneParts parts_;
    Expiry expiry_;
    ChangeLines change_lines_;
    ipc::Digest fingerprint_;
    ipc::Digest stored_fingerprint_;
    Store store_;
    bool is_fresh_ = false;
    Departed departed_;
    std::vector<HostNumber> returned_; ///< departed before; to be stored as normal hosts
    std::vector<std::size_t> left_;    ///< departed hosts that have left since the last run
    bool must_rewrite_ = false;        ///< other hosts are awaited than in the files
    bool has_startup_changes_ = false; ///< store_startup_changes() must be called
    std::optional<base::FixedPoint> stored_fixed_;
    std::optional<common::LifetimeClock> clock_;
    std::uint32_t serial_ = 0;
    base::UnixTime stamp_{}; ///< of the last commit

    std::vector<Pending> pending_;
    std::size_t entries_ = 0; ///< that the pending changes need
    std::vector<ipc::Settled> settled_;
    std::vector<ipc::Seen> seen_;
    std::vector<HostNumber> due_;
    std::vector<PartNumber> changed_;
    base::Uptime retry_at_{};
    std::uint64_t unstored_ = 0;                 ///< updates since the last line about them
    std::optional<base::Uptime> unstored_since_; ///< the time of that line; none: updates can be stored
    Counters counters_;                          ///< since the start
    Overdue overdue_;
    RefusedHosts refused_;
    ChangeList changes_;
    std::optional<Update> last_update_;
};

} // namespace keeper
