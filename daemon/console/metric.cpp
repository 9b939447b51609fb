#include "daemon/console/metric.h"

#include <array>

#include "proto/base/text.h"

namespace console
{

namespace
{

constexpr std::array<std::string_view, 3> names_of_kinds = {"counter", "gauge", "histogram"};

void append_sample(std::string& text, const Metric& metric, const Sample& sample)
{
    base::append(text, "nanodnsd_{}{}", {metric.name, sample.suffix});
    if (!sample.labels.empty()) {
        text += '{' + sample.labels + '}';
    }
    if (sample.is_in_microseconds) {
        base::append(text, " {}\n", {seconds(sample.value)});
    } else {
        base::append(text, " {}\n", {sample.value});
    }
}

} // namespace

std::string label(std::string_view name, std::string_view value)
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

std::string metrics_text(const std::vector<Metric>& metrics)
{
    std::string text;
    for (const Metric& metric : metrics) {
        if (metric.samples.empty()) {
            continue;
        }
        base::append(
            text, "# HELP nanodnsd_{} {}\n# TYPE nanodnsd_{} {}\n",
            {metric.name, metric.help, metric.name, names_of_kinds[static_cast<std::size_t>(metric.kind)]});
        for (const Sample& sample : metric.samples) {
            append_sample(text, metric, sample);
        }
    }
    return text;
}

} // namespace console
