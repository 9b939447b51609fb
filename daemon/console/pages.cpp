#include "daemon/console/pages.h"

#include <algorithm>
#include <array>
#include <utility>

namespace console
{

namespace
{

using common::Family;

struct FamilyRow {
    Family family;
    Metric metric;
    std::array<const char*, 2> labels{};
};

using enum Metric::Kind;
constexpr auto families = std::to_array<FamilyRow>({
    {Family::dns_queries,
     {"dns_queries_total", counter, "Messages that came to the DNS sockets, also if they are no queries."},
     {"transport", "family"}},
    {Family::dns_queries_by_type,
     {"dns_queries_by_type_total", counter, "Answered queries by the type that they ask for."},
     {"type"}},
    {Family::dns_responses, {"dns_responses_total", counter, "DNS responses by response code."}, {"rcode"}},
    {Family::dns_truncated,
     {"dns_truncated_total", counter, "DNS responses with the TC bit, which tells a client to use TCP."}},
    {Family::dns_limited,
     {"dns_limited_total", counter, "Queries over UDP that reached a rate limit, by what was done."},
     {"action"}},
    {Family::dns_cookies,
     {"dns_cookies_total", counter, "DNS queries by the state of their cookie."},
     {"state"}},
    {Family::connections, {"connections", gauge, "Connections that are open."}, {"service"}},
    {Family::connections_total,
     {"connections_total", counter, "Connections that have ended, by how they ended."},
     {"service", "outcome"}},
    {Family::updates,
     {"updates_total", counter, "Requests of update clients by their outcome."},
     {"dialect", "outcome"}},
    {Family::blocked,
     {"blocked_total", counter, "Updates of a host that were blocked after too many wrong secrets."}},
    {Family::expiries, {"expiries_total", counter, "Hosts whose addresses have expired."}},
    {Family::state_sync,
     {"state_sync_seconds", histogram,
      "Time to sync the state to disk. A sync that failed counts as longer than all bounds."}},
});

std::string labels_of(const FamilyRow& row, const common::Series& series)
{
    std::string text;
    for (std::size_t i = 0; i < row.labels.size() && row.labels[i] != nullptr; ++i) {
        text += (text.empty() ? "" : ",") + label(row.labels[i], series.values[i].text());
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

std::vector<const std::uint64_t*> map_all(std::span<const privsep::UniqueFd> memories)
{
    std::vector<const std::uint64_t*> pages;
    pages.reserve(memories.size());
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

void Pages::write_to(MetricSink& metrics) const
{
    for (const FamilyRow& row : families) {
        metrics.begin(row.metric);
        if (row.family == Family::state_sync) {
            write_syncs_to(metrics);
            continue;
        }
        for (const Count& count : counts_of(row.family)) {
            const std::string labels = labels_of(row, count.series);
            metrics.add({labels, count.value});
        }
    }
}

std::uint64_t Pages::count(OfKeeper slot) const noexcept
{
    return sum(pages_of(1), static_cast<std::size_t>(slot));
}

/// At a reload, the old process exits before the new one starts.
std::optional<base::UnixTime> Pages::certificate_expires() const noexcept
{
    const std::uint64_t expires = sum(pages_of(2), common::certificate_slot);
    return expires == 0 ? std::nullopt
                        : std::optional{base::UnixTime{base::Seconds{static_cast<std::int64_t>(expires)}}};
}

/// Slots of the same series are one count, also those of several processes.
std::vector<Pages::Count> Pages::counts_of(Family family) const
{
    std::vector<Count> counts;
    const auto add = [&](OfOnePage rows, std::span<const std::uint64_t* const> pages) {
        for (std::size_t slot = 0; slot < rows.size() && !pages.empty(); ++slot) {
            for (const common::Series& series : rows[slot]) {
                if (series.family != family) {
                    continue;
                }
                auto same = std::ranges::find(counts, series, &Count::series);
                if (same == counts.end()) {
                    same = counts.insert(same, {series});
                }
                same->value += sum(pages, slot);
            }
        }
    };
    const std::array<const std::uint64_t*, 1> own{own_};
    add(common::responder_rows, pages_of(3));
    add(common::updater_rows, pages_of(0));
    add(common::updater_tls_rows, pages_of(2));
    add(common::keeper_rows, pages_of(1));
    add(common::console_rows, own);
    return counts;
}

/// Buckets count all that is below their bound.
void Pages::write_syncs_to(MetricSink& metrics) const
{
    constexpr auto first = static_cast<std::size_t>(OfKeeper::syncs);
    const auto pages = pages_of(1);
    if (pages.empty()) {
        return;
    }
    std::uint64_t count = 0;
    for (std::size_t bucket = 0; bucket <= common::sync_bounds.size(); ++bucket) {
        count += sum(pages, first + bucket);
        const bool is_last = bucket == common::sync_bounds.size();
        const std::string bound = label("le", is_last ? "+Inf" : seconds(common::sync_bounds[bucket]));
        metrics.add({bound, count, "_bucket"});
    }
    constexpr auto total = static_cast<std::size_t>(OfKeeper::sync_microseconds);
    metrics.add({"", sum(pages, total), "_sum", true});
    metrics.add({"", count, "_count"});
}

} // namespace console
