// The addresses and ports that a config wants to listen on.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "proto/base/address.h"
#include "proto/config/config.h"

namespace supervisor
{

enum class Service : std::uint8_t { dns_tcp = 1, dns_udp = 2, http = 3 };

/// "tcp", "udp" or "http": how the port lines name them.
const char* name(Service service) noexcept;

/// One address to listen on, as configured.
struct Endpoint {
    Service service = Service::dns_udp;
    base::Address address;  ///< 0.0.0.0 or :: for all of a family
    std::uint16_t port = 0; ///< 0: any that is free, the same for all addresses of a service
    bool optional = false;  ///< for all addresses: a family that the kernel does not have is passed over
    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

inline constexpr auto services = std::to_array({Service::dns_tcp, Service::dns_udp, Service::http});

std::vector<Endpoint> endpoints(const config::Config& config, Service service);

} // namespace supervisor
