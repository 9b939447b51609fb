// The part of the ledger that says when hosts are silent for too long (`expect` in the config).
#include <algorithm>

#include "daemon/keeper/ledger.h"
#include "proto/base/text.h"

namespace keeper
{

using privsep::Level;

/// A host that has never reported is awaited from the first config on that says so. The state remembers that.
void Ledger::await_hosts(base::UnixTime now)
{
    constexpr base::UnixTime first{base::Seconds{1}}; // 0 would be no time
    for (const ExpectedHost& expected : hosts_.expected()) {
        HostData data = hosts_.data(expected.host);
        if (data.report.seen == base::UnixTime{}) {
            data.report.seen = std::max(now, first);
            data.report.is_awaited = true;
            hosts_.set(expected.host, data);
            must_rewrite_ = !is_fresh_;
        }
    }
    has_startup_changes_ = has_startup_changes_ || must_rewrite_;
}

/// The hosts that were overdue before the daemon's start are named once. At a reload, the earlier keeper has
/// warned of all, except perhaps of those that became overdue a moment ago: log_overdue() does that.
void Ledger::log_overdue_at_start(base::UnixTime now, bool is_reload)
{
    constexpr base::Seconds between_keepers{10}; // at most, with a large state
    constexpr std::uint32_t most_names = 8;
    std::string names;
    while (const auto host = overdue_.take(is_reload ? now - between_keepers : now)) {
        if (!is_reload && overdue_.count() <= most_names) {
            base::append(names, "{}{}", {names.empty() ? "" : ", ", hosts_.name(*host).to_text()});
        }
    }
    if (!names.empty()) {
        privsep::log(Level::warning, "hosts that are overdue: {}{}",
                     {names, overdue_.count() > most_names ? ", ..." : ""});
    }
}

void Ledger::log_overdue(base::UnixTime now)
{
    constexpr int most_lines = 64; // in one turn of the event loop; the next one logs the others
    for (int i = 0; i < most_lines; ++i) {
        const auto host = overdue_.take(now);
        if (!host) {
            return;
        }
        const journal::Report& report = hosts_.report(*host);
        privsep::log(Level::warning, "{} is overdue: {} no update for {} s",
                     {hosts_.name(*host).to_text(),
                      report.is_awaited ? "it never reported, and" : "there was",
                      static_cast<std::uint64_t>((now - report.seen).count())});
    }
}

void Ledger::log_return(HostNumber host, std::optional<base::UnixTime> since, base::UnixTime now)
{
    if (overdue_.reported(host)) {
        privsep::log(Level::notice, "{} is back: it was overdue for {} s",
                     {hosts_.name(host).to_text(), static_cast<std::uint64_t>((now - *since).count())});
    }
}

} // namespace keeper
