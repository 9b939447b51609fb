#include "daemon/supervisor/endpoints.h"

namespace supervisor
{

namespace
{

void add_endpoints(std::vector<Endpoint>& result, Service service, const std::vector<base::Address>& listen,
                   std::uint16_t port)
{
    for (const base::Address& address : listen) {
        result.push_back({service, address, port, false});
    }
    if (listen.empty()) {
        result.push_back({service, base::Address{base::Address4{}}, port, true});
        result.push_back({service, base::Address{base::Address6{}}, port, true});
    }
}

} // namespace

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

std::vector<Endpoint> endpoints(const config::Config& config)
{
    std::vector<Endpoint> result;
    add_endpoints(result, Service::dns_tcp, config.server.listen, config.tcp.port);
    add_endpoints(result, Service::dns_udp, config.server.listen, config.udp.port);
    add_endpoints(result, Service::http, config.http.listen, config.http.port);
    return result;
}

} // namespace supervisor
