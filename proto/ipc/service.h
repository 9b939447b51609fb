// What nanodnsd listens for.
#pragma once

#include <array>
#include <cstdint>

namespace ipc
{

enum class Service : std::uint8_t {
    dns_tcp = 1,
    dns_udp = 2,
    http = 3,
    https = 4,
    control = 5, ///< a Unix socket for nanodnsctl
    metrics = 6
};
constexpr bool valid(Service service)
{
    return service >= Service::dns_tcp && service <= Service::metrics;
}

inline constexpr auto services = std::to_array(
    {Service::dns_tcp, Service::dns_udp, Service::http, Service::https, Service::control, Service::metrics});

constexpr std::uint8_t bit(Service service) noexcept
{
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(service));
}
constexpr bool is_dns(Service service) noexcept
{
    return service == Service::dns_tcp || service == Service::dns_udp;
}
/// Of the console. Nothing is wrong if there is no socket for it.
constexpr bool is_of_console(Service service) noexcept
{
    return service == Service::control || service == Service::metrics;
}

} // namespace ipc
