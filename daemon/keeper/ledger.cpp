#include "daemon/keeper/ledger.h"

#include <algorithm>
#include <string>

#include "daemon/keeper/decision.h"
#include "proto/base/text.h"

namespace keeper
{

namespace
{

using privsep::Level;

/// A wall clock beyond this is taken as this: it is past the year 17000, and sums do not overflow.
constexpr base::UnixTime latest_time{base::Seconds{std::int64_t{1} << 39}};
constexpr base::Uptime longest_wait{60000};

} // namespace

Ledger::Ledger(Hosts hosts, const ipc::Digest& fingerprint, StateFile& first, StateFile& second,
               const CompactionPolicy& policy, std::string path)
    : hosts_(std::move(hosts)), expiry_(hosts_.count()), change_lines_(hosts_.count()),
      fingerprint_(fingerprint), stored_fingerprint_(fingerprint),
      store_(first, second, *this, policy, std::move(path))
{
    pending_.reserve(max_batch);
    settled_.reserve(max_batch);
}

Opened Ledger::open(const base::FixedPoint& start, base::Uptime now)
{
    Opened opened = store_.open(*this);
    if (!opened.refusal.empty()) {
        return opened;
    }
    is_fresh_ = opened.is_fresh;
    serial_ = store_.recovered().serial;
    stamp_ = store_.recovered().stamp;
    base::FixedPoint clamped = start;
    clamped.time = std::clamp(start.time, base::UnixTime{}, latest_time);
    clock_.emplace(common::fixed_point(stored_fixed_, clamped, stamp_, now));
    if (clock_->fixed_point() == base::FixedPoint{start.boot, stamp_, start.uptime} && start.time < stamp_) {
        privsep::log(Level::notice,
                     "the clock is behind the last stored change: until the next boot, lifetimes count from "
                     "the time of that change, also if the clock is set");
    }
    settle_departed(clock_->at(now));
    prolong(clock_->at(now));
    if (is_fresh_) {
        stored_fixed_ = clock_->fixed_point();
        stamp_ = clock_->at(now);
        const auto first_serial = static_cast<std::uint32_t>(stamp_.time_since_epoch().count());
        serial_ = std::max<std::uint32_t>(1, first_serial);
    }
    has_startup_changes_ = stored_fixed_ != clock_->fixed_point() || stored_fingerprint_ != fingerprint_ ||
                           !returned_.empty() || !left_.empty() || !store_.is_current();
    return opened;
}

void Ledger::import(const ipc::ImportedHost& host)
{
    const auto number = hosts_.find(host.host);
    if (!is_fresh_ || !number || host.expires <= stamp_) {
        return;
    }
    const base::UnixTime latest = base::expiry(stamp_, hosts_.lifetime(*number));
    const base::UnixTime expires = std::min(expiry_of(*number, host.expires), latest);
    apply(*number, {host.address4, host.address6, true, expires}, false);
}

void Ledger::start(base::Uptime now)
{
    if (is_fresh_) {
        store_.create();
        is_fresh_ = false;
        privsep::log(Level::notice, "created a new state: serial {}, {} imported hosts",
                     {serial_, expiry_.size()});
        return;
    }
    privsep::log(Level::notice, "read the state: serial {}, {} hosts with addresses",
                 {serial_, expiry_.size()});
    if (departed_.count() != 0) {
        privsep::log(Level::info,
                     "keeping the records of {} hosts that the config does not have, or has without a "
                     "token",
                     {departed_.count()});
    }
    if (departed_.dropped() != 0) {
        privsep::log(Level::warning,
                     "dropped the records of {} hosts that the config does not have: at most {} such "
                     "hosts are kept",
                     {departed_.dropped(), Departed::most_hosts});
    }
    while (expire(now)) {
        changed_.clear(); // no responder is connected yet
    }
    changed_.clear();
}

bool Ledger::host(std::size_t index, journal::HostEntry& entry) const
{
    if (index >= hosts_.count()) {
        entry = departed_.entry(index - hosts_.count());
        return Departed::is_kept(entry, stamp_);
    }
    const auto number = static_cast<HostNumber>(index);
    if (!hosts_.state(number).updated) {
        return false;
    }
    entry = entry_of(number, hosts_.state(number));
    return true;
}

void Ledger::host(const journal::HostEntry& entry)
{
    const auto number = hosts_.find(entry.name);
    if (number) {
        apply(*number, entry.left ? HostState{} : HostState{entry.a, entry.aaaa, true, entry.expires}, false);
    }
    if (number && !entry.left) {
        departed_.remove(entry.name);
    } else {
        departed_.set(entry);
    }
}

base::UnixTime Ledger::expiry_of(HostNumber host, base::UnixTime stored) const noexcept
{
    return hosts_.lifetime(host) == base::never ? base::UnixTime{base::never} : stored;
}

const HostState& Ledger::latest(HostNumber host) const noexcept
{
    const auto found = std::find_if(pending_.rbegin(), pending_.rend(),
                                    [host](const Pending& pending) { return pending.host == host; });
    return found == pending_.rend() ? hosts_.state(host) : found->after;
}

journal::HostEntry Ledger::entry_of(HostNumber host, const HostState& state) const
{
    return {hosts_.name(host), state.a, state.aaaa, state.expires};
}

void Ledger::begin_commit(std::uint32_t serial, base::Uptime now)
{
    store_.writer().begin(serial, std::max(stamp_, clock_->at(now)));
}

void Ledger::apply(HostNumber host, const HostState& after, bool changes_zone)
{
    if (changes_zone) {
        ++serial_;
        changed_.push_back(host);
    }
    hosts_.set(host, after, changes_zone ? serial_ : hosts_.serial(host));
    if (after.has_address()) {
        expiry_.set(host, after.expires);
    } else {
        expiry_.remove(host);
    }
}

bool Ledger::propose(const ipc::Propose& proposal, base::Uptime now)
{
    const auto host = hosts_.authorise(proposal.hosts.front(), proposal.token,
                                       {proposal.client, proposal.client_is_known}, Purpose::addresses);
    if (!host) {
        ++counters_.refused;
        settled_.push_back({proposal.id, {{ipc::Verdict::refused}}});
        return false;
    }
    const HostState& before = latest(*host);
    const HostState after = decide(before, proposal, hosts_.lifetime(*host), clock_->at(now));
    const bool changes_zone = !after.same_records(before);
    pending_.push_back({*host, after, changes_zone, settled_.size(), proposal.client});
    settled_.push_back({proposal.id, {{changes_zone ? ipc::Verdict::committed : ipc::Verdict::unchanged}}});
    return true;
}

void Ledger::settle_blocked(const ipc::Propose& proposal)
{
    ++counters_.blocked;
    settled_.push_back({proposal.id, {{ipc::Verdict::unavailable}}});
}

std::span<const ipc::Settled> Ledger::settle(base::Uptime now)
{
    if (pending_.empty()) {
        return settled_;
    }
    const auto changes =
        std::count_if(pending_.begin(), pending_.end(), [](const Pending& p) { return p.changes_zone; });
    begin_commit(serial_ + static_cast<std::uint32_t>(changes), now);
    for (const Pending& pending : pending_) { // the last entry of a host is valid
        store_.writer().add(entry_of(pending.host, pending.after));
    }
    if (store_.commit()) {
        stamp_ = std::max(stamp_, clock_->at(now));
        unstored_since_.reset();
        for (const Pending& pending : pending_) {
            apply(pending, now);
        }
        store_.compact();
    } else {
        refuse_pending(now);
    }
    pending_.clear();
    return settled_;
}

/// The store has logged the first of a series of errors, or the supervisor that the state is not in place.
void Ledger::refuse_pending(base::Uptime now)
{
    counters_.unavailable += pending_.size();
    for (const Pending& pending : pending_) {
        settled_[pending.outcome].hosts.front().verdict = ipc::Verdict::unavailable;
    }
    if (!unstored_since_) {
        unstored_ = 0;
        unstored_since_ = now;
    }
    unstored_ += pending_.size();
    if (now - *unstored_since_ >= unstored_interval) {
        privsep::log(Level::error,
                     "updates still cannot be stored{}: {} were answered with 503 in the last {} s",
                     {store_.is_disabled() ? ", because the state is not in place" : "", unstored_,
                      (now - *unstored_since_).count() / 1000});
        unstored_ = 0;
        unstored_since_ = now;
    }
}

void Ledger::apply(const Pending& pending, base::Uptime now)
{
    const std::string change = describe_change(hosts_.state(pending.host), pending.after);
    apply(pending.host, pending.after, pending.changes_zone);
    const std::string from = "from " + base::to_text(pending.client);
    if (pending.changes_zone) {
        ++counters_.committed;
        log_change(pending.host, change, from, now);
        return;
    }
    ++counters_.unchanged;
    if (privsep::log_shows(Level::info) && change_lines_.unchanged(pending.host, now)) {
        privsep::log(Level::info, "{} unchanged, {}", {hosts_.name(pending.host).to_text(), from});
    }
}

void Ledger::log_change(HostNumber host, const std::string& change, const std::string& cause,
                        base::Uptime now)
{
    const auto left_out = change_lines_.change(host, now);
    if (!left_out) {
        return;
    }
    std::string line =
        base::filled("{} {}, {}, serial {}", {hosts_.name(host).to_text(), change, cause, serial_});
    if (*left_out != 0) {
        base::append(line, " ({} earlier changes of this host were not logged)", {*left_out});
    }
    privsep::log_text(Level::notice, line);
}

void Ledger::log_left_out(HostNumber host, std::uint32_t changes) const
{
    privsep::log(
        Level::notice, "{} {}, serial {} (the last {} changes of this host were not logged)",
        {hosts_.name(host).to_text(), describe_change({}, hosts_.state(host)), hosts_.serial(host), changes});
}

void Ledger::finish_log()
{
    change_lines_.report_all([this](HostNumber host, std::uint32_t changes) { log_left_out(host, changes); });
}

bool Ledger::retry_later(base::Uptime now)
{
    retry_at_ = now + retry_interval;
    return false;
}

bool Ledger::expire(base::Uptime now)
{
    change_lines_.report(now,
                         [this](HostNumber host, std::uint32_t changes) { log_left_out(host, changes); });
    if (now < retry_at_) {
        return false;
    }
    if (has_startup_changes_) {
        store_startup_changes(now);
        return !has_startup_changes_;
    }
    return expire_hosts(now);
}

bool Ledger::expire_hosts(base::Uptime now)
{
    const base::UnixTime time = clock_->at(now);
    due_.clear();
    for (auto host = expiry_.first(); host && expiry_.when(*host) <= time && due_.size() < max_batch;
         host = expiry_.first()) {
        due_.push_back(*host);
        expiry_.remove(*host);
    }
    if (due_.empty()) {
        return false;
    }
    begin_commit(serial_ + static_cast<std::uint32_t>(due_.size()), now);
    for (const HostNumber host : due_) {
        store_.writer().add(entry_of(host, expired(hosts_.state(host))));
    }
    if (!store_.commit()) {
        for (const HostNumber host : due_) {
            expiry_.set(host, hosts_.state(host).expires);
        }
        return retry_later(now);
    }
    stamp_ = std::max(stamp_, time);
    unstored_since_.reset();
    for (const HostNumber host : due_) {
        const std::string change = describe_change(hosts_.state(host), expired(hosts_.state(host)));
        apply(host, expired(hosts_.state(host)), true);
        log_change(host, change, "its lifetime expired", now);
    }
    counters_.expired += due_.size();
    store_.compact();
    return true;
}

int Ledger::next_timeout_ms(base::Uptime now) const noexcept
{
    base::Uptime wait = longest_wait;
    if (const auto host = expiry_.first()) {
        wait = std::min(wait, clock_->when(expiry_.when(*host)) - now);
    }
    if (has_startup_changes_) {
        wait = base::Uptime{};
    }
    wait = std::max(wait, retry_at_ - now);
    return static_cast<int>(std::clamp(wait, base::Uptime{}, longest_wait).count());
}

} // namespace keeper
