// What is counted, for nanodnsctl and in Prometheus's text format 0.0.4.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/ipc/console.h"
#include "proto/ipc/supervision.h"

namespace console
{

struct Sample {
    std::string labels; ///< such as process="keeper"; values come from our own tables, never from a packet
    std::uint64_t value = 0;
};

struct Metric {
    enum class Kind : std::uint8_t { counter, gauge };
    std::string_view name; ///< without "nanodnsd_"
    Kind kind = Kind::counter;
    std::string_view help;
    std::vector<Sample> samples{};
};

struct MetricsInput {
    const std::vector<ipc::ProcessState>& processes;
    std::optional<ipc::Summary> summary; ///< of the keeper; none: it was not asked
    std::string_view version;            ///< empty: left out
};

std::vector<Metric> metrics_of(const MetricsInput& input);

std::string metrics_text(const std::vector<Metric>& metrics);

} // namespace console
