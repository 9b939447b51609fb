#include "daemon/start/passed_sockets.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <sys/socket.h>

#include "daemon/start/socket_group.h"
#include "privsep/fail.h"
#include "proto/base/text.h"

namespace supervisor
{

namespace
{

using ipc::Service;

constexpr std::uint16_t https = 443;
constexpr const char* unexpected =
    "expected dns (datagram or listening stream), http, https or metrics (listening stream), over IPv4 or "
    "IPv6, or control (listening Unix SOCK_SEQPACKET); http may also be a Unix stream socket";

enum class Type : std::uint8_t { other, datagram, stream, unix_stream, unix_records };

struct Seen {
    Type type = Type::other;
    std::uint16_t port = 0;
};

int option(int fd, int name) noexcept
{
    int value = 0;
    socklen_t size = sizeof value;
    return ::getsockopt(fd, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

Seen look_at(int fd) noexcept
{
    const int family = option(fd, SO_DOMAIN);
    const int type = option(fd, SO_TYPE);
    const std::uint16_t port = port_of(fd);
    const bool is_listening = option(fd, SO_ACCEPTCONN) == 1;
    const bool is_listening_stream = type == SOCK_STREAM && is_listening;
    if (family == AF_UNIX && type == SOCK_SEQPACKET && is_listening) {
        return {Type::unix_records};
    }
    if (family == AF_UNIX && is_listening_stream) {
        return {Type::unix_stream};
    }
    if (family != AF_INET && family != AF_INET6) {
        return {};
    }
    if (type == SOCK_DGRAM) {
        return {Type::datagram, port};
    }
    return is_listening_stream ? Seen{Type::stream, port} : Seen{};
}

/// "unknown": LISTEN_FDNAMES is not set. It may hold empty names. The others are systemd's names without
/// FileDescriptorName=.
bool is_unnamed(std::string_view name) noexcept
{
    return name.empty() || name == "unknown" || name == "connection" || name.ends_with(".socket");
}

Assignment by_name(std::string_view name, Type type) noexcept
{
    if (name == "dns" && type == Type::datagram) {
        return {Service::dns_udp};
    }
    if (name == "dns" && type == Type::stream) {
        return {Service::dns_tcp};
    }
    if (name == "http" && (type == Type::stream || type == Type::unix_stream)) {
        return {Service::http};
    }
    if (name == "https" && type == Type::stream) {
        return {Service::https};
    }
    if (name == "control" && type == Type::unix_records) {
        return {Service::control};
    }
    if (name == "metrics" && type == Type::stream) {
        return {Service::metrics};
    }
    return {{}, unexpected};
}

Assignment by_type(const Seen& socket, const std::vector<Seen>& all)
{
    const auto is_its_datagram = [&](const Seen& other) {
        return other.type == Type::datagram && other.port == socket.port;
    };
    switch (socket.type) {
    case Type::datagram:
        return {Service::dns_udp};
    case Type::stream:
        if (std::ranges::any_of(all, is_its_datagram)) {
            return {Service::dns_tcp};
        }
        return {socket.port == https ? Service::https : Service::http};
    case Type::unix_records:
        return {Service::control};
    case Type::unix_stream:
    case Type::other:
        break;
    }
    return {{}, unexpected};
}

} // namespace

std::vector<Assignment> assign(const std::vector<PassedSocket>& passed)
{
    std::vector<Seen> seen(passed.size());
    std::ranges::transform(passed, seen.begin(),
                           [](const PassedSocket& socket) { return look_at(socket.fd.get()); });
    const bool has_datagrams = std::ranges::find(seen, Type::datagram, &Seen::type) != seen.end();
    std::vector<Assignment> result;
    for (std::size_t i = 0; i < passed.size(); ++i) {
        if (!is_unnamed(passed[i].name)) {
            result.push_back(by_name(passed[i].name, seen[i].type));
        } else if (seen[i].type == Type::stream && !has_datagrams) {
            privsep::fail(
                "passed socket '{}' (stream, port {}) may be for DNS or HTTP, and without a datagram socket "
                "this is not known: set FileDescriptorName=dns or FileDescriptorName=http in its unit",
                {base::escape(passed[i].name, 80), seen[i].port});
        } else {
            result.push_back(by_type(seen[i], seen));
        }
    }
    return result;
}

} // namespace supervisor
