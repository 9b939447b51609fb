// All metrics: what is counted in pages, and what the keeper and the supervisor say.
#pragma once

#include <list>
#include <string>

#include "daemon/console/metric.h"
#include "daemon/console/pages.h"
#include "proto/ipc/console.h"
#include "proto/ipc/supervision.h"

namespace console
{

/// A host with `expect`.
struct ExpectedHost {
    std::string label; ///< of the sample
    bool is_overdue = false;
};

/// What the keeper says for a scrape.
struct KeeperMetrics {
    ipc::Summary summary;
    std::list<ExpectedHost> expected;
};

struct MetricsInput {
    const std::list<ipc::ProcessState>& processes;
    const Pages& pages;
    const KeeperMetrics* keeper = nullptr; ///< nullptr: it was not asked
};

void write_metrics(const MetricsInput& input, MetricSink& metrics);

} // namespace console
