#include "daemon/console/scrape.h"

#include <utility>

namespace console
{

void Scrape::begin()
{
    has_begun_ = true;
    needs_summary_ = true;
    keeper_.expected.clear();
    at_ = 0;
    first_ = ipc::HostIndex{0};
    if (knows_pages_) {
        first_ = pages_.empty() ? std::nullopt : std::optional{pages_.front()};
    } else {
        pages_.clear();
    }
}

std::optional<ipc::AskHosts> Scrape::needed_hosts() const noexcept
{
    return first_ ? std::optional{ipc::AskHosts{{}, *first_, rows_a_page}} : std::nullopt;
}

void Scrape::take(KeeperAnswer& answer)
{
    if (answer.summary) {
        keeper_.summary = std::move(*answer.summary);
        needs_summary_ = false;
        return;
    }
    bool is_expected = false;
    for (const KeptHost& host : answer.hosts) {
        if (host.row.expect) {
            is_expected = true;
            std::string name = host.row.name.to_text();
            name.pop_back(); // the last dot
            keeper_.expected.push_back({label("host", name), host.row.overdue_since.has_value()});
        }
    }
    take(*answer.hosts_end, is_expected);
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

const std::string* Scrape::finish(const Pages& pages, const std::list<ipc::ProcessState>& processes)
{
    if (!has_begun_ || needs_summary_ || first_) {
        return nullptr;
    }
    has_begun_ = false;
    text_.clear();
    write_metrics({processes, pages, &keeper_}, text_);
    return &text_.text();
}

} // namespace console
