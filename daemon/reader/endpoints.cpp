#include "daemon/reader/endpoints.h"

#include <algorithm>

namespace reader
{

std::vector<ipc::Endpoint> endpoints(const config::Config& config, ipc::Service service)
{
    const config::Http& http = service == ipc::Service::https ? config.https : config.http;
    const bool is_dns = ipc::is_dns(service);
    const std::uint16_t dns_port = service == ipc::Service::dns_tcp ? config.tcp.port : config.udp.port;
    const std::uint16_t port = is_dns ? dns_port : http.port;
    const auto& listen = is_dns ? config.server.listen : http.listen;
    if (!is_dns && !http.is_on) {
        return {};
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
