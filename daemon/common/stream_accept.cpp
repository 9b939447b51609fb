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

/// None, with errno, if no client waits. `peer` is 0.0.0.0 only if it came by a Unix socket.
privsep::UniqueFd accept_one(int listener, base::Address& peer) noexcept
{
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    privsep::UniqueFd socket{
        ::accept4(listener, reinterpret_cast<sockaddr*>(&from), &size, SOCK_NONBLOCK | SOCK_CLOEXEC)};
    if (socket) {
        peer = to_address(from);
    }
    if (socket && peer == base::Address{} && from.ss_family != AF_UNIX) { // no host has this address
        socket.reset();
        errno = ECONNABORTED;
    }
    return socket;
}

} // namespace

StreamServer::StreamServer(privsep::EventLoop& loop, std::vector<privsep::UniqueFd> listeners, Limits limits,
                           StreamHandler& handler, Clock clock, ConnectionTally tally)
    : loop_(loop), limits_(limits), handler_(handler), clock_(clock), tally_(tally),
      listeners_(listeners.size()), by_deadline_(slots_for(limits.connections)),
      overdue_(slots_for(limits.connections)), idle_(slots_for(limits.connections)),
      stalled_(slots_for(limits.connections))
{
    for (std::size_t i = 0; i < listeners.size(); ++i) {
        prepare(listeners[i].get(), limits.timeout);
        listeners_[i].open(*this, std::move(listeners[i]));
    }
    free_.reserve(slots_for(limits.connections));
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
    if (waiting_ != nullptr) {
        place(*waiting_); // no other process will answer it
    }
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
    if (waiting_ != nullptr) {
        watch(*waiting_);
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
    if (waiting_ != nullptr) {
        watch(*waiting_);
    }
}

void StreamServer::accept_some(int listener)
{
    for (unsigned i = 0; i < accepts_a_turn; ++i) {
        const base::Uptime now = clock_();
        if (is_full() && !may_evict_) {
            may_evict_ = i == 0; // connections that were just accepted are served first
            return;
        }
        if (!place_waiting(now)) {
            return;
        }
        base::Address peer;
        privsep::UniqueFd socket = is_full() ? accept_by_turns(peer) : accept_one(listener, peer);
        if (!socket) {
            accept_failed(errno, i == 0);
            return;
        }
        may_evict_ = false;
        if (!admit(std::move(socket), peer, now)) {
            return;
        }
    }
}

/// If the server is full, a flood of one listener must not keep out the clients of the others.
privsep::UniqueFd StreamServer::accept_by_turns(base::Address& peer) noexcept
{
    privsep::UniqueFd socket;
    errno = EAGAIN;
    for (std::size_t tries = 0; tries < listeners_.size() && !socket && errno == EAGAIN; ++tries) {
        next_listener_ = (next_listener_ + 1) % listeners_.size();
        socket = accept_one(listeners_[next_listener_].get(), peer);
    }
    return socket;
}

/// When to look for room again, if no connection becomes idle or is closed before.
base::Uptime StreamServer::next_room_check(base::Uptime now) const noexcept
{
    base::Uptime next = now + accept_pause;
    const auto consider = [&](base::Uptime when) { next = when > now ? std::min(next, when) : next; };
    if (!stalled_.empty()) {
        consider(connections_[stalled_.front()].stalled_since + limits_.time_to_read);
    }
    for (std::uint32_t slot = idle_.front(); slot != idle_.end(); slot = idle_.next(slot)) {
        consider(connections_[slot].placed + limits_.protected_for);
    }
    return next;
}

/// Returns false if that took enough work for one turn.
bool StreamServer::admit(privsep::UniqueFd socket, const base::Address& peer, base::Uptime now)
{
    const bool was_full = is_full();
    const bool had_its_share = has_its_share(peer);
    const Room room = room_for(peer, now);
    if (room.to_evict != nullptr) {
        close(*room.to_evict, OfConnections::evicted);
    }
    if (room.is_available) {
        if (Connection* connection = open(std::move(socket), peer, EPOLLIN)) {
            place(*connection);
        }
    } else if (room.is_refused) {
        tally_.refused();
    } else {
        waiting_ = open(std::move(socket), peer, 0);
        pause_accepting(next_room_check(now));
    }
    return !had_its_share && !was_full;
}

/// Gives the connection that waits its place. Returns false if there is still no room: then nothing is
/// accepted.
bool StreamServer::place_waiting(base::Uptime now)
{
    if (waiting_ == nullptr) {
        return true;
    }
    const Room room = room_for(waiting_->peer, now);
    if (room.is_refused) {
        close(*waiting_, OfConnections::refused);
        return true;
    }
    if (!room.is_available) {
        pause_accepting(next_room_check(now));
        return false;
    }
    if (room.to_evict != nullptr) {
        close(*room.to_evict, OfConnections::evicted);
    }
    place(*waiting_);
    return true;
}

/// A network that has its share loses one of its own connections; if an answer is under way on each of them,
/// the new connection is refused.
StreamServer::Room StreamServer::room_for(const base::Address& peer, base::Uptime now)
{
    const ClientNetwork network = origin_network(peer);
    const auto is_same = [&](const Connection& other) { return !other.exempt && other.network == network; };
    if (has_its_share(peer)) {
        Room room = find_room(is_same, now);
        room.is_refused = !room.is_available;
        return room;
    }
    if (!is_full()) {
        return {.is_available = true};
    }
    const unsigned share = fair_share(is_exempt(peer) || count_open(network) == 0);
    const auto may_lose = [&](const Connection& other) {
        if (limits_.per_network == 0) {
            return is_same(other) || !is_protected(other, now);
        }
        return !is_protected(other, now) && (other.exempt ? 1U : count_open(other.network)) > share;
    };
    return find_room(may_lose, now);
}

bool StreamServer::has_its_share(const base::Address& peer) const noexcept
{
    if (limits_.per_network == 0 || is_exempt(peer)) {
        return false;
    }
    const unsigned open = count_open(origin_network(peer));
    return open >= limits_.per_network || (open != 0 && is_full() && open >= fair_share(false));
}

/// What each network has if all have the same.
unsigned StreamServer::fair_share(bool of_another_network) const noexcept
{
    const std::size_t networks = networks_.size() + exempt_ + (of_another_network ? 1U : 0U);
    return static_cast<unsigned>(limits_.connections / networks);
}

bool StreamServer::is_full() const noexcept
{
    return open_connections() >= limits_.connections + (waiting_ != nullptr ? 1U : 0U);
}

bool StreamServer::is_protected(const Connection& connection, base::Uptime now) const noexcept
{
    return !connection.finishing && connection.placed + limits_.protected_for > now;
}

unsigned StreamServer::count_open(const ClientNetwork& network) const noexcept
{
    const auto found = networks_.find(network);
    return found == networks_.end() ? 0 : found->second;
}

void StreamServer::count(const Connection& connection)
{
    if (connection.exempt) {
        ++exempt_;
    } else {
        ++networks_[connection.network];
    }
}

void StreamServer::uncount(const Connection& connection)
{
    if (connection.exempt) {
        --exempt_;
    } else if (const auto found = networks_.find(connection.network); --found->second == 0) {
        networks_.erase(found);
    }
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
    const auto may_lose = [&](const Connection& other) { return !is_protected(other, now); };
    const Room room = no_descriptor ? find_room(may_lose, now) : Room{};
    if (room.to_evict != nullptr) {
        close(*room.to_evict, OfConnections::evicted);
    } else if (!room.is_available) {
        // the listener stays ready: without a pause this would be a busy loop
        pause_accepting(now + accept_pause);
    }
}

/// Before it is placed, it is neither read nor counted.
StreamServer::Connection* StreamServer::open(privsep::UniqueFd socket, const base::Address& peer,
                                             std::uint32_t events)
{
    if (free_.empty()) {
        const auto slot = static_cast<std::uint32_t>(connections_.size());
        connections_.emplace_back();
        connections_.back().server = this;
        connections_.back().id.slot = slot;
        free_.push_back(slot);
    }
    Connection& connection = connections_[free_.back()];
    if (!loop_.try_add(socket.get(), events, connection)) {
        tally_.refused();
        return nullptr; // the kernel is out of memory: the new connection is closed
    }
    free_.pop_back();
    tally_.opened();
    connection.socket = std::move(socket);
    connection.events = events;
    connection.peer = peer;
    connection.network = origin_network(peer);
    connection.exempt = is_exempt(peer);
    connection.waits = true;
    connection.deadline = clock_() + limits_.timeout;
    by_deadline_.push_back(connection.id.slot);
    return &connection;
}

void StreamServer::place(Connection& connection)
{
    if (waiting_ == &connection) {
        waiting_ = nullptr;
    }
    connection.waits = false;
    connection.placed = clock_();
    count(connection);
    idle_.push_back(connection.id.slot);
    watch(connection);
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

} // namespace common
