// The part of the ledger that stores what has changed since the last run: another boot, another config, and
// hosts that left the config or came back.
#include <algorithm>
#include <chrono>
#include <string>
#include <tuple>

#include "daemon/keeper/ledger.h"
#include "proto/base/text.h"

namespace keeper
{

using privsep::Level;

void Ledger::settle_departed(base::UnixTime time)
{
    std::size_t number = 0;
    departed_.settle(time, [&](const journal::HostEntry& entry) {
        if (const auto host = find_updatable(entry.name)) {
            HostData data = hosts_.data(*host);
            static_cast<HostState&>(data) = {entry.a, entry.aaaa, true, expiry_of(*host, entry.expires)};
            data.prefix = entry.prefix;
            load(*host, data);
            returned_.push_back(*host);
            return false;
        }
        if (!entry.left) {
            left_.push_back(number);
        }
        ++number;
        return true;
    });
}

/// expire=never applies to stored addresses, but not to those that have expired meanwhile.
void Ledger::prolong(base::UnixTime time) noexcept
{
    for (HostNumber host = 0; host < hosts_.count(); ++host) {
        HostData data = hosts_.data(host);
        if (hosts_.lifetime(host) == base::never && data.has_lifetime() && data.expires > time) {
            data.expires = base::UnixTime{base::never};
            load(host, data);
        }
    }
}

/// The configured zone contents, the hosts in the config, and the boot may differ from those of the last run.
/// If the difference is visible in the zone, the serial grows.
void Ledger::store_startup_changes(base::Uptime now)
{
    const bool zone_has_changed = stored_fingerprint_ != fingerprint_ || !returned_.empty() || !left_.empty();
    const std::uint32_t serial = serial_ + (zone_has_changed ? 1 : 0);
    if (!write_startup_changes(serial, now)) {
        retry_later(now);
        return;
    }
    stamp_ = std::max(stamp_, clock_->at(now));
    serial_ = serial;
    stored_fingerprint_ = fingerprint_;
    stored_fixed_ = clock_->fixed_point();
    has_startup_changes_ = false;
    if (zone_has_changed) {
        privsep::log(Level::notice, "the configuration changed the zone: new serial {}", {serial_});
    }
    log_startup_changes();
    returned_ = {};
    left_ = {};
}

bool Ledger::write_startup_changes(std::uint32_t serial, base::Uptime now)
{
    constexpr std::size_t zone_and_clock = 2;
    const bool has_room = zone_and_clock + returned_.size() + left_.size() <= journal::max_entries;
    return store_.is_current() && has_room && !must_rewrite_ ? commit_startup_changes(serial, now)
                                                             : rewrite_with_startup_changes(serial, now);
}

bool Ledger::commit_startup_changes(std::uint32_t serial, base::Uptime now)
{
    begin_commit(serial, now);
    store_.writer().add(journal::ZoneEntry{fingerprint_});
    store_.writer().add(journal::ClockEntry{clock_->fixed_point()});
    for (const HostNumber host : returned_) {
        store_.writer().add(entry_of(host, hosts_.data(host)));
    }
    for (const std::size_t number : left_) {
        store_.writer().add(departed_.entry(number));
    }
    return store_.commit();
}

/// The tables already have the hosts as they are to be stored.
bool Ledger::rewrite_with_startup_changes(std::uint32_t serial, base::Uptime now)
{
    const auto before = std::tuple{serial_, stamp_, stored_fingerprint_, stored_fixed_};
    serial_ = serial;
    stamp_ = std::max(stamp_, clock_->at(now));
    stored_fingerprint_ = fingerprint_;
    stored_fixed_ = clock_->fixed_point();
    const bool is_stored = store_.rewrite();
    if (!is_stored) {
        std::tie(serial_, stamp_, stored_fingerprint_, stored_fixed_) = before;
    }
    return is_stored;
}

void Ledger::log_startup_changes() const
{
    const auto some_names = [](std::size_t count, const auto& name_of) {
        constexpr std::size_t most_names = 8;
        std::string text;
        for (std::size_t i = 0; i < std::min(count, most_names); ++i) {
            base::append(text, "{}{}", {i == 0 ? "" : ", ", name_of(i).to_text()});
        }
        return text + (count > most_names ? ", ..." : "");
    };
    if (!returned_.empty()) {
        privsep::log(Level::notice, "restored the records of {} hosts that are back in the config: {}",
                     {returned_.size(), some_names(returned_.size(), [&](std::size_t i) {
                          return hosts_.name(returned_[i]);
                      })});
    }
    if (!left_.empty()) {
        privsep::log(
            Level::notice,
            "keeping the records of {} hosts that left the config or lost their token, for {} days or until "
            "they expire: {}",
            {left_.size(), Departed::keep_for / std::chrono::hours{24},
             some_names(left_.size(), [&](std::size_t i) { return departed_.entry(left_[i]).name; })});
    }
}

} // namespace keeper
