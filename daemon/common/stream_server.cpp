// The connections of a StreamServer: reading, answering, writing, closing.
#include "daemon/common/stream_server.h"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <sys/socket.h>

#include "daemon/common/stream_parts.h"
#include "proto/base/secret.h"

namespace common
{

namespace
{

constexpr unsigned requests_a_turn = 32;
constexpr unsigned drained_reads_a_turn = 4;
constexpr std::size_t kept_capacity = 4096; // bytes of a buffer that an idle connection keeps

/// Removes `count` bytes from the front, and wipes the room that becomes free at the end.
void drop_front(base::WipedBytes& buffer, std::size_t count) noexcept
{
    const std::size_t left = buffer.size() - count;
    std::copy(buffer.begin() + static_cast<std::ptrdiff_t>(count), buffer.end(), buffer.begin());
    base::wipe(base::MutableBytes{buffer}.subspan(left));
    buffer.erase(buffer.begin() + static_cast<std::ptrdiff_t>(left), buffer.end());
}

template <typename ByteVector>
void shrink(ByteVector& buffer) noexcept
{
    buffer.clear();
    if (buffer.capacity() > kept_capacity) {
        ByteVector{}.swap(buffer);
    }
}

} // namespace

void StreamServer::finish_all()
{
    finishing_all_ = true;
    retire();
}

void StreamServer::retire()
{
    stop_accepting();
    is_retiring_ = true;
    const base::Uptime now = clock_();
    for (Connection& connection : connections_) {
        if (connection.socket && !connection.active()) {
            serve(connection, EPOLLIN); // a request that has arrived is answered
        }
        if (!connection.socket) {
            continue;
        }
        if (finishing_all_ ? connection.active() : connection.has_request()) {
            by_deadline_.push_back(connection.id.slot); // others get an earlier deadline: keep the order
            continue;
        }
        connection.deadline = std::min(connection.deadline, now + limits_.time_to_ask);
        if (finishing_all_ && (connection.served || connection.ended)) {
            finish(connection.id);
        }
    }
}

void StreamServer::close(Connection& connection, OfConnections outcome)
{
    const ConnectionId id = connection.id;
    tally_.closed(connection.draining ? OfConnections::finished : outcome);
    loop_.forget(connection);
    connection.socket.reset();
    if (waiting_ == &connection) {
        waiting_ = nullptr;
    } else {
        uncount(connection);
    }
    by_deadline_.remove(id.slot);
    overdue_.remove(id.slot);
    idle_.remove(id.slot);
    stalled_.remove(id.slot);
    base::WipedBytes{}.swap(connection.input);
    std::vector<std::uint8_t>{}.swap(connection.output);
    connection.sent = 0;
    connection.ended = connection.busy = connection.more = connection.served = connection.has_parts = false;
    connection.finishing = connection.draining = connection.broken = connection.waits = false;
    ++connection.id.generation;
    free_.push_back(id.slot);
    resume_accepting();
    handler_.closed(id);
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

void StreamServer::send(ConnectionId id, base::Bytes bytes, base::Uptime now)
{
    Connection* connection = find(id);
    if (connection == nullptr || connection->broken || connection->draining) {
        return;
    }
    connection->output.insert(connection->output.end(), bytes.begin(), bytes.end());
    connection->busy = false;
    connection->finishing = connection->finishing || finishing_all_;
    if (!connection->processing) {
        connection->more = !connection->input.empty() && !connection->finishing;
        settle(*connection, now);
        watch(*connection);
    }
}

void StreamServer::send_part(ConnectionId id, base::Bytes bytes, base::Uptime now)
{
    if (Connection* connection = find(id)) {
        connection->has_parts = true;
    }
    send(id, bytes, now);
}

/// Asks the handler for the next parts of its reply as long as the kernel accepts them. Not from within
/// send_part(): a handler that encrypts may not be entered again there.
void StreamServer::send_parts(Connection& connection, base::Uptime now)
{
    while (connection.has_parts && connection.unsent() == 0 && !connection.broken && !connection.draining) {
        connection.has_parts = false;
        connection.processing = true; // what is sent is only queued
        handler_.written(connection.id);
        connection.processing = false;
        flush(connection, now);
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
        watch(*connection);
    }
}

void StreamServer::expire(base::Uptime now)
{
    while (!by_deadline_.empty() && connections_[by_deadline_.front()].deadline <= now) {
        Connection& connection = connections_[by_deadline_.front()];
        if (connection.busy) {
            answer_overdue(connection, now);
        } else {
            close(connection, OfConnections::timed_out);
        }
    }
    while (!overdue_.empty() && connections_[overdue_.front()].deadline <= now) {
        close(connections_[overdue_.front()], OfConnections::timed_out);
    }
    if (paused_ && resume_at_ <= now) {
        resume_accepting();
    }
}

void StreamServer::answer_overdue(Connection& connection, base::Uptime now)
{
    by_deadline_.remove(connection.id.slot);
    overdue_.push_back(connection.id.slot);
    connection.deadline = now + limits_.time_to_read;
    handler_.overdue(connection.id);
    if (connection.busy) {
        close(connection, OfConnections::timed_out);
    }
}

int StreamServer::next_timeout_ms(base::Uptime now) const noexcept
{
    base::Uptime next = base::Uptime::max();
    for (const SlotList* list : {&by_deadline_, &overdue_}) {
        if (!list->empty()) {
            next = std::min(next, connections_[list->front()].deadline);
        }
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
    // EPOLLHUP means a reset, or that both sides are shut down, not that the client has shut down its side
    // only
    if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
        close(connection, OfConnections::failed);
        return;
    }
    const base::Uptime now = clock_();
    if (connection.waits && (!place_waiting(now) || !connection.socket)) {
        return;
    }
    const bool was_busy = connection.busy;
    flush(connection, now);
    if ((events & EPOLLIN) != 0) {
        read_some(connection);
    }
    process(connection);
    if (connection.busy && !was_busy && limits_.renewed_by_request) {
        renew(connection, now);
    }
    send_parts(connection, now);
    settle(connection, now);
    if (connection.is_done()) {
        // no need to register events for it
        close(connection, connection.broken ? OfConnections::failed : OfConnections::finished);
    } else {
        watch(connection);
    }
}

/// Reads what an idle connection has sent. True if that was answered or will be: then the connection is no
/// longer the one that is idle longest.
bool StreamServer::has_pending_request(Connection& connection)
{
    connection.answered = false;
    serve(connection, EPOLLIN);
    return connection.socket && (connection.answered || connection.active());
}

void StreamServer::read_some(Connection& connection) noexcept
{
    const unsigned reads = connection.draining ? drained_reads_a_turn : 1;
    for (unsigned i = 0; i < reads && !connection.ended; ++i) {
        const std::size_t held = connection.draining ? 0 : connection.input.size();
        const std::size_t room = std::min(scratch_->size(), limits_.max_input - held);
        if (room == 0) {
            return; // a read of 0 bytes would look like the end of the stream
        }
        const ssize_t size = ::read(connection.socket.get(), scratch_->data(), room);
        if (size < 0) {
            connection.broken = errno != EAGAIN && errno != EINTR;
            return;
        }
        connection.ended = size == 0;
        if (!connection.draining) {
            connection.input.insert(connection.input.end(), scratch_->begin(), scratch_->begin() + size);
        }
        base::wipe(base::MutableBytes{*scratch_}.first(static_cast<std::size_t>(size)));
    }
}

bool StreamServer::may_process(const Connection& connection) const noexcept
{
    return !connection.busy && !connection.finishing && !connection.broken && !connection.has_parts &&
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
        taken += std::min(consumed.bytes, input.size());
        connection.busy = consumed.busy && !connection.finishing;
        stuck = consumed.bytes == 0;
    }
    connection.processing = false;
    drop_front(connection.input, taken);
    // if the buffer is full and the handler takes nothing of it, it never will
    connection.broken = connection.broken || (stuck && connection.input.size() >= limits_.max_input);
    connection.more = !connection.input.empty() && !stuck && !connection.busy && !connection.finishing;
    if (connection.input.empty() || connection.finishing) {
        drop_front(connection.input, connection.input.size());
        shrink(connection.input);
    }
}

/// Writes as much as the kernel accepts. Renews the deadline once all is written.
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
    connection.answered = connection.served = true;
    shrink(connection.output);
    stalled_.remove(connection.id.slot);
    idle_.remove(connection.id.slot); // settle() adds it again, at the end
    if (limits_.renewed_by_reply) {
        renew(connection, now);
    }
}

