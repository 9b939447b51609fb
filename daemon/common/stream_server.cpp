#include "daemon/common/stream_server.h"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <system_error>

#include "daemon/common/socket_address.h"

namespace common
{

namespace
{

constexpr unsigned accepts_a_turn = 16;
constexpr unsigned requests_a_turn = 32;
constexpr unsigned drained_reads_a_turn = 4;
constexpr std::size_t kept_capacity = 4096; // octets of buffer that an idle connection may keep
constexpr base::Uptime accept_pause{1000};

void shrink(std::vector<std::uint8_t>& buffer) noexcept
{
    buffer.clear();
    if (buffer.capacity() > kept_capacity) {
        std::vector<std::uint8_t>{}.swap(buffer);
    }
}

} // namespace

struct StreamServer::Connection final : privsep::Watcher {
    void ready(std::uint32_t happened) override { server->serve(*this, happened); }

    std::size_t unsent() const noexcept { return output.size() - sent; }
    /// Owed an answer, or has sent what was not looked at yet.
    bool active() const noexcept { return busy || more || unsent() != 0; }
    /// Nothing is left to do but to close it.
    bool over() const noexcept { return broken || (ended && !active()); }

    StreamServer* server = nullptr;
    ConnectionId id;
    privsep::UniqueFd socket;
    base::Address peer;
    base::Uptime deadline{};
    std::vector<std::uint8_t> input;
    std::vector<std::uint8_t> output;
    std::size_t sent = 0;
    std::uint32_t events = 0; ///< what the loop was asked for
    bool ended = false;       ///< the client has shut down its side
    bool busy = false;        ///< an answer is under way
    bool more = false;        ///< input waits to be processed without anything new arriving
    bool processing = false;  ///< the handler is being called for it
    bool finishing = false;   ///< reads no further request
    bool draining = false;    ///< our side is shut down
    bool broken = false;
};

class StreamServer::Listener final : public privsep::Watcher
{
public:
    void open(StreamServer& server, privsep::UniqueFd socket) noexcept
    {
        server_ = &server;
        socket_ = std::move(socket);
    }
    void ready(std::uint32_t /*events*/) override { server_->accept_some(socket_.get()); }
    void start() { server_->loop_.add(socket_.get(), EPOLLIN, *this); }
    void listen(bool wanted) { server_->loop_.modify(socket_.get(), wanted ? EPOLLIN : 0U, *this); }
    void stop() noexcept
    {
        if (socket_) {
            server_->loop_.remove(socket_.get(), *this);
            socket_.reset();
        }
    }
    explicit operator bool() const noexcept { return static_cast<bool>(socket_); }

private:
    StreamServer* server_ = nullptr;
    privsep::UniqueFd socket_;
};

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

void StreamServer::finish_all()
{
    stop_accepting();
    finishing_all_ = true;
    for (Connection& connection : connections_) {
        if (connection.socket && !connection.busy) {
            finish(connection.id);
        }
    }
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

void StreamServer::close(Connection& connection)
{
    const ConnectionId id = connection.id;
    loop_.remove(connection.socket.get(), connection);
    connection.socket.reset();
    by_deadline_.remove(id.slot);
    idle_.remove(id.slot);
    std::vector<std::uint8_t>{}.swap(connection.input);
    std::vector<std::uint8_t>{}.swap(connection.output);
    connection.sent = 0;
    connection.ended = connection.busy = connection.more = false;
    connection.finishing = connection.draining = connection.broken = false;
    ++connection.id.generation;
    free_.push_back(id.slot);
    resume_accepting();
    handler_.closed(id);
}

/// There must be an idle one.
void StreamServer::evict()
{
    close(connections_[idle_.front()]);
}

std::size_t StreamServer::open_connections() const noexcept
{
    return connections_.size() - free_.size();
}

StreamServer::Connection* StreamServer::find(ConnectionId id) noexcept
{
    if (id.slot >= connections_.size()) {
        return nullptr;
    }
    Connection& connection = connections_[id.slot];
    return connection.socket && connection.id == id ? &connection : nullptr;
}

void StreamServer::send(ConnectionId id, base::Bytes octets, base::Uptime now)
{
    Connection* connection = find(id);
    if (connection == nullptr || connection->broken || connection->draining) {
        return;
    }
    connection->output.insert(connection->output.end(), octets.begin(), octets.end());
    connection->busy = false;
    connection->finishing = connection->finishing || finishing_all_;
    if (!connection->processing) {
        connection->more = !connection->input.empty() && !connection->finishing;
        settle(*connection, now);
    }
}

void StreamServer::finish(ConnectionId id)
{
    Connection* connection = find(id);
    if (connection == nullptr) {
        return;
    }
    connection->finishing = true;
    connection->busy = false;
    connection->more = false;
    if (!connection->processing) {
        settle(*connection, clock_());
    }
}

void StreamServer::expire(base::Uptime now)
{
    while (!by_deadline_.empty() && connections_[by_deadline_.front()].deadline <= now) {
        close(connections_[by_deadline_.front()]);
    }
    if (paused_ && resume_at_ <= now) {
        resume_accepting();
    }
}

int StreamServer::next_timeout_ms(base::Uptime now) const noexcept
{
    base::Uptime next = base::Uptime::max();
    if (!by_deadline_.empty()) {
        next = connections_[by_deadline_.front()].deadline;
    }
    if (paused_) {
        next = std::min(next, resume_at_);
    }
    if (next == base::Uptime::max()) {
        return -1;
    }
    constexpr base::Uptime longest{std::numeric_limits<int>::max()};
    return static_cast<int>(std::clamp(next - now, base::Uptime{0}, longest).count());
}

void StreamServer::serve(Connection& connection, std::uint32_t events)
{
    // a hang-up is a reset, or both sides are shut down; a client that only shut down its own is no hang-up
    if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
        close(connection);
        return;
    }
    const base::Uptime now = clock_();
    flush(connection, now);
    if ((events & EPOLLIN) != 0) {
        read_some(connection);
    }
    process(connection);
    settle(connection, now);
    if (connection.over()) {
        close(connection);
    }
}

void StreamServer::read_some(Connection& connection) noexcept
{
    const unsigned reads = connection.draining ? drained_reads_a_turn : 1;
    for (unsigned i = 0; i < reads && !connection.ended; ++i) {
        const std::size_t held = connection.draining ? 0 : connection.input.size();
        const std::size_t room = std::min(scratch_.size(), limits_.max_input - held);
        if (room == 0) {
            return; // reading nothing would look like the end
        }
        const ssize_t size = ::read(connection.socket.get(), scratch_.data(), room);
        if (size < 0) {
            connection.broken = errno != EAGAIN && errno != EINTR;
            return;
        }
        connection.ended = size == 0;
        if (!connection.draining) {
            connection.input.insert(connection.input.end(), scratch_.begin(), scratch_.begin() + size);
        }
    }
}

bool StreamServer::may_process(const Connection& connection) const noexcept
{
    return !connection.busy && !connection.finishing && !connection.broken &&
           connection.unsent() <= limits_.pause_output;
}

void StreamServer::process(Connection& connection)
{
    std::size_t taken = 0;
    bool stuck = false;
    connection.processing = true;
    for (unsigned i = 0; i < requests_a_turn && !stuck && may_process(connection); ++i) {
        const base::Bytes input = base::Bytes{connection.input}.subspan(taken);
        if (input.empty()) {
            break;
        }
        const Consumed consumed = handler_.received(connection.id, input, connection.ended, connection.peer);
        taken += std::min(consumed.octets, input.size());
        connection.broken = connection.broken || consumed.close_now;
        connection.busy = consumed.busy && !connection.finishing;
        stuck = consumed.octets == 0;
    }
    connection.processing = false;
    connection.input.erase(connection.input.begin(),
                           connection.input.begin() + static_cast<std::ptrdiff_t>(taken));
    // what the handler can not even begin with when the buffer is full will never get any further
    connection.broken = connection.broken || (stuck && connection.input.size() >= limits_.max_input);
    connection.more = !connection.input.empty() && !stuck && !connection.busy && !connection.finishing;
    if (connection.input.empty() || connection.finishing) {
        shrink(connection.input);
    }
}

/// Writes what the kernel takes. Renews the deadline when all is written.
void StreamServer::flush(Connection& connection, base::Uptime now) noexcept
{
    if (connection.unsent() == 0 || connection.broken) {
        return;
    }
    const base::Bytes unsent = base::Bytes{connection.output}.subspan(connection.sent);
    const ssize_t size = ::send(connection.socket.get(), unsent.data(), unsent.size(), MSG_NOSIGNAL);
    if (size < 0) {
        connection.broken = errno != EAGAIN && errno != EINTR;
        return;
    }
    connection.sent += static_cast<std::size_t>(size);
    if (connection.unsent() != 0) {
        return;
    }
    connection.sent = 0;
    shrink(connection.output);
    idle_.remove(connection.id.slot); // settle() puts it behind those that are idle longer
    if (limits_.renewed_by_reply) {
        connection.deadline = now + limits_.timeout;
        by_deadline_.push_back(connection.id.slot);
    }
}

/// After anything that changed the connection: writes, shuts down, and asks the loop for what comes next.
void StreamServer::settle(Connection& connection, base::Uptime now)
{
    flush(connection, now);
    if (connection.finishing && !connection.draining && connection.unsent() == 0) {
        ::shutdown(connection.socket.get(), SHUT_WR);
        connection.draining = true;
    }
    if (connection.active()) {
        idle_.remove(connection.id.slot);
    } else if (!idle_.contains(connection.id.slot)) {
        idle_.push_back(connection.id.slot);
        resume_accepting(); // now there is one that may be evicted
    }
    const std::uint32_t events = wanted_events(connection);
    if (events != connection.events) {
        loop_.modify(connection.socket.get(), events, connection);
        connection.events = events;
    }
}

std::uint32_t StreamServer::wanted_events(const Connection& connection) const noexcept
{
    if (connection.over() || connection.active()) {
        // a busy one waits for send(); the others go on, or end, as soon as the socket takes octets
        const bool only_waits = connection.busy && connection.unsent() == 0 && !connection.broken;
        const bool writes = !only_waits;
        const bool reads = !connection.ended && may_process(connection) && !connection.more;
        return (writes ? EPOLLOUT : 0U) | (reads ? EPOLLIN : 0U);
    }
    return connection.ended ? 0U : EPOLLIN;
}

} // namespace common
