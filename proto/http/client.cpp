#include "proto/http/client.h"

#include <algorithm>

#include "proto/http/forwarded.h"

namespace http
{

bool TrustedProxies::have(const base::Address& address) const noexcept
{
    return std::ranges::any_of(
        networks, [&](const base::Network& network) { return base::contains(network, address); });
}

Client client_of(const base::Address& peer) noexcept
{
    constexpr base::Address4 loopback{{127, 0, 0, 1}};
    const bool is_unix_socket = peer == base::Address{};
    return {is_unix_socket ? base::Address{loopback} : peer, !is_unix_socket};
}

Client client_of(const Request& request, const base::Address& peer, const TrustedProxies& proxies)
{
    Client client = client_of(peer);
    if (client.is_known && !proxies.have(peer)) {
        return client;
    }
    const Client proxy = client;
    Hops hops{request.header, proxies.header};
    for (std::size_t i = 0; i <= max_hops; ++i) {
        const auto element = hops.previous();
        if (!element) {
            return i == 0 && hops.is_there() ? Client{proxy.address, false} : client;
        }
        const auto address = address_of_hop(*element, proxies.header);
        if (!address || i == max_hops) {
            break;
        }
        client = {*address, true};
        if (!proxies.have(*address)) {
            return client;
        }
    }
    return {proxy.address, false};
}

} // namespace http
