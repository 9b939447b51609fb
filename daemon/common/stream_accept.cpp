// The listening side of a StreamServer: who is let in, and who has to go for it.
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
constexpr unsigned heard_a_newcomer = 8; // connections whose last words are read before one of them goes
constexpr base::Uptime accept_pause{1000};
constexpr int send_buffer = 65536; // the kernel doubles it: the longest reply fits, and not much more
constexpr auto anybody = [](const auto& /*connection*/) { return true; };

/// An accepted socket inherits all of it on Linux. A listener that is no TCP socket has not every option.
void prepare(int listener, base::Seconds timeout) noexcept
{
    const auto set = [listener](int level, int option, int value) {
        ::setsockopt(listener, level, option, &value, sizeof value);
    };
    set(IPPROTO_TCP, TCP_NODELAY, 1);
    // what a client does not take is the kernel's memory, and stays there after close(2) until it is taken
    set(SOL_SOCKET, SO_SNDBUF, send_buffer);
    constexpr base::Seconds longest{std::numeric_limits<int>::max() / 1000};
    set(IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(std::min(timeout, longest).count()) * 1000);
}

} // namespace

StreamServer::StreamServer(privsep::EventLoop& loop, std::vector<privsep::UniqueFd> listeners, Limits limits,
                           StreamHandler& handler, Clock clock)
    : loop_(loop), limits_(limits), handler_(handler), clock_(clock), listeners_(listeners.size()),
      connections_(limits.connections), by_deadline_(limits.connections), idle_(limits.connections),
      unread_(limits.connections)
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
        Room room{.is_there = !free_.empty()};
        if (!room.is_there && !gave_way_) {
            gave_way_ = i == 0; // those that were just accepted are heard before one of them is evicted
            return;
        }
        if (!room.is_there) {
            room = look_for_room(anybody, now);
        }
        if (!room.is_there) {
            pause_accepting(next_room(now));
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
        gave_way_ = false;
        if (!admit(std::move(socket), to_address(from), room, now)) {
            return;
        }
    }
}

/// When it makes sense to look for room again, while nobody becomes idle.
base::Uptime StreamServer::next_room(base::Uptime now) const noexcept
{
    const base::Uptime taken_too_long =
        unread_.empty() ? now : connections_[unread_.front()].unread_since + limits_.time_to_read;
    return taken_too_long > now ? taken_too_long : now + accept_pause;
}

/// Where the newcomer's network has its share already, it is one of its own who goes for it; or the newcomer
/// himself, where an answer is under way for each. False where that took work enough for one turn.
bool StreamServer::admit(privsep::UniqueFd socket, const base::Address& peer, Room room, base::Uptime now)
{
    const ClientNetwork network = network_of(peer);
    const auto is_of_it = [&](const Connection& other) { return other.network == network; };
    const bool has_its_share = limits_.per_network != 0 && count_open(network) >= limits_.per_network;
    if (has_its_share) {
        room = look_for_room(is_of_it, now);
    }
    if (room.victim != nullptr) {
        close(*room.victim);
    }
    if (room.is_there) {
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
        return; // the kernel says so even where nobody waits; the next turn tells
    }
    const base::Uptime now = clock_();
    const Room room = no_descriptor ? look_for_room(anybody, now) : Room{};
    if (room.victim != nullptr) {
        close(*room.victim);
    } else if (!room.is_there) {
        // the listener stays ready, and asking it again would be a busy loop
        pause_accepting(now + accept_pause);
    }
}

void StreamServer::open(privsep::UniqueFd socket, const base::Address& peer)
{
    Connection& connection = connections_[free_.back()];
    if (!loop_.try_add(socket.get(), EPOLLIN, connection)) {
        return; // the kernel is out of memory: the newcomer goes
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

/// Among the connections that `of` holds for.
template <typename Of>
StreamServer::Room StreamServer::look_for_room(Of of, base::Uptime now)
{
    Connection* answered = nullptr;
    unsigned heard = 0;
    for (std::uint32_t slot = idle_.front();
         heard < heard_a_newcomer && slot != idle_.end() && idle_.contains(slot);) {
        Connection& connection = connections_[slot];
        slot = idle_.next(slot); // hearing it may move it
        if (!of(connection)) {
            continue;
        }
        ++heard;
        if (!has_last_words(connection)) {
            return {.is_there = true, .victim = connection.socket ? &connection : nullptr};
        }
        answered = &connection;
    }
    if (answered != nullptr && !answered->active()) {
        return {.is_there = true, .victim = answered};
    }
    for (std::uint32_t slot = unread_.front(); slot != unread_.end(); slot = unread_.next(slot)) {
        Connection& connection = connections_[slot];
        if (of(connection) && !connection.busy && connection.unread_since + limits_.time_to_read <= now) {
            return {.is_there = true, .victim = &connection};
        }
    }
    return {};
}

/// Reads what an idle connection has sent and nobody has looked at yet. True where that was answered or will
/// be: it is not idle longest any more.
bool StreamServer::has_last_words(Connection& connection)
{
    connection.answered = false;
    serve(connection, EPOLLIN);
    return connection.socket && (connection.answered || connection.active());
}

} // namespace common
