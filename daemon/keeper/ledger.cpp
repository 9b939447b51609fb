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

} // namespace

Ledger::Ledger(Hosts&& hosts, const ipc::Digest& fingerprint, StateFile& first, StateFile& second,
               const CompactionPolicy& policy, std::string path)
    : hosts_(std::move(hosts)), parts_(hosts_), expiry_(hosts_.count()), change_lines_(hosts_.count()),
      fingerprint_(fingerprint), stored_fingerprint_(fingerprint),
      store_(first, second, *this, policy, std::move(path)), overdue_(hosts_), refused_(hosts_)
{
    pending_.reserve(max_batch);
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
    const auto number = find_updatable(host.host);
    if (!is_fresh_ || !number || host.expires <= stamp_) {
        return;
    }
    const base::UnixTime latest = base::expiry(stamp_, hosts_.lifetime(*number));
    const base::UnixTime expires = std::min(expiry_of(*number, host.expires), latest);
    load(*number, {{host.address4, host.address6, true, expires}, {}, {}, {}});
}

void Ledger::start(base::Uptime now, bool is_reload)
{
    await_hosts(clock_->at(now));
    overdue_.begin();
    if (is_fresh_) {
        store_.create();
        is_fresh_ = false;
        privsep::log(Level::notice, "created a new state: serial {}, {} imported hosts",
                     {serial_, expiry_.size()});
        return;
    }
    privsep::log(Level::notice, "read the state: serial {}, {} hosts with addresses",
                 {serial_, hosts_.with_addresses()});
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
    log_overdue_at_start(clock_->at(now), is_reload);
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
    const HostData data = hosts_.data(number);
    if (!data.has_entry()) {
        return false;
    }
    entry = entry_of(number, data);
    return true;
}

bool Ledger::challenge(std::size_t index, journal::ChallengeEntry& entry) const
{
    if (index >= hosts_.count()) {
        return false;
    }
    const auto number = static_cast<HostNumber>(index);
    entry = {hosts_.name(number), hosts_.data(number).challenge};
    return !entry.challenge.empty();
}

/// The host if it has a token. The challenge of another one can be updated, but not its addresses.
std::optional<HostNumber> Ledger::find_updatable(const dns::Name& name) const noexcept
{
    const auto number = hosts_.find(name);
    return number && !hosts_.is_static(*number) ? number : std::nullopt;
}

void Ledger::host(const journal::HostEntry& entry)
{
    const auto number = find_updatable(entry.name);
    // without `expect` it is no longer awaited: if it gets `expect` again, the time starts then
    const bool is_stale = entry.report.is_awaited && (!number || hosts_.expect(*number) == base::Seconds{});
    must_rewrite_ = must_rewrite_ || is_stale;
    if (number) {
        HostData data;
        if (!entry.left) {
            data = {{entry.a, entry.aaaa, entry.is_updated, entry.expires}, entry.prefix, {}, entry.report};
        }
        data.challenge = hosts_.data(*number).challenge;
        if (is_stale) {
            data.report.seen = {};
            data.report.is_awaited = false;
        }
        load(*number, data);
        if (data.report.last_seen() > (last_update_ ? last_update_->at : base::UnixTime{})) {
            last_update_ = {*number, data.report.last_seen()};
        }
    }
    if (number && !entry.left) {
        departed_.remove(entry.name);
    } else {
        departed_.set(entry);
    }
}

/// The challenge of a host that left the config, or cannot have one any more, is dropped.
void Ledger::challenge(const journal::ChallengeEntry& entry)
{
    const auto number = hosts_.find(entry.name);
    if (number && hosts_.can_have_challenge(*number)) {
        HostData data = hosts_.data(*number);
        data.challenge = entry.challenge;
        load(*number, data);
    }
}

base::UnixTime Ledger::expiry_of(HostNumber host, base::UnixTime stored) const noexcept
{
    return hosts_.lifetime(host) == base::never ? base::UnixTime{base::never} : stored;
}

journal::HostEntry Ledger::entry_of(HostNumber host, const HostData& data) const
{
    return {hosts_.name(host), data.a,      data.aaaa,   data.expires,
            std::nullopt,      data.prefix, data.report, data.updated};
}

void Ledger::begin_commit(std::uint32_t serial, base::Uptime now)
{
    store_.writer().begin(serial, std::max(stamp_, clock_->at(now)));
}

void Ledger::write_entries(HostNumber host, const HostData& after, bool addresses, bool challenge)
{
    if (addresses) {
        store_.writer().add(entry_of(host, after));
    }
    if (challenge) {
        store_.writer().add(journal::ChallengeEntry{hosts_.name(host), after.challenge});
    }
}

