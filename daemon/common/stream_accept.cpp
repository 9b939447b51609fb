// The listening side of a StreamServer: which connections are accepted, and which are evicted for them.
#include "daemon/common/stream_server.h"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <utility>

#include "daemon/common/socket_address.h"
#include "daemon/common/stream_parts.h"

namespace common
{

namespace
{

constexpr unsigned accepts_a_turn = 16;
constexpr unsigned max_reads_per_eviction = 8; // idle connections whose input is read first
constexpr base::Uptime accept_pause{1000};
constexpr int send_buffer = 65536; // bytes; the kernel doubles it: the longest reply fits
constexpr auto any_connection = [](const auto& /*connection*/) { return true; };

/// On Linux an accepted socket inherits these options. Errors are ignored: a listener that is not a TCP
/// socket does not have all of them.
void prepare(int listener, base::Seconds timeout) noexcept
{
    const auto set = [listener](int level, int option, int value) {
        ::setsockopt(listener, level, option, &value, sizeof value);
    };
    set(IPPROTO_TCP, TCP_NODELAY, 1);
    // unread data is kernel memory, and close(2) does not free it until the client reads it
    set(SOL_SOCKET, SO_SNDBUF, send_buffer);
    constexpr base::Seconds longest{std::numeric_limits<int>::max() / 1000};
    set(IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(std::min(timeout, longest).count()) * 1000);
}

} // namespace

StreamServer::StreamServer(privsep::EventLoop& loop, std::vector<privsep::UniqueFd> listeners, Limits limits,
                           StreamHandler& handler, Clock clock)
    : loop_(loop), limits_(limits), handler_(handler), clock_(clock), listeners_(listeners.size()),
      connections_(limits.connections), by_deadline_(limits.connections), idle_(limits.connections),
      stalled_(limits.connections)
{
    for (std::size_t i = 0; i < listeners.size(); ++i) {
        prepare(listeners[i].get(), limits.timeout);
        listeners_[i].open(*this, std::move(listeners[i]));
    }
    free_.reserve(limits.connections);
    for (std::uint32_t slot = limits.connections; slot-- > 0;) {
        connections_[slot].server = this;
        connections_[slot].id.slot = slot;
        free_.push_back(slot);
    }
    if (limits.accept_at_once) {
        start_accepting();
    }
}

StreamServer::~StreamServer()
{
    stop_accepting();
    for (Connection& connection : connections_) {
        if (connection.socket) {
            loop_.remove(connection.socket.get(), connection);
        }
    }
}

void StreamServer::start_accepting()
{
    for (Listener& listener : listeners_) {
        listener.start();
    }
}

void StreamServer::stop_accepting()
{
    for (Listener& listener : listeners_) {
        listener.stop();
    }
    paused_ = false;
}

void StreamServer::pause_accepting(base::Uptime until)
{
    paused_ = true;
    resume_at_ = until;
    for (Listener& listener : listeners_) {
        if (listener) {
            listener.listen(false);
        }
    }
}

void StreamServer::resume_accepting()
{
    if (!paused_) {
        return;
    }
    paused_ = false;
    for (Listener& listener : listeners_) {
        if (listener) {
            listener.listen(true);
        }
    }
}

void StreamServer::accept_some(int listener)
{
    for (unsigned i = 0; i < accepts_a_turn; ++i) {
        const base::Uptime now = clock_();
        Room room{.is_available = !free_.empty()};
        if (!room.is_available && !may_evict_) {
            may_evict_ = i == 0; // connections that were just accepted are served first
            return;
        }
        if (!room.is_available) {
            room = find_room(any_connection, now);
        }
        if (!room.is_available) {
            pause_accepting(next_room_check(now));
            return;
        }
        sockaddr_storage from{};
        socklen_t size = sizeof from;
        privsep::UniqueFd socket{
            ::accept4(listener, reinterpret_cast<sockaddr*>(&from), &size, SOCK_NONBLOCK | SOCK_CLOEXEC)};
        if (!socket) {
            accept_failed(errno, i == 0);
            return;
        }
        may_evict_ = false;
        if (!admit(std::move(socket), to_address(from), room, now)) {
            return;
        }
    }
}

/// When to look for room again, if no connection becomes idle before.
base::Uptime StreamServer::next_room_check(base::Uptime now) const noexcept
{
    const base::Uptime stalled_too_long =
        stalled_.empty() ? now : connections_[stalled_.front()].stalled_since + limits_.time_to_read;
    return stalled_too_long > now ? stalled_too_long : now + accept_pause;
}

/// If the client's network already has its share of connections, one of its own is evicted; if an answer is
/// under way on each of them, the new connection is closed. Returns false if that took enough work for one
/// turn.
bool StreamServer::admit(privsep::UniqueFd socket, const base::Address& peer, Room room, base::Uptime now)
{
    const ClientNetwork network = network_of(peer);
    const auto is_same_network = [&](const Connection& other) { return other.network == network; };
    const bool has_its_share = limits_.per_network != 0 && count_open(network) >= limits_.per_network;
    if (has_its_share) {
        room = find_room(is_same_network, now);
    }
    if (room.to_evict != nullptr) {
        close(*room.to_evict);
    }
    if (room.is_available) {
        open(std::move(socket), peer);
    }
    return !has_its_share;
}

unsigned StreamServer::count_open(const ClientNetwork& network) const noexcept
{
    unsigned count = 0;
    for (std::uint32_t slot = by_deadline_.front(); slot != by_deadline_.end();
         slot = by_deadline_.next(slot)) {
        count += connections_[slot].network == network ? 1U : 0U;
    }
    return count;
}

void StreamServer::accept_failed(int error, bool first_of_turn)
{
    if (error == EAGAIN || error == ECONNABORTED || error == EINTR) {
        return;
    }
    const bool no_descriptor = error == EMFILE || error == ENFILE;
    if (no_descriptor && !first_of_turn) {
        return; // accept4(2) fails like this even if no client waits; the next turn shows it
    }
    const base::Uptime now = clock_();
    const Room room = no_descriptor ? find_room(any_connection, now) : Room{};
    if (room.to_evict != nullptr) {
        close(*room.to_evict);
    } else if (!room.is_available) {
        // the listener stays ready: without a pause this would be a busy loop
        pause_accepting(now + accept_pause);
    }
}

void StreamServer::open(privsep::UniqueFd socket, const base::Address& peer)
{
    Connection& connection = connections_[free_.back()];
    if (!loop_.try_add(socket.get(), EPOLLIN, connection)) {
        return; // the kernel is out of memory: the new connection is closed
    }
    free_.pop_back();
    connection.socket = std::move(socket);
    connection.events = EPOLLIN;
    connection.peer = peer;
    connection.network = network_of(peer);
    connection.deadline = clock_() + limits_.timeout;
    by_deadline_.push_back(connection.id.slot);
    idle_.push_back(connection.id.slot);
}

/// Among the connections for which `filter` is true.
template <typename Filter>
StreamServer::Room StreamServer::find_room(Filter filter, base::Uptime now)
{
    Connection* answered = nullptr;
    unsigned reads = 0;
    for (std::uint32_t slot = idle_.front();
         reads < max_reads_per_eviction && slot != idle_.end() && idle_.contains(slot);) {
        Connection& connection = connections_[slot];
        slot = idle_.next(slot); // reading from it may move it
        if (!filter(connection)) {
            continue;
        }
        ++reads;
        if (!has_pending_request(connection)) {
            return {.is_available = true, .to_evict = connection.socket ? &connection : nullptr};
        }
        answered = &connection;
    }
    if (answered != nullptr && !answered->active()) {
        return {.is_available = true, .to_evict = answered};
    }
    for (std::uint32_t slot = stalled_.front(); slot != stalled_.end(); slot = stalled_.next(slot)) {
        Connection& connection = connections_[slot];
        if (filter(connection) && !connection.busy &&
            connection.stalled_since + limits_.time_to_read <= now) {
            return {.is_available = true, .to_evict = &connection};
        }
    }
    return {};
}

/// Reads what an idle connection has sent. True if that was answered or will be: then the connection is no
/// longer the one that is idle longest.
bool StreamServer::has_pending_request(Connection& connection)
{
    connection.answered = false;
    serve(connection, EPOLLIN);
    return connection.socket && (connection.answered || connection.active());
}

} // namespace common
