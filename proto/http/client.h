// For whom a request is made: its peer or, behind a trusted proxy, the client that the proxy names.
#pragma once

#include <cstddef>
#include <vector>

#include "proto/base/address.h"
#include "proto/base/network.h"
#include "proto/http/request.h"
#include "proto/ipc/setup.h"

namespace http
{

inline constexpr std::size_t max_hops = 32; ///< of a forwarded request, counted from the right

struct Client {
    base::Address address; ///< of the proxy, if the client is not known
    bool is_known = true;  ///< false: a proxy does not say for whom it asks
};

/// Whose word is taken for the client's address, and from which field. The other field is ignored: a client
/// could forge it through the proxy.
struct TrustedProxies {
    std::vector<base::Network> networks;
    ipc::ProxyHeader header = ipc::ProxyHeader::x_forwarded_for;

    bool have(const base::Address& address) const noexcept;
};

/// The peer of a connection whose request is not read yet. `peer`: 0.0.0.0 for a Unix socket, of which the
/// client is not known. Its address is then 127.0.0.1.
Client client_of(const base::Address& peer) noexcept;

/// The client of a request. A peer that is no trusted proxy is the client, and so is a proxy that sends no
/// field. The peer of a Unix socket is a trusted proxy. Otherwise the client is the rightmost hop that is not
/// a trusted proxy, or the first hop if all are. It is not known if a hop before it, or itself, has no
/// address, or if it is more than max_hops away.
Client client_of(const Request& request, const base::Address& peer, const TrustedProxies& proxies);

} // namespace http
