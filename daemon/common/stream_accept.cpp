// The listening side of a StreamServer: who is let in, and who has to go for it.
#include "daemon/common/stream_server.h"

#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <system_error>
#include <utility>

#include "daemon/common/client_network.h"
#include "daemon/common/socket_address.h"
#include "daemon/common/stream_parts.h"

namespace common
{

namespace
{

constexpr unsigned accepts_a_turn = 16;
constexpr base::Uptime accept_pause{1000};

} // namespace

StreamServer::StreamServer(privsep::EventLoop& loop, std::vector<privsep::UniqueFd> listeners, Limits limits,
                           StreamHandler& handler, Clock clock)
    : loop_(loop), limits_(limits), handler_(handler), clock_(clock), listeners_(listeners.size()),
      connections_(limits.connections), by_deadline_(limits.connections), idle_(limits.connections)
{
    for (std::size_t i = 0; i < listeners.size(); ++i) {
        // an accepted socket inherits it on Linux; a listener that is no TCP socket has no such option
        const int on = 1;
        ::setsockopt(listeners[i].get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
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

void StreamServer::pause_accepting(base::Uptime now)
{
    paused_ = true;
    resume_at_ = now + accept_pause;
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
        const bool full = free_.empty();
        if (full && idle_.empty()) {
            pause_accepting(clock_());
            return;
        }
        if (full && !gave_way_) {
            gave_way_ = i == 0; // those that were just accepted are heard before one of them is evicted
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
        const base::Address peer = to_address(from);
        if (make_room_for(peer)) {
            open(std::move(socket), peer);
        }
    }
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
    if (no_descriptor && !idle_.empty()) {
        evict();
    } else {
        pause_accepting(clock_()); // the listener stays ready, and asking it again would be a busy loop
    }
}

void StreamServer::open(privsep::UniqueFd socket, const base::Address& peer)
{
    Connection& connection = connections_[free_.back()];
    try {
        loop_.add(socket.get(), EPOLLIN, connection);
    } catch (const std::system_error&) {
        return; // the kernel is out of memory: the newcomer goes
    }
    free_.pop_back();
    connection.socket = std::move(socket);
    connection.events = EPOLLIN;
    connection.peer = peer;
    connection.deadline = clock_() + limits_.timeout;
    by_deadline_.push_back(connection.id.slot);
    idle_.push_back(connection.id.slot);
}

/// False where the newcomer's network has its share already, and an answer is under way for each: then it is
/// the newcomer who goes.
bool StreamServer::make_room_for(const base::Address& peer)
{
    const ClientNetwork network = network_of(peer);
    const auto is_of_it = [&](std::uint32_t slot) { return network_of(connections_[slot].peer) == network; };
    unsigned open_already = 0;
    for (std::uint32_t slot = by_deadline_.front(); slot != by_deadline_.end();
         slot = by_deadline_.next(slot)) {
        open_already += is_of_it(slot) ? 1U : 0U;
    }
    if (limits_.per_network == 0 || open_already < limits_.per_network) {
        if (free_.empty()) {
            evict();
        }
        return true;
    }
    std::uint32_t slot = idle_.front();
    while (slot != idle_.end() && !is_of_it(slot)) {
        slot = idle_.next(slot);
    }
    if (slot == idle_.end()) {
        return false;
    }
    close(connections_[slot]);
    return true;
}

/// There must be an idle one.
void StreamServer::evict()
{
    close(connections_[idle_.front()]);
}

} // namespace common
