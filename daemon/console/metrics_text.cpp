#include "daemon/console/metrics_text.h"

#include "proto/base/text.h"

namespace console
{

namespace
{

std::string label(std::string_view name, std::string_view value)
{
    return base::filled("{}=\"{}\"", {name, value});
}

/// "responder-2" is the second of several, as in the log.
std::string name_of(const ipc::ProcessState& process, const std::vector<ipc::ProcessState>& all)
{
    unsigned count = 0;
    for (const ipc::ProcessState& one : all) {
        count += one.name == process.name ? 1U : 0U;
    }
    return count > 1 ? base::filled("{}-{}", {process.name, process.index + 1U}) : process.name;
}

void add_keeper(std::vector<Metric>& metrics, const ipc::Summary& summary)
{
    metrics.push_back({"serial", Metric::Kind::gauge, "Serial of the zone.", {{"", summary.serial}}});
    metrics.push_back({"hosts",
                       Metric::Kind::gauge,
                       "Hosts that can have addresses by updates. Those that are overdue are counted again.",
                       {{label("state", "address"), summary.with_address},
                        {label("state", "none"), summary.hosts - summary.with_address},
                        {label("state", "overdue"), summary.overdue}}});
}

} // namespace

std::vector<Metric> metrics_of(const MetricsInput& input)
{
    std::vector<Metric> metrics;
    if (!input.version.empty()) {
        metrics.push_back({"build_info",
                           Metric::Kind::gauge,
                           "Version of nanodnsd.",
                           {{label("version", input.version), 1}}});
    }
    if (input.summary) {
        add_keeper(metrics, *input.summary);
    }
    Metric starts{"process_start_time_seconds", Metric::Kind::gauge, "When the process was started."};
    Metric restarts{"process_restarts_total", Metric::Kind::counter, "Starts after deaths of the process."};
    for (const ipc::ProcessState& process : input.processes) {
        const std::string labels = label("process", name_of(process, input.processes));
        if (process.pid != 0) {
            starts.samples.push_back(
                {labels, static_cast<std::uint64_t>(process.started.time_since_epoch().count())});
        }
        if (process.restarts) {
            restarts.samples.push_back({labels, *process.restarts});
        }
    }
    metrics.push_back(std::move(starts));
    metrics.push_back(std::move(restarts));
    return metrics;
}

std::string metrics_text(const std::vector<Metric>& metrics)
{
    std::string text;
    for (const Metric& metric : metrics) {
        base::append(text, "# HELP nanodnsd_{} {}\n# TYPE nanodnsd_{} {}\n",
                     {metric.name, metric.help, metric.name,
                      metric.kind == Metric::Kind::counter ? "counter" : "gauge"});
        for (const Sample& sample : metric.samples) {
            base::append(text, "nanodnsd_{}", {metric.name});
            if (!sample.labels.empty()) {
                text += '{' + sample.labels + '}';
            }
            base::append(text, " {}\n", {sample.value});
        }
    }
    return text;
}

} // namespace console
