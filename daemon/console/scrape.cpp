#include "daemon/console/scrape.h"

#include <utility>
#include <variant>

#include "daemon/console/metrics_text.h"

namespace console
{

void Scrape::begin()
{
    has_begun_ = true;
    summary_.reset();
    overdue_.clear();
    at_ = 0;
    first_ = ipc::HostIndex{0};
    if (knows_pages_) {
        first_ = pages_.empty() ? std::nullopt : std::optional{pages_.front()};
    } else {
        pages_.clear();
    }
}

std::optional<ipc::ConsoleToKeeper> Scrape::next() const
{
    if (!summary_) {
        return ipc::AskSummary{};
    }
    return first_ ? std::optional<ipc::ConsoleToKeeper>{ipc::AskHosts{{}, *first_, ipc::max_rows}}
                  : std::nullopt;
}

void Scrape::take(const KeeperAnswer& answer)
{
    if (const auto* summary = std::get_if<ipc::Summary>(&answer.end)) {
        summary_ = *summary;
        return;
    }
    bool is_expected = false;
    for (const KeptHost& host : answer.hosts) {
        if (host.row.expect) {
            is_expected = true;
            std::string name = host.row.name.to_text();
            name.pop_back(); // the last dot
            overdue_.push_back({label("host", name), host.row.overdue_since ? 1U : 0U});
        }
    }
    if (const auto* end = std::get_if<ipc::RowsEnd>(&answer.end)) {
        take(*end, is_expected);
    }
}

void Scrape::take(const ipc::RowsEnd& end, bool is_expected)
{
    if (knows_pages_) {
        ++at_;
        first_ = at_ < pages_.size() ? std::optional{pages_[at_]} : std::nullopt;
        return;
    }
    if (is_expected) {
        pages_.push_back(*first_);
    }
    first_ = end.next;
    knows_pages_ = !first_;
}

std::optional<std::string> Scrape::finish(const Pages& pages, const std::vector<ipc::ProcessState>& processes)
{
    if (!has_begun_ || next()) {
        return std::nullopt;
    }
    has_begun_ = false;
    return metrics_text(
        metrics_of({processes, pages, std::move(summary_), std::move(overdue_), NANODNSD_VERSION}));
}

} // namespace console
