// The request for the metrics.
#pragma once

#include <optional>
#include <string_view>

namespace console
{

/// More bytes than this are no request.
inline constexpr std::size_t max_metrics_request = 4096;

struct MetricsRequest {
    const char* status = ""; ///< "200 OK", or why it is refused
    bool is_head = false;    ///< so the reply has no content
    bool is_served() const noexcept { return status[0] == '2'; }
};

/// Reads a request from all bytes that have arrived; nullopt if it is not complete. Only its first line
/// counts: GET or HEAD of /metrics, with any query. A parser of all of HTTP (proto/http/request.h) would be a
/// tenth of this process's code.
std::optional<MetricsRequest> read_metrics_request(std::string_view arrived) noexcept;

} // namespace console
