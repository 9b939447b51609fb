// Metrics in Prometheus's text format 0.0.4
// (https://prometheus.io/docs/instrumenting/exposition_formats/).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace console
{

struct Sample {
    std::string labels; ///< such as process="keeper"; values come from our own tables, never from a packet
    std::uint64_t value = 0;
    std::string_view suffix{};       ///< of the metric's name, for a histogram
    bool is_in_microseconds = false; ///< the text has seconds
};

struct Metric {
    enum class Kind : std::uint8_t { counter, gauge, histogram };
    std::string_view name; ///< without "nanodnsd_"
    Kind kind = Kind::counter;
    std::string_view help;
    std::vector<Sample> samples{};
};

/// name="value", escaped.
std::string label(std::string_view name, std::string_view value);
/// Microseconds as seconds, without zeros at the end: "0.0005", "2".
std::string seconds(std::uint64_t microseconds);
/// A metric without samples is left out.
std::string metrics_text(const std::vector<Metric>& metrics);

} // namespace console
