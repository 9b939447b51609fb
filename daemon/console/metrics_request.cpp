#include "daemon/console/metrics_request.h"

namespace console
{

std::optional<MetricsRequest> read_metrics_request(std::string_view arrived) noexcept
{
    if (arrived.find("\r\n\r\n") == arrived.npos && arrived.find("\n\n") == arrived.npos) {
        if (arrived.size() >= max_metrics_request) {
            return MetricsRequest{"431 Request Header Fields Too Large"};
        }
        return std::nullopt;
    }
    const std::string_view line = arrived.substr(0, arrived.find_first_of("\r\n"));
    const std::size_t target = line.find(' ') + 1;
    const std::size_t version = line.rfind(' ') + 1;
    if (target == 0 || version <= target || !line.substr(version).starts_with("HTTP/1.")) {
        return MetricsRequest{"400 Bad Request"};
    }
    const std::string_view method = line.substr(0, target - 1);
    const std::string_view whole = line.substr(target, version - 1 - target);
    const bool is_head = method == "HEAD";
    if (whole.substr(0, whole.find('?')) != "/metrics") {
        return MetricsRequest{"404 Not Found", is_head};
    }
    if (!is_head && method != "GET") {
        return MetricsRequest{"405 Method Not Allowed"};
    }
    return MetricsRequest{"200 OK", is_head};
}

} // namespace console
