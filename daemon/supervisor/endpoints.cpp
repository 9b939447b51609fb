#include "daemon/supervisor/endpoints.h"

#include <algorithm>

namespace supervisor
{

const char* name(Service service) noexcept
{
    switch (service) {
    case Service::dns_tcp:
        return "tcp";
    case Service::dns_udp:
        return "udp";
    case Service::http:
        break;
    }
    return "http";
}

std::vector<Endpoint> endpoints(const config::Config& config, Service service)
{
    const bool is_http = service == Service::http;
    const std::uint16_t dns_port = service == Service::dns_tcp ? config.tcp.port : config.udp.port;
    const std::uint16_t port = is_http ? config.http.port : dns_port;
    const auto& listen = is_http ? config.http.listen : config.server.listen;
    if (listen.empty()) {
        return {{service, base::Address{base::Address4{}}, port, true},
                {service, base::Address{base::Address6{}}, port, true}};
    }
    std::vector<Endpoint> result(listen.size());
    std::ranges::transform(listen, result.begin(), [&](const base::Address& address) {
        return Endpoint{service, address, port, false};
    });
    return result;
}

} // namespace supervisor
