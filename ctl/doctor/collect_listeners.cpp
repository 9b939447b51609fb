#include <algorithm>
#include <array>
#include <map>
#include <unistd.h>

#include "ctl/doctor/collect.h"
#include "proto/base/net_socket.h"
#include "proto/base/text.h"

namespace ctl::doctor
{

namespace
{

constexpr std::size_t most_of_sockets = std::size_t{256} << 20; // a line of 150 bytes each
constexpr std::uint16_t usual_port = 53;
constexpr unsigned listening = 10; // TCP_LISTEN

struct Table {
    const char* path;
    Transport transport;
};
constexpr auto tables = std::to_array<Table>({{"/proc/net/udp", Transport::udp},
                                              {"/proc/net/udp6", Transport::udp},
                                              {"/proc/net/tcp", Transport::tcp},
                                              {"/proc/net/tcp6", Transport::tcp}});

struct Found {
    Listener listener;
    std::uint64_t inode = 0;
};

bool is_of_dns(const admin::StatusSocket& socket, Transport transport)
{
    return socket.socket == (transport == Transport::udp ? admin::Socket::dns_udp : admin::Socket::dns_tcp);
}

std::vector<std::uint16_t> ports_of(Transport transport, const Facts& facts)
{
    std::vector<std::uint16_t> ports;
    if (facts.running) {
        for (const admin::StatusSocket& socket : facts.running->sockets) {
            if (is_of_dns(socket, transport)) {
                ports.push_back(socket.port);
            }
        }
    } else if (facts.config && !facts.has_unit()) {
        ports.push_back(transport == Transport::udp ? facts.config->udp.port : facts.config->tcp.port);
    }
    return ports.empty() ? std::vector{usual_port} : ports;
}

void add_sockets(const Table& table, const Facts& facts, std::string_view text, std::vector<Found>& found)
{
    const std::vector<std::uint16_t> ports = ports_of(table.transport, facts);
    for (const std::string& line : split(text, '\n')) {
        const auto socket = base::read_net_socket(line);
        if (!socket || std::find(ports.begin(), ports.end(), socket->port) == ports.end() ||
            (table.transport == Transport::tcp && socket->state != listening)) {
            continue;
        }
        Listener listener;
        listener.transport = table.transport;
        listener.address = socket->address;
        listener.is_any = socket->is_any;
        listener.port = socket->port;
        listener.dropped = table.transport == Transport::udp ? socket->drops : 0;
        listener.uid = socket->uid;
        found.push_back({std::move(listener), socket->inode});
    }
}

/// By inode, of those that this user may see: the process that has it, but the service manager last.
std::map<std::uint64_t, std::uint32_t> holders_of(const std::vector<Found>& sockets)
{
    std::map<std::uint64_t, std::uint32_t> holders;
    for (const std::uint32_t pid : all_pids()) {
        const std::string folder = base::filled("/proc/{}/fd/", {pid});
        for (const std::string& name : names_in(folder)) {
            const std::string target = read_link(folder + name);
            for (const Found& socket : sockets) {
                if (target == base::filled("socket:[{}]", {socket.inode})) {
                    std::uint32_t& holder = holders[socket.inode];
                    holder = holder > 1 ? holder : pid;
                }
            }
        }
    }
    return holders;
}

bool is_announced(const Listener& listener, const Facts& facts)
{
    const auto& sockets = facts.running->sockets;
    return std::any_of(sockets.begin(), sockets.end(), [&](const admin::StatusSocket& one) {
        return is_of_dns(one, listener.transport) && one.port == listener.port &&
               one.address == listener.address;
    });
}

/// The service manager has the sockets of a daemon that it has not started yet.
bool is_of_manager(const Listener& listener, const Facts& facts)
{
    const Unit* const unit = facts.socket("nanodnsd-dns.socket");
    return listener.pid == 1 && unit != nullptr && unit->is_active();
}

bool is_ours(const Listener& listener, const Facts& facts)
{
    if (listener.pid > 1) {
        return listener.program.starts_with("nanodnsd");
    }
    return (facts.running && is_announced(listener, facts)) || is_of_manager(listener, facts);
}

} // namespace

void look_at_listeners(const MainProcess& /*process*/, Facts& facts)
{
    std::vector<Found> found;
    for (const Table& table : tables) {
        const auto text = read_file(table.path, most_of_sockets);
        if (text) {
            add_sockets(table, facts, *text, found);
        } else if (table.path == tables.front().path) {
            facts.listeners = Known<std::vector<Listener>>::unknown("/proc/net/udp cannot be read");
            return;
        }
    }
    if (!facts.running && ::geteuid() != 0 && !found.empty()) {
        facts.listeners =
            Known<std::vector<Listener>>::unknown("which program uses the port cannot be seen: the daemon "
                                                  "does not answer; doctor sees more as root");
        return;
    }
    const auto holders = holders_of(found);
    std::vector<Listener> listeners;
    listeners.reserve(found.size());
    for (Found& one : found) {
        const auto holder = holders.find(one.inode);
        one.listener.pid = holder == holders.end() ? 0 : holder->second;
        one.listener.program = one.listener.pid == 0 ? "" : program_of(one.listener.pid);
        one.listener.is_ours = is_ours(one.listener, facts);
        listeners.push_back(std::move(one.listener));
    }
    facts.listeners = std::move(listeners);
}

} // namespace ctl::doctor
