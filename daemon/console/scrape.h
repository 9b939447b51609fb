// What a scrape of the metrics asks the keeper for: its summary, and which hosts are overdue.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "daemon/console/keeper_link.h"
#include "daemon/console/metrics_text.h"
#include "daemon/console/pages.h"
#include "proto/ipc/console.h"
#include "proto/ipc/supervision.h"

namespace console
{

/// The first scrape asks for all hosts, page by page. Later ones ask only for the pages that had a host with
/// `expect`: the config does not change while the console runs.
class Scrape
{
public:
    void begin();
    /// The keeper is asked for its summary first, and then for these hosts; none: it has said all.
    bool needs_summary() const noexcept { return needs_summary_; }
    std::optional<ipc::AskHosts> needed_hosts() const noexcept;
    void take(KeeperAnswer& answer);
    /// The text, which ends the scrape; nullptr if there is no scrape, or the keeper has not said all.
    const std::string* finish(const Pages& pages, const std::list<ipc::ProcessState>& processes);

private:
    void take(const ipc::RowsEnd& end, bool is_expected);

    bool has_begun_ = false;
    bool needs_summary_ = false;
    KeeperMetrics keeper_;
    std::optional<ipc::HostIndex> first_; ///< of the page to ask for
    std::vector<ipc::HostIndex> pages_;   ///< the first of each page that had a host with `expect`
    std::size_t at_ = 0;                  ///< in pages_
    bool knows_pages_ = false;
    MetricsText text_; ///< of the last scrape: the next one takes its memory
};

} // namespace console
