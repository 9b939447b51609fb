// All metrics: what is counted in pages, and what the keeper and the supervisor say.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "daemon/console/metric.h"
#include "daemon/console/pages.h"
#include "proto/ipc/console.h"
#include "proto/ipc/supervision.h"

namespace console
{

struct MetricsInput {
    const std::vector<ipc::ProcessState>& processes;
    const Pages& pages;
    std::optional<ipc::Summary> summary{}; ///< of the keeper; none: it was not asked
    std::vector<Sample> overdue{};         ///< of each host with `expect`
    std::string_view version{};            ///< empty: left out
};

std::vector<Metric> metrics_of(const MetricsInput& input);

} // namespace console
