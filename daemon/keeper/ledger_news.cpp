// The part of the ledger that stores what is new at a start: another boot, another config, and which hosts
// have left it or are back.
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
        if (const auto host = hosts_.find(entry.name)) {
            apply(*host, {entry.a, entry.aaaa, true, entry.expires}, false);
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

/// What the config says of the zone, which hosts it has, and the boot may be others than they were. Where
/// that shows in the zone the serial must grow with it.
void Ledger::adopt(base::Uptime now)
{
    const bool is_another_zone = stored_fingerprint_ != fingerprint_ || !returned_.empty() || !left_.empty();
    const std::uint32_t serial = serial_ + (is_another_zone ? 1 : 0);
    if (!store_news(serial, now)) {
        retry_later(now);
        return;
    }
    stamp_ = std::max(stamp_, clock_->at(now));
    serial_ = serial;
    stored_fingerprint_ = fingerprint_;
    stored_fixed_ = clock_->fixed_point();
    has_news_ = false;
    if (is_another_zone) {
        privsep::log(Level::notice, "the config's zone is another one: serial {}", {serial_});
    }
    say_what_was_adopted();
    returned_ = {};
    left_ = {};
}

bool Ledger::store_news(std::uint32_t serial, base::Uptime now)
{
    constexpr std::size_t zone_and_clock = 2;
    const bool has_room = zone_and_clock + returned_.size() + left_.size() <= max_batch;
    return store_.is_current() && has_room ? store_news_by_commit(serial, now) : renew_with_news(serial, now);
}

bool Ledger::store_news_by_commit(std::uint32_t serial, base::Uptime now)
{
    begin_commit(serial, now);
    store_.writer().add(journal::ZoneEntry{fingerprint_});
    store_.writer().add(journal::ClockEntry{clock_->fixed_point()});
    for (const HostNumber host : returned_) {
        store_.writer().add(entry_of(host, hosts_.state(host)));
    }
    for (const std::size_t number : left_) {
        store_.writer().add(departed_.entry(number));
    }
    return store_.commit();
}

/// The hosts are in the tables as they are to be stored.
bool Ledger::renew_with_news(std::uint32_t serial, base::Uptime now)
{
    const auto before = std::tuple{serial_, stamp_, stored_fingerprint_, stored_fixed_};
    serial_ = serial;
    stamp_ = std::max(stamp_, clock_->at(now));
    stored_fingerprint_ = fingerprint_;
    stored_fixed_ = clock_->fixed_point();
    const bool is_stored = store_.renew();
    if (!is_stored) {
        std::tie(serial_, stamp_, stored_fingerprint_, stored_fixed_) = before;
    }
    return is_stored;
}

void Ledger::say_what_was_adopted() const
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
        privsep::log(Level::notice, "hosts that are back in the config have their records again ({}): {}",
                     {returned_.size(), some_names(returned_.size(), [&](std::size_t i) {
                          return hosts_.name(returned_[i]);
                      })});
    }
    if (!left_.empty()) {
        privsep::log(
            Level::notice,
            "hosts that left the config, or have no token, keep their records for {} days or until they "
            "expire ({}): {}",
            {Departed::keep_for / std::chrono::hours{24}, left_.size(),
             some_names(left_.size(), [&](std::size_t i) { return departed_.entry(left_[i]).name; })});
    }
}

} // namespace keeper
