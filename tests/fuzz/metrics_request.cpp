// Properties: bytes after a request change nothing; a request that is served names the metrics.
#include <cstdlib>
#include <string>

#include "daemon/console/metrics_request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string input{reinterpret_cast<const char*>(data), size};
    const auto request = console::read_metrics_request(input);
    if (!request) {
        return 0;
    }
    const auto again = console::read_metrics_request(input + "GET / HTTP/1.1\r\n\r\n");
    const bool is_same = again && again->status == request->status && again->is_head == request->is_head;
    const bool is_right = !request->is_served() || input.find(" /metrics") != std::string::npos;
    if (!is_right || (!is_same && input.size() < console::max_metrics_request)) {
        std::abort();
    }
    return 0;
}
