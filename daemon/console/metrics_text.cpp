#include "daemon/console/metrics_text.h"

#include "proto/base/text.h"

namespace console
{

namespace
{

/// "responder-2" is the second of several, as in the log.
std::string name_of(const ipc::ProcessState& process, const std::list<ipc::ProcessState>& all)
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

void write_keeper(MetricSink& metrics, const KeeperMetrics& keeper)
{
    const ipc::Summary& summary = keeper.summary;
    metrics.begin({"serial", Metric::Kind::gauge, "Serial of the zone."});
    metrics.add(summary.serial);
    metrics.begin({"hosts", Metric::Kind::gauge,
                   "Hosts that can have addresses by updates. Those that are overdue are counted again."});
    metrics.add("state", "address", summary.with_address);
    metrics.add("state", "none", summary.hosts - summary.with_address);
    metrics.add("state", "overdue", summary.overdue);
    metrics.begin({"host_overdue", Metric::Kind::gauge, "1 if the host has not reported in time, else 0."});
    for (const ExpectedHost& host : keeper.expected) {
        metrics.add({host.label, host.is_overdue ? 1U : 0U});
    }
}

void write_processes(MetricSink& metrics, const std::list<ipc::ProcessState>& processes)
{
    metrics.begin({"process_start_time_seconds", Metric::Kind::gauge, "When the process was started."});
    for (const ipc::ProcessState& process : processes) {
        if (process.pid != 0) {
            metrics.add("process", name_of(process, processes), number(process.started));
        }
    }
    metrics.begin({"process_restarts_total", Metric::Kind::counter, "Starts after deaths of the process."});
    for (const ipc::ProcessState& process : processes) {
        if (process.restarts) {
            metrics.add("process", name_of(process, processes), *process.restarts);
        }
    }
}

} // namespace

void write_metrics(const MetricsInput& input, MetricSink& metrics)
{
    if (input.keeper != nullptr) {
        metrics.begin({"build_info", Metric::Kind::gauge, "Version of nanodnsd."});
        metrics.add("version", NANODNSD_VERSION, 1);
        write_keeper(metrics, *input.keeper);
    }
    input.pages.write_to(metrics);
    write_processes(metrics, input.processes);
    if (const auto expires = input.pages.certificate_expires()) {
        metrics.begin({"certificate_expiry_time_seconds", Metric::Kind::gauge,
                       "When the certificate of HTTPS expires."});
        metrics.add(number(*expires));
    }
}

} // namespace console