std::uint32_t Ledger::count_changes(HostNumber host, const HostData& before, const HostData& after) const
{
    return static_cast<std::uint32_t>(parts_.changes(host, before, after).size());
}

/// Sets the data of a host without a change of the zone.
void Ledger::load(HostNumber host, const HostData& data)
{
    hosts_.set(host, data);
    if (const auto next = data.next_expiry()) {
        expiry_.set(host, *next);
    } else {
        expiry_.remove(host);
    }
}

/// Sets the data of a host. Each part of the zone that changes has the next serial.
void Ledger::publish(HostNumber host, const HostData& after, const ipc::Origin& origin, base::UnixTime now)
{
    for (const PartNumber part : parts_.changes(host, hosts_.data(host), after)) {
        parts_.set_serial(part, ++serial_);
        changed_.push_back(part);
        const bool is_challenge = part != host && parts_.follower(part) == nullptr;
        if (changes_.is_on() && !is_challenge) {
            list_change(host, part, after, origin, now);
        }
    }
    load(host, after);
}

void Ledger::list_change(HostNumber host, PartNumber part, const HostData& after, const ipc::Origin& origin,
                         base::UnixTime now)
{
    const auto addresses = [&](const HostData& data) -> ipc::HostAddresses {
        const Follower* follower = parts_.follower(part);
        return follower != nullptr ? ipc::HostAddresses{follower->a(data), follower->aaaa(data)}
                                   : ipc::HostAddresses{data.a, data.aaaa};
    };
    const ipc::HostAddresses before = addresses(hosts_.data(host));
    const ipc::HostAddresses after_it = addresses(after);
    // the first update may set no address: then it is a change only if the config had some
    const bool has_lost_some =
        parts_.has_configured(part, hosts_.data(host).updated) && !parts_.has_configured(part, after.updated);
    if (before != after_it || has_lost_some) {
        changes_.add({now, serial_, part, before, after_it, origin});
    }
}

/// The store has logged the first of a series of errors, or the supervisor that the state is not in place.
void Ledger::refuse_pending(base::Uptime now)
{
    counters_.unavailable += pending_.size();
    for (const Pending& pending : pending_) {
        settled_[pending.outcome].hosts[pending.place] = {ipc::Verdict::unavailable};
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
    const base::UnixTime time = clock_->at(now);
    const HostData before = hosts_.data(pending.host);
    const auto overdue_since = overdue_.since(pending.host);
    publish(pending.host, pending.after, pending.origin, time);
    if (pending.is_success) {
        refused_.note_success(pending.host);
    }
    last_update_ = {pending.host, time};
    if (settled_[pending.outcome].hosts[pending.place].verdict == ipc::Verdict::committed) {
        ++counters_.committed;
        log_change(pending.host, before, ipc::Cause::update, pending.origin, now);
    } else {
        ++counters_.unchanged;
        if (privsep::log_shows(Level::info) && change_lines_.unchanged(pending.host, now)) {
            privsep::log_text(Level::info,
                              to_text(ipc::ChangeLine{hosts_.name(pending.host), ipc::Cause::update,
                                                      pending.origin, true}));
        }
    }
    log_return(pending.host, overdue_since, time);
}

/// Logs the change from the data before to the data that the host has now, and names the first followers that
/// have changed.
void Ledger::log_change(HostNumber host, const HostData& before, ipc::Cause cause, const ipc::Origin& origin,
                        base::Uptime now)
{
    const auto left_out = change_lines_.change(host, now);
    if (!left_out && !origin.administrator) { // what an administrator does is always logged
        return;
    }
    ipc::ChangeLine line = describe_change(before, hosts_.data(host));
    line.host = hosts_.name(host);
    line.cause = cause;
    line.origin = origin;
    line.serial = serial_;
    line.left_out = left_out.value_or(0);
    for (const PartNumber part : parts_.changes(host, before, hosts_.data(host))) {
        const Follower* follower = parts_.follower(part);
        if (follower != nullptr && ++line.all_followers <= ipc::most_followers_named) {
            line.followers.push_back(follower->name.get());
        }
    }
    static_assert(ipc::longest_change_line <= privsep::longest_text);
    privsep::log_text(Level::notice, to_short_text(std::move(line)));
}

void Ledger::log_left_out(HostNumber host, std::uint32_t changes) const
{
    ipc::ChangeLine line = describe_change({}, hosts_.data(host));
    line.host = hosts_.name(host);
    line.cause = ipc::Cause::several;
    line.serial = hosts_.serial(host);
    line.left_out = changes;
    privsep::log_text(Level::notice, to_text(line));
}

void Ledger::finish_log()
{
    change_lines_.report_all([this](HostNumber host, std::uint32_t changes) { log_left_out(host, changes); });
}

} // namespace keeper
