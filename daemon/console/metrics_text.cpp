#include "daemon/console/metrics_text.h"

#include <iterator>
#include <utility>

#include "proto/base/text.h"

namespace console
{

namespace
{

/// "responder-2" is the second of several, as in the log.
std::string name_of(const ipc::ProcessState& process, const std::vector<ipc::ProcessState>& all)
{
    unsigned count = 0;
    for (const ipc::ProcessState& one : all) {
        count += one.name == process.name ? 1U : 0U;
    }
    return count > 1 ? base::filled("{}-{}", {process.name, process.index + 1U}) : process.name;
}

std::uint64_t number(base::UnixTime time) noexcept
{
    return static_cast<std::uint64_t>(time.time_since_epoch().count());
}

void add_keeper(std::vector<Metric>& metrics, const ipc::Summary& summary, const std::vector<Sample>& overdue)
{
    metrics.push_back({"serial", Metric::Kind::gauge, "Serial of the zone.", {{"", summary.serial}}});
    metrics.push_back({"hosts",
                       Metric::Kind::gauge,
                       "Hosts that can have addresses by updates. Those that are overdue are counted again.",
                       {{label("state", "address"), summary.with_address},
                        {label("state", "none"), summary.hosts - summary.with_address},
                        {label("state", "overdue"), summary.overdue}}});
    metrics.push_back(
        {"host_overdue", Metric::Kind::gauge, "1 if the host has not reported in time, else 0.", overdue});
}

void add_processes(std::vector<Metric>& metrics, const std::vector<ipc::ProcessState>& processes)
{
    Metric starts{"process_start_time_seconds", Metric::Kind::gauge, "When the process was started."};
    Metric restarts{"process_restarts_total", Metric::Kind::counter, "Starts after deaths of the process."};
    for (const ipc::ProcessState& process : processes) {
        const std::string labels = label("process", name_of(process, processes));
        if (process.pid != 0) {
            starts.samples.push_back({labels, number(process.started)});
        }
        if (process.restarts) {
            restarts.samples.push_back({labels, *process.restarts});
        }
    }
    metrics.push_back(std::move(starts));
    metrics.push_back(std::move(restarts));
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
        add_keeper(metrics, *input.summary, input.overdue);
    }
    std::vector<Metric> counted = input.pages.counted();
    metrics.insert(metrics.end(), std::make_move_iterator(counted.begin()),
                   std::make_move_iterator(counted.end()));
    add_processes(metrics, input.processes);
    if (const auto expires = input.pages.certificate_expires()) {
        metrics.push_back({"certificate_expiry_time_seconds",
                           Metric::Kind::gauge,
                           "When the certificate of HTTPS expires.",
                           {{"", number(*expires)}}});
    }
    return metrics;
}

} // namespace console
