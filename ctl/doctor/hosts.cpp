// Checks of the hosts: those that do not report, and those that are refused.
#include <algorithm>
#include <string>

#include "ctl/doctor/check.h"
#include "ctl/doctor/shell.h"
#include "ctl/host_text.h"
#include "ctl/times.h"
#include "proto/base/text.h"

namespace ctl::doctor
{

namespace
{

class HostChecks
{
public:
    explicit HostChecks(const Facts& facts) : facts_(facts) {}

    Findings run()
    {
        for (const admin::HostRow& row : facts_.running->hosts) {
            if (row.kind == admin::HostKind::dynamic) {
                look(row);
            }
        }
        return std::move(findings_);
    }

private:
    void look(const admin::HostRow& row)
    {
        const bool has_addresses = !row.a.empty() || !row.aaaa.empty();
        if (row.overdue_since) {
            add(row, base::filled("{} has been overdue for {}: {}",
                                  {label(row), ago(*row.overdue_since),
                                   row.seen ? "its last report came " + relative(*row.seen, facts_.now)
                                            : std::string{"it has never reported"}}));
        } else if (!row.seen && !row.changed && !has_addresses) {
            add(row, label(row) + " was never updated");
        }
        if (row.refused && row.refused->since_success != 0) {
            add_refusal(row, *row.refused);
        }
        look_at_lifetime(row, has_addresses);
    }

    void add_refusal(const admin::HostRow& row, const admin::RefusedAttempts& refused)
    {
        add(row, base::filled(
                     "{} was refused {} since its last success, most recently {}: {}{}",
                     {label(row),
                      refused.since_success == 1 ? "once" : std::to_string(refused.since_success) + " times",
                      relative(refused.at, facts_.now), word(refused.reason),
                      refused.from ? ", from " + to_text(*refused.from) : ""}));
    }

    /// Most routers report only when the address changes, or every few weeks.
    void look_at_lifetime(const admin::HostRow& row, bool has_addresses)
    {
        if (!row.lifetime) {
            return;
        }
        if (row.expect && *row.lifetime < *row.expect) {
            add_lifetime(row, base::filled("{} expires after {}, but reports only every {}",
                                           {label(row), span(*row.lifetime), span(*row.expect)}));
        } else if (!has_addresses && row.seen && row.changed && *row.seen + *row.lifetime <= *row.changed) {
            // if a client or an administrator removed them, that was before
            add_lifetime(row,
                         base::filled("{} reported {}, and its addresses expired after {}",
                                      {label(row), relative(*row.seen, facts_.now), span(*row.lifetime)}));
        }
    }

    void add_lifetime(const admin::HostRow& row, const std::string& text)
    {
        constexpr base::Seconds enough_for_routers{35 * 86400};
        const base::Seconds too_short = std::max(*row.lifetime, row.expect.value_or(base::Seconds{}));
        findings_.push_back(warn(
            base::filled("{}: set expire={} in {}", {text, too_short < enough_for_routers ? "35d" : "never",
                                                     facts_.section_of(row.name)}),
            facts_.edit()));
    }
    void add(const admin::HostRow& row, std::string text)
    {
        const std::string host = label(row);
        findings_.push_back(
            warn(std::move(text),
                 base::filled("{} show {}{}",
                              {facts_.ctl_program, host.starts_with('-') ? "-- " : "", shell_word(host)})));
    }

    std::string label(const admin::HostRow& row) const { return facts_.names.label(row.name); }
    std::string ago(base::UnixTime time) const { return span(facts_.now - time); }

    const Facts& facts_;
    Findings findings_;
};

} // namespace

Findings check_hosts(const Facts& facts)
{
    if (!facts.running) {
        return {skip(facts.running.why())};
    }
    return or_ok(HostChecks{facts}.run(),
                 base::filled("{} of {} have an address; none is overdue or refused",
                              {facts.running->status.with_address, facts.running->status.hosts}));
}

} // namespace ctl::doctor
