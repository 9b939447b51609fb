#include "daemon/reader/endpoints.h"

#include <algorithm>

namespace reader
{

std::vector<ipc::Endpoint> endpoints(const config::Config& config, ipc::Service service)
{
    const bool is_http = service == ipc::Service::http;
    const std::uint16_t dns_port = service == ipc::Service::dns_tcp ? config.tcp.port : config.udp.port;
    const std::uint16_t port = is_http ? config.http.port : dns_port;
    const auto& listen = is_http ? config.http.listen : config.server.listen;
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
