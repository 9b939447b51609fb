#include "daemon/console/pages.h"

#include <algorithm>
#include <utility>

namespace console
{

namespace
{

using common::Family;
using common::OfKeeper;

struct FamilyRow {
    Family family;
    std::string_view name;
    Metric::Kind kind;
    std::string_view help;
};

constexpr auto families = std::to_array<FamilyRow>({
    {Family::dns_queries, "dns_queries_total", Metric::Kind::counter,
     "Messages that came to the DNS sockets, also if they are no queries."},
    {Family::dns_queries_by_type, "dns_queries_by_type_total", Metric::Kind::counter,
     "Answered queries by the type that they ask for."},
    {Family::dns_responses, "dns_responses_total", Metric::Kind::counter, "DNS responses by response code."},
    {Family::dns_truncated, "dns_truncated_total", Metric::Kind::counter,
     "DNS responses with the TC bit, which tells a client to use TCP."},
    {Family::dns_limited, "dns_limited_total", Metric::Kind::counter,
     "Queries over UDP that reached a rate limit, by what was done."},
    {Family::dns_cookies, "dns_cookies_total", Metric::Kind::counter,
     "DNS queries by the state of their cookie."},
    {Family::connections, "connections", Metric::Kind::gauge, "Connections that are open."},
    {Family::connections_total, "connections_total", Metric::Kind::counter,
     "Connections that have ended, by how they ended."},
    {Family::updates, "updates_total", Metric::Kind::counter, "Requests of update clients by their outcome."},
    {Family::blocked, "blocked_total", Metric::Kind::counter,
     "Updates of a host that were blocked after too many wrong secrets."},
    {Family::expiries, "expiries_total", Metric::Kind::counter, "Hosts whose addresses have expired."},
    {Family::state_sync, "state_sync_seconds", Metric::Kind::histogram,
     "Time to sync the state to disk. A sync that failed counts as longer than all bounds."},
});

std::string labels_of(const common::Series& series)
{
    std::string text;
    for (const common::Label& one : series.labels) {
        if (!one.name.empty()) {
            text += (text.empty() ? "" : ",") + label(one.name, one.value);
        }
    }
    return text;
}

std::uint64_t sum(std::span<const std::uint64_t* const> pages, std::size_t slot) noexcept
{
    std::uint64_t result = 0;
    for (const std::uint64_t* const page : pages) {
        result += privsep::load(page[slot]);
    }
    return result;
}

Metric& metric_of(std::vector<Metric>& metrics, Family family)
{
    const auto* const row = std::ranges::find(families, family, &FamilyRow::family);
    return metrics[static_cast<std::size_t>(row - families.begin())];
}

/// To the sample that has the same labels: it is of another slot, or of another process.
void add(std::vector<Sample>& samples, std::string labels, std::uint64_t value)
{
    const auto same = std::ranges::find(samples, labels, &Sample::labels);
    if (same != samples.end()) {
        same->value += value;
    } else {
        samples.push_back({std::move(labels), value});
    }
}

std::vector<const std::uint64_t*> map_all(std::span<const privsep::UniqueFd> memories)
{
    std::vector<const std::uint64_t*> pages;
    for (const privsep::UniqueFd& memory : memories) {
        pages.push_back(privsep::map_counters_to_read(memory.get()));
    }
    return pages;
}

} // namespace

Pages::Pages(std::span<const privsep::UniqueFd> memories, common::Tally<common::OfConsole>& own)
    : Pages(map_all(memories), own)
{
}

Pages::Pages(std::vector<const std::uint64_t*> pages, common::Tally<common::OfConsole>& own)
    : pages_(std::move(pages)), own_(own.at(common::OfConsole::metrics))
{
    if (pages_.size() < pages_before_responders) {
        pages_.clear();
    }
}

/// `role`: 0 the updater, 1 the keeper, 2 updater-tls, 3 the responders.
std::span<const std::uint64_t* const> Pages::pages_of(std::size_t role) const noexcept
{
    const std::span<const std::uint64_t* const> all{pages_};
    if (all.empty()) {
        return {};
    }
    const std::size_t first = role * pages_of_one;
    return first == pages_before_responders ? all.subspan(first) : all.subspan(first, pages_of_one);
}

std::vector<Metric> Pages::counted() const
{
    std::vector<Metric> metrics;
    for (const FamilyRow& row : families) {
        metrics.push_back({row.name, row.kind, row.help});
    }
    const std::array<const std::uint64_t*, 1> own{own_};
    if (!pages_.empty()) {
        add_rows(metrics, common::responder_rows, pages_of(3));
        add_rows(metrics, common::updater_rows, pages_of(0));
        add_rows(metrics, common::updater_tls_rows, pages_of(2));
        add_rows(metrics, common::keeper_rows, pages_of(1));
        add_syncs(metric_of(metrics, Family::state_sync));
    }
    add_rows(metrics, common::console_rows, own);
    return metrics;
}

/// At a reload, the old process exits before the new one starts.
std::optional<base::UnixTime> Pages::certificate_expires() const noexcept
{
    const std::uint64_t expires = sum(pages_of(2), common::certificate_slot);
    return expires == 0 ? std::nullopt
                        : std::optional{base::UnixTime{base::Seconds{static_cast<std::int64_t>(expires)}}};
}

void Pages::add_rows(std::vector<Metric>& metrics, OfOnePage rows,
                     std::span<const std::uint64_t* const> pages) const
{
    for (std::size_t slot = 0; slot < rows.size(); ++slot) {
        const std::uint64_t value = sum(pages, slot);
        for (const common::Series& series : rows[slot]) {
            if (series.family != Family::none && series.family != Family::state_sync) {
                add(metric_of(metrics, series.family).samples, labels_of(series), value);
            }
        }
    }
}

/// Buckets count all that is below their bound.
void Pages::add_syncs(Metric& metric) const
{
    constexpr auto first = static_cast<std::size_t>(OfKeeper::syncs);
    const auto pages = pages_of(1);
    std::uint64_t count = 0;
    for (std::size_t bucket = 0; bucket <= common::sync_bounds.size(); ++bucket) {
        count += sum(pages, first + bucket);
        const bool is_last = bucket == common::sync_bounds.size();
        metric.samples.push_back(
            {label("le", is_last ? "+Inf" : seconds(common::sync_bounds[bucket])), count, "_bucket"});
    }
    const auto total = static_cast<std::size_t>(OfKeeper::sync_microseconds);
    metric.samples.push_back({"", sum(pages, total), "_sum", true});
    metric.samples.push_back({"", count, "_count"});
}

} // namespace console