void StreamServer::renew(Connection& connection, base::Uptime now) noexcept
{
    connection.deadline = now + limits_.timeout; // no deadline is later: the list stays in order
    overdue_.remove(connection.id.slot);
    by_deadline_.push_back(connection.id.slot);
}

/// Call after any change of the connection: writes, shuts down, and updates the lists that it is in.
void StreamServer::settle(Connection& connection, base::Uptime now)
{
    flush(connection, now);
    if (connection.finishing && !connection.draining && connection.unsent() == 0 && !connection.has_parts) {
        ::shutdown(connection.socket.get(), SHUT_WR);
        connection.draining = true;
        if (is_retiring_) { // a client that was answered delays the end no longer
            connection.deadline = now + limits_.time_to_read;
            by_deadline_.remove(connection.id.slot);
            overdue_.push_back(connection.id.slot);
        }
    }
    if (!connection.awaits_client()) {
        stalled_.remove(connection.id.slot);
    } else if (!stalled_.contains(connection.id.slot)) {
        connection.stalled_since = now;
        stalled_.push_back(connection.id.slot);
    }
    if (connection.active()) {
        idle_.remove(connection.id.slot);
    } else if (!idle_.contains(connection.id.slot)) {
        idle_.push_back(connection.id.slot);
        resume_accepting(); // this one may be evicted
    }
}

/// Registers the events that are needed next.
void StreamServer::watch(Connection& connection)
{
    const std::uint32_t events = wanted_events(connection);
    if (events != connection.events) {
        loop_.modify(connection.socket.get(), events, connection);
        connection.events = events;
    }
}

std::uint32_t StreamServer::wanted_events(const Connection& connection) const noexcept
{
    if (connection.waits) {
        return paused_ ? 0U : EPOLLOUT; // it is writable: serve() looks for its place
    }
    if (connection.is_done() || connection.active()) {
        // a busy connection waits for send(); the others continue, or are closed, once the socket is writable
        const bool only_waits = connection.busy && connection.unsent() == 0 && !connection.broken;
        const bool writes = !only_waits;
        const bool reads = !connection.ended && may_process(connection) && !connection.more;
        return (writes ? EPOLLOUT : 0U) | (reads ? EPOLLIN : 0U);
    }
    return connection.ended ? 0U : EPOLLIN;
}

} // namespace common
