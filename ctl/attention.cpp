#include <algorithm>
#include <array>
#include <chrono>

#include "ctl/host_text.h"
#include "ctl/status.h"
#include "ctl/times.h"
#include "proto/base/text.h"

namespace ctl
{

namespace
{

constexpr base::Seconds certificate_is_old = std::chrono::days{21};
constexpr base::Seconds restart_is_recent = std::chrono::hours{1};

/// As in the config: "1d", "36h", "90s".
std::string config_time(base::Seconds time)
{
    struct Unit {
        std::int64_t seconds;
        std::string_view letter;
    };
    constexpr auto units = std::to_array<Unit>({{86400, "d"}, {3600, "h"}, {60, "m"}, {1, "s"}});
    const auto* const unit = std::find_if(units.begin(), units.end(), [&](const Unit& one) {
        return one.seconds == 1 || (time.count() >= one.seconds && time.count() % one.seconds == 0);
    });
    return base::filled("{}{}", {time.count() / unit->seconds, unit->letter});
}

/// "20 min ago: wrong secret, from 192.0.2.9"
std::string last_refusal(const admin::RefusedAttempts& refused, base::UnixTime now)
{
    return base::filled("{}: {}{}", {relative(refused.at, now), word(refused.reason),
                                     refused.from ? ", from " + to_text(*refused.from) : ""});
}

std::string overdue(const admin::HostRow& row, const Names& names, base::UnixTime now)
{
    std::string text = names.label(row.name);
    text += row.seen ? " has not reported for " + span(now - *row.seen) : " has never reported";
    if (row.expect) {
        base::append(text, " (expect={})", {config_time(*row.expect)});
    }
    if (row.refused && row.refused->since_success != 0) {
        base::append(text, "; its last attempt was refused {}", {last_refusal(*row.refused, now)});
    }
    return text;
}

std::string refused(const admin::HostRow& row, const Names& names, base::UnixTime now)
{
    const std::uint32_t count = row.refused->since_success;
    return base::filled("{} was refused {} since its last success, most recently {}",
                        {names.label(row.name), count == 1 ? "once" : std::to_string(count) + " times",
                         last_refusal(*row.refused, now)});
}

void add_certificate(const Status& status, base::UnixTime now, std::vector<std::string>& sentences)
{
    if (!status.certificate || status.certificate->expires - now >= certificate_is_old) {
        return;
    }
    const bool is_over = status.certificate->expires <= now;
    sentences.push_back(base::filled("the certificate of {} {} {}",
                                     {Names::whole(status.certificate->name), is_over ? "expired" : "expires",
                                      relative(status.certificate->expires, now)}));
}

} // namespace

std::vector<std::string> attention(const Status& status, base::UnixTime now)
{
    std::vector<std::string> sentences;
    for (const admin::StatusProcess& process : status.processes) {
        if (process.pid == 0) {
            sentences.push_back(
                base::filled("the process {} does not run: the log says why", {name_of(process, status)}));
        } else if (process.restarts.value_or(0) != 0 && now - process.started < restart_is_recent) {
            sentences.push_back(base::filled("the process {} was restarted {}",
                                             {name_of(process, status), relative(process.started, now)}));
        }
    }
    add_certificate(status, now, sentences);
    for (const admin::HostRow& row : status.needy) {
        if (row.overdue_since) {
            sentences.push_back(overdue(row, status.names, now));
        }
    }
    for (const admin::HostRow& row : status.needy) {
        if (!row.overdue_since && row.refused) {
            sentences.push_back(refused(row, status.names, now));
        }
    }
    return sentences;
}

} // namespace ctl
