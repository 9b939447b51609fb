#include "daemon/reader/endpoints.h"

#include <algorithm>

namespace reader
{

std::vector<ipc::Endpoint> endpoints(const config::Config& config, ipc::Service service)
{
    if (service == ipc::Service::control) {
        return config.control.path.empty() ? std::vector<ipc::Endpoint>{}
                                           : std::vector<ipc::Endpoint>{{service, {}, 0, false}};
    }
    const bool is_metrics = service == ipc::Service::metrics;
    const config::Http& web = is_metrics ? config.metrics : config.http;
    const config::Http& http = service == ipc::Service::https ? config.https : web;
    const bool is_dns = ipc::is_dns(service);
    const std::uint16_t dns_port = service == ipc::Service::dns_tcp ? config.tcp.port : config.udp.port;
    const std::uint16_t port = is_dns ? dns_port : http.port;
    const auto& listen = is_dns ? config.server.listen : http.listen;
    if (!is_dns && !http.is_on) {
        return {};
    }
    if (listen.empty() && is_metrics) {
        return {{service, base::Address{base::Address4{{127, 0, 0, 1}}}, port, false}};
    }
    if (listen.empty()) {
        return {{service, base::Address{base::Address4{}}, port, true},
                {service, base::Address{base::Address6{}}, port, true}};
    }
    std::vector<ipc::Endpoint> result(listen.size());
    std::ranges::transform(listen, result.begin(), [&](const base::Address& address) {
        return ipc::Endpoint{service, address, port, false};
    });
    return result;
}

} // namespace reader
