#include "daemon/console/metric.h"

#include <array>
#include <utility>

#include "proto/base/text.h"

namespace console
{

namespace
{

constexpr std::array<std::string_view, 3> names_of_kinds = {"counter", "gauge", "histogram"};

} // namespace

void MetricSink::begin(const Metric& metric) noexcept
{
    metric_ = metric;
    has_samples_ = false;
}

void MetricSink::add(const Sample& sample)
{
    take(metric_, sample, !std::exchange(has_samples_, true));
}

void MetricSink::add(const char* name, std::string_view label_value, std::uint64_t value)
{
    const std::string labels = label(name, label_value);
    add({labels, value});
}

std::string label(const char* name, std::string_view value)
{
    std::string escaped;
    for (const char c : value) {
        if (c == '\\' || c == '"') {
            escaped += '\\';
        }
        if (c == '\n') {
            escaped += "\\n";
        } else {
            escaped += c;
        }
    }
    return base::filled("{}=\"{}\"", {name, escaped});
}

std::string seconds(std::uint64_t microseconds)
{
    constexpr std::uint64_t second = 1'000'000;
    std::string text = base::filled("{}", {microseconds / second});
    std::uint64_t rest = microseconds % second;
    if (rest != 0) {
        text += '.';
    }
    for (std::uint64_t place = second / 10; rest != 0; place /= 10) {
        text += static_cast<char>('0' + rest / place);
        rest %= place;
    }
    return text;
}

void MetricsText::take(const Metric& metric, const Sample& sample, bool is_first)
{
    if (is_first) {
        base::append(
            text_, "# HELP nanodnsd_{} {}\n# TYPE nanodnsd_{} {}\n",
            {metric.name, metric.help, metric.name, names_of_kinds[static_cast<std::size_t>(metric.kind)]});
    }
    const std::string value =
        sample.is_in_microseconds ? seconds(sample.value) : base::filled("{}", {sample.value});
    const bool has_labels = !sample.labels.empty();
    base::append(
        text_, "nanodnsd_{}{}{}{}{} {}\n",
        {metric.name, sample.suffix, has_labels ? "{" : "", sample.labels, has_labels ? "}" : "", value});
}

} // namespace console
