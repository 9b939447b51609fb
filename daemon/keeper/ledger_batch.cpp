// The part of the ledger that decides proposals and stores them as a batch.
#include <algorithm>

#include "daemon/keeper/decision.h"
#include "daemon/keeper/ledger.h"
#include "daemon/keeper/origin.h"

namespace keeper
{

namespace
{

bool is_success(ipc::Verdict verdict) noexcept
{
    return verdict == ipc::Verdict::committed || verdict == ipc::Verdict::unchanged;
}

base::Seconds time_until(base::UnixTime end, base::UnixTime start) noexcept
{
    return std::max(end - start, base::Seconds{0});
}

} // namespace

/// The host at this place of the proposal if the secret opens it for all that the proposal changes.
std::optional<HostNumber> Ledger::authorise(const ipc::Propose& proposal, std::size_t place) const noexcept
{
    const Client client{proposal.client, proposal.client_is_known};
    const bool changes_addresses = proposal.changes_addresses();
    if (proposal.account) {
        const auto host = hosts_.authorise(*proposal.account, proposal.token, client);
        return changes_addresses ? std::nullopt : host;
    }
    const auto opens = [&](Purpose purpose) {
        return hosts_.authorise(proposal.hosts[place], proposal.token, client, purpose);
    };
    if (proposal.txt == ipc::TxtChange::none) {
        return opens(Purpose::addresses);
    }
    const auto host = opens(Purpose::challenge);
    return !changes_addresses || opens(Purpose::addresses) ? host : std::nullopt;
}

PlacesOfHosts Ledger::propose(const ipc::Propose& proposal, base::Uptime now, PlacesOfHosts outside,
                              PlacesOfHosts blocked)
{
    const std::size_t first_pending = pending_.size();
    const std::size_t count = proposal.account ? 1 : proposal.hosts.size();
    settled_.push_back({proposal.id, std::vector<ipc::HostOutcome>(count)});
    PlacesOfHosts opened;
    for (std::size_t place = 0; place < count; ++place) {
        const auto host = blocked[place] ? std::nullopt : authorise(proposal, place);
        if (host) {
            opened.set(place);
            decide_host(*host, proposal, place, origin_of(proposal), clock_->at(now));
        } else if (outside[place]) {
            settled_.back().hosts[place] = {ipc::Verdict::outside_zone};
        }
    }
    if (proposal.all_or_nothing) {
        decline_all(first_pending);
    }
    counters_.blocked += blocked.count();
    const auto failed =
        std::ranges::count_if(settled_.back().hosts, [](const auto& o) { return !is_success(o.verdict); });
    counters_.refused += static_cast<std::size_t>(failed) - blocked.count();
    return opened;
}

PlacesOfHosts Ledger::look(const ipc::Propose& guess, base::Uptime now)
{
    PlacesOfHosts opened;
    const auto host = authorise(guess, 0);
    if (!host) {
        settled_.push_back({guess.id, std::vector<ipc::HostOutcome>(1)});
        ++counters_.refused;
        return opened;
    }
    opened.set(0);
    const HostData data = hosts_.data(*host);
    const base::UnixTime time = clock_->at(now);
    ipc::Seen& seen = seen_.emplace_back();
    seen.id = guess.id;
    seen.host = dns::CompactName{hosts_.name(*host)};
    seen.was_updated = data.updated;
    seen.address4 = data.a;
    seen.address6 = data.aaaa;
    seen.prefix = data.prefix;
    for (const journal::ChallengeValue& value : data.challenge.values()) {
        seen.challenge.push_back(value.text);
    }
    if (data.has_lifetime()) {
        seen.lifetime = base::is_never(data.expires) ? base::never : time_until(data.expires, time);
    }
    if (data.report.changed != base::UnixTime{}) {
        seen.since_change = time_until(time, data.report.changed);
    }
    return opened;
}

void Ledger::decide_host(HostNumber host, const ipc::Propose& proposal, std::size_t place,
                         const ipc::Origin& origin, base::UnixTime now)
{
    const HostData before = latest(host);
    Decision decision = decide(before, proposal, hosts_.rules(host), now);
    HostData& after = decision.after;
    settled_.back().hosts[place] = decision.outcome;
    if (!is_success(decision.outcome.verdict)) {
        return;
    }
    if (proposal.changes_addresses()) {
        after.report = report_after(before, after, origin, now);
    }
    Pending& pending = pending_.emplace_back();
    pending.host = host;
    pending.after = after;
    pending.changes_addresses = !after.same_entry(before);
    pending.changes_challenge = after.challenge != before.challenge;
    const bool is_of_client = proposal.changes_addresses() || hosts_.is_static(host); // which has only ACME
    pending.is_success = is_of_client && !origin.administrator;
    pending.serials = count_changes(host, before, after);
    pending.outcome = settled_.size() - 1;
    pending.place = place;
    pending.origin = origin;
    entries_ += std::size_t{pending.changes_addresses} + std::size_t{pending.changes_challenge};
}

/// If a host of the last proposal cannot change, none of them does.
void Ledger::decline_all(std::size_t first_pending)
{
    std::vector<ipc::HostOutcome>& outcomes = settled_.back().hosts;
    const auto failed =
        std::ranges::find_if(outcomes, [](const auto& outcome) { return !is_success(outcome.verdict); });
    if (failed == outcomes.end()) {
        return;
    }
    std::ranges::fill(outcomes, ipc::HostOutcome{failed->verdict, failed->reason});
    for (; pending_.size() > first_pending; pending_.pop_back()) {
        const Pending& last = pending_.back();
        entries_ -= std::size_t{last.changes_addresses} + std::size_t{last.changes_challenge};
    }
}

/// The data of the host after the pending changes.
HostData Ledger::latest(HostNumber host) const
{
    const auto found = std::find_if(pending_.rbegin(), pending_.rend(),
                                    [host](const Pending& pending) { return pending.host == host; });
    return found == pending_.rend() ? hosts_.data(host) : found->after;
}

ipc::HostOutcome Ledger::administer(HostNumber host, const ipc::Propose& proposal,
                                    const ipc::Administrator& administrator, base::Uptime now)
{
    begin_batch();
    settled_.push_back({proposal.id, std::vector<ipc::HostOutcome>(1)});
    decide_host(host, proposal, 0, {{}, {}, administrator}, clock_->at(now));
    return settle(now).front().hosts.front();
}

void Ledger::settle_blocked(const ipc::Propose& proposal)
{
    const std::size_t count = proposal.account ? 1 : proposal.hosts.size();
    counters_.blocked += count;
    settled_.push_back(
        {proposal.id, std::vector<ipc::HostOutcome>(count, ipc::HostOutcome{ipc::Verdict::unavailable})});
}

std::vector<ipc::Settled> Ledger::settle(base::Uptime now)
{
    if (!pending_.empty()) {
        store_batch(now);
    }
    return std::move(settled_);
}

void Ledger::store_batch(base::Uptime now)
{
    std::uint32_t serial = serial_;
    for (const Pending& pending : pending_) {
        serial += pending.serials;
    }
    begin_commit(serial, now);
    for (const Pending& pending : pending_) { // the last entry of a host is valid
        write_entries(pending.host, pending.after, pending.changes_addresses, pending.changes_challenge);
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
    entries_ = 0;
}

} // namespace keeper
