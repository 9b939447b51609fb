// The connections of a StreamServer: reading, answering, writing, ending.
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
constexpr std::size_t kept_capacity = 4096; // bytes of buffer that an idle connection may keep
constexpr base::Uptime time_to_ask{200};    // for who came in just before the end, and is about to ask

/// Takes `count` bytes off the front, and leaves nothing of them behind what is left.
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
    stop_accepting();
    finishing_all_ = true;
    const base::Uptime now = clock_();
    for (Connection& connection : connections_) {
        if (connection.socket && !connection.active()) {
            serve(connection, EPOLLIN); // what has arrived was asked in time
        }
        if (!connection.socket) {
            continue;
        }
        if (connection.active()) {
            by_deadline_.push_back(connection.id.slot); // in order again, since others get less time now
            continue;
        }
        connection.deadline = std::min(connection.deadline, now + time_to_ask);
        if (connection.served || connection.ended) {
            finish(connection.id);
        }
    }
}

void StreamServer::close(Connection& connection)
{
    const ConnectionId id = connection.id;
    loop_.forget(connection);
    connection.socket.reset();
    by_deadline_.remove(id.slot);
    idle_.remove(id.slot);
    unread_.remove(id.slot);
    base::WipedBytes{}.swap(connection.input);
    std::vector<std::uint8_t>{}.swap(connection.output);
    connection.sent = 0;
    connection.ended = connection.busy = connection.more = connection.served = false;
    connection.finishing = connection.draining = connection.broken = false;
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
        close(connection); // what it would have waited for is not worth a system call
    } else {
        watch(connection);
    }
}

void StreamServer::read_some(Connection& connection) noexcept
{
    const unsigned reads = connection.draining ? drained_reads_a_turn : 1;
    for (unsigned i = 0; i < reads && !connection.ended; ++i) {
        const std::size_t held = connection.draining ? 0 : connection.input.size();
        const std::size_t room = std::min(scratch_->size(), limits_.max_input - held);
        if (room == 0) {
            return; // reading nothing would look like the end
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
        taken += std::min(consumed.bytes, input.size());
        connection.busy = consumed.busy && !connection.finishing;
        stuck = consumed.bytes == 0;
    }
    connection.processing = false;
    drop_front(connection.input, taken);
    // what the handler cannot even begin with when the buffer is full will never get any further
    connection.broken = connection.broken || (stuck && connection.input.size() >= limits_.max_input);
    connection.more = !connection.input.empty() && !stuck && !connection.busy && !connection.finishing;
    if (connection.input.empty() || connection.finishing) {
        drop_front(connection.input, connection.input.size());
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
    connection.answered = connection.served = true;
    shrink(connection.output);
    unread_.remove(connection.id.slot);
    idle_.remove(connection.id.slot); // settle() puts it behind those that are idle longer
    if (limits_.renewed_by_reply) {
        connection.deadline = now + limits_.timeout;
        by_deadline_.push_back(connection.id.slot);
    }
}

/// After anything that changed the connection: writes, shuts down, and puts it where it belongs now.
void StreamServer::settle(Connection& connection, base::Uptime now)
{
    flush(connection, now);
    if (connection.finishing && !connection.draining && connection.unsent() == 0) {
        ::shutdown(connection.socket.get(), SHUT_WR);
        connection.draining = true;
    }
    if (!connection.awaits_the_client()) {
        unread_.remove(connection.id.slot);
    } else if (!unread_.contains(connection.id.slot)) {
        connection.unread_since = now;
        unread_.push_back(connection.id.slot);
    }
    if (connection.active()) {
        idle_.remove(connection.id.slot);
    } else if (!idle_.contains(connection.id.slot)) {
        idle_.push_back(connection.id.slot);
        resume_accepting(); // now there is one that may be evicted
    }
}

/// Asks the loop for what comes next.
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
    if (connection.over() || connection.active()) {
        // a busy one waits for send(); the others go on, or end, as soon as the socket takes bytes
        const bool only_waits = connection.busy && connection.unsent() == 0 && !connection.broken;
        const bool writes = !only_waits;
        const bool reads = !connection.ended && may_process(connection) && !connection.more;
        return (writes ? EPOLLOUT : 0U) | (reads ? EPOLLIN : 0U);
    }
    return connection.ended ? 0U : EPOLLIN;
}

} // namespace common
