// The listening side of a StreamServer: who is let in, and who has to go for it.
#include "daemon/common/stream_server.h"

#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <system_error>
#include <utility>

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
        if (full) {
            evict();
        }
        gave_way_ = false;
        open(std::move(socket), to_address(from));
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

/// There must be an idle one.
void StreamServer::evict()
{
    close(connections_[idle_.front()]);
}

} // namespace common
