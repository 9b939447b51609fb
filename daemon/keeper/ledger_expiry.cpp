// The part of the ledger that removes what has expired.
#include <algorithm>

#include "daemon/keeper/decision.h"
#include "daemon/keeper/ledger.h"

namespace keeper
{

namespace
{

constexpr base::Uptime longest_wait{60000};

} // namespace

bool Ledger::retry_later(base::Uptime now)
{
    retry_at_ = now + retry_interval;
    return false;
}

bool Ledger::expire(base::Uptime now)
{
    change_lines_.report(now,
                         [this](HostNumber host, std::uint32_t changes) { log_left_out(host, changes); });
    log_overdue(clock_->at(now));
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
    for (auto host = expiry_.first(); host && expiry_.when(*host) <= time && due_.size() < max_expired;
         host = expiry_.first()) {
        due_.push_back(*host);
        expiry_.remove(*host);
    }
    if (due_.empty()) {
        return false;
    }
    write_expired(time, now);
    if (!store_.commit()) {
        for (const HostNumber host : due_) {
            load(host, hosts_.data(host));
        }
        return retry_later(now);
    }
    stamp_ = std::max(stamp_, time);
    unstored_since_.reset();
    for (const HostNumber host : due_) {
        const HostData before = hosts_.data(host);
        publish(host, expired(before, time), {}, time);
        counters_.expired += before.has_lifetime() && !hosts_.data(host).has_lifetime() ? 1U : 0U;
        log_change(host, before, ipc::Cause::expiry, {}, now);
    }
    store_.compact();
    return true;
}

void Ledger::write_expired(base::UnixTime time, base::Uptime now)
{
    std::uint32_t serial = serial_;
    for (const HostNumber host : due_) {
        const HostData before = hosts_.data(host);
        serial += count_changes(host, before, expired(before, time));
    }
    begin_commit(serial, now);
    for (const HostNumber host : due_) {
        const HostData before = hosts_.data(host);
        const HostData after = expired(before, time);
        write_entries(host, after, !after.same_entry(before), after.challenge != before.challenge);
    }
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
    if (const auto next = overdue_.next()) {
        wait = std::min(wait, clock_->when(*next) - now);
    }
    return static_cast<int>(std::clamp(wait, base::Uptime{}, longest_wait).count());
}

} // namespace keeper
