#include "daemon/console/metrics_server.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/base/text.h"

namespace console
{

namespace
{

constexpr base::Uptime accept_pause{1000};

} // namespace

MetricsServer::MetricsServer(privsep::EventLoop& loop, std::vector<privsep::UniqueFd> listeners,
                             Source& source, Clock clock, common::ConnectionTally tally)
    : loop_(loop), source_(source), clock_(clock), tally_(tally)
{
    for (privsep::UniqueFd& listener : listeners) {
        listeners_.emplace_back(*this, std::move(listener));
        loop_.add(listeners_.back().fd.get(), EPOLLIN, listeners_.back());
    }
}

MetricsServer::~MetricsServer()
{
    for (Listener& listener : listeners_) {
        loop_.remove(listener.fd.get(), listener);
    }
    for (Connection& connection : connections_) {
        loop_.remove(connection.fd.get(), connection);
    }
}

void MetricsServer::listen(bool is_on)
{
    listens_ = is_on;
    for (Listener& listener : listeners_) {
        loop_.modify(listener.fd.get(), is_on ? std::uint32_t{EPOLLIN} : 0U, listener);
    }
}

void MetricsServer::accept_from(const Listener& listener)
{
    if (connections_.size() >= max_connections) {
        return; // another listener has had the last one in this turn
    }
    privsep::UniqueFd socket{::accept4(listener.fd.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
    if (!socket) {
        if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
            // the listener stays ready: without a pause this would be a busy loop
            paused_until_ = clock_() + accept_pause;
            listen(false);
        }
        return;
    }
    connections_.emplace_back(*this, std::move(socket), clock_() + time_of_connection);
    loop_.add(connections_.back().fd.get(), EPOLLIN, connections_.back());
    tally_.opened();
    if (connections_.size() >= max_connections) {
        listen(false);
    }
}

void MetricsServer::serve(Connection& connection, std::uint32_t events)
{
    if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
        connection.is_done = true;
        return;
    }
    if ((events & EPOLLOUT) != 0) {
        send(connection, connection.bytes, "");
    }
    if ((events & EPOLLIN) != 0) {
        read(connection);
    }
}

void MetricsServer::read(Connection& connection)
{
    std::array<char, max_metrics_request> room; // NOLINT(cppcoreguidelines-pro-type-member-init)
    const ssize_t size = ::read(connection.fd.get(), room.data(), room.size());
    if (size < 0) {
        connection.is_done = errno != EAGAIN && errno != EINTR;
        return;
    }
    if (size == 0 || connection.replies || connection.waits) {
        // the client may have shut down its side, and still waits for the reply
        connection.is_done =
            size == 0 && !connection.waits && (!connection.replies || connection.bytes.empty());
        if (size == 0 && !connection.is_done) {
            loop_.modify(connection.fd.get(), connection.replies ? std::uint32_t{EPOLLOUT} : 0U, connection);
        }
        return;
    }
    connection.bytes.append(room.data(), static_cast<std::size_t>(size));
    const auto request = read_metrics_request(connection.bytes);
    if (!request) {
        return;
    }
    connection.is_head = request->is_head;
    connection.bytes.clear();
    if (!request->is_served()) {
        reply(connection, request->status, request->status);
        return;
    }
    connection.waits = true;
    if (!std::exchange(is_collecting_, true)) {
        source_.collect();
    }
}

void MetricsServer::answer(const std::string& text)
{
    is_collecting_ = false;
    for (Connection& connection : connections_) {
        if (connection.waits) {
            reply(connection, "200 OK", text);
        }
    }
}

void MetricsServer::reply(Connection& connection, const char* status, std::string_view text)
{
    connection.waits = false;
    connection.replies = true;
    const std::string head = base::filled("HTTP/1.1 {}\r\nContent-Type: text/plain; version=0.0.4; "
                                          "charset=utf-8\r\nContent-Length: {}\r\nAllow: GET, HEAD\r\n"
                                          "Server: nanodnsd\r\nCache-Control: no-store\r\nConnection: "
                                          "close\r\n\r\n",
                                          {status, text.size()});
    send(connection, head, connection.is_head ? "" : text);
}

/// Keeps what the socket does not take yet. It mostly takes all, so 8 replies need no memory of their own.
/// After all is sent, shuts down our side, and waits until the client has closed: what it still sends must
/// not reset the connection before it has read the reply (RFC 9112 section 9.6).
void MetricsServer::send(Connection& connection, std::string_view head, std::string_view text)
{
    std::array<iovec, 2> parts{{{const_cast<char*>(head.data()), head.size()},   // NOLINT: sendmsg(2)
                                {const_cast<char*>(text.data()), text.size()}}}; // NOLINT: only reads them
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    const ssize_t size = ::sendmsg(connection.fd.get(), &message, MSG_NOSIGNAL);
    connection.is_done = size < 0 && errno != EAGAIN && errno != EINTR;
    const auto sent = static_cast<std::size_t>(std::max<ssize_t>(size, 0));
    std::string rest{head.substr(std::min(sent, head.size()))};
    rest += text.substr(sent - std::min(sent, head.size()));
    connection.bytes.swap(rest); // an assignment would keep the memory of what is sent
    if (connection.bytes.empty()) {
        ::shutdown(connection.fd.get(), SHUT_WR);
    }
    const std::uint32_t events = connection.bytes.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT;
    loop_.modify(connection.fd.get(), events, connection);
}

bool MetricsServer::ends(Connection& connection, base::Uptime now)
{
    const bool is_late = connection.deadline <= now;
    if (connection.waits && is_late) { // the keeper or the supervisor did not answer
        reply(connection, "503 Service Unavailable", "503 Service Unavailable");
    }
    if (!connection.is_done && !is_late) {
        return false;
    }
    using enum common::OfConnections;
    const bool is_answered = connection.replies && connection.bytes.empty();
    const auto otherwise = connection.is_done ? failed : timed_out;
    tally_.closed(is_answered ? finished : otherwise);
    loop_.remove(connection.fd.get(), connection);
    return true;
}

void MetricsServer::expire()
{
    const base::Uptime now = clock_();
    connections_.remove_if([&](Connection& connection) { return ends(connection, now); });
    if (!listens_ && connections_.size() < max_connections && paused_until_ <= now) {
        listen(true);
    }
}

int MetricsServer::next_timeout_ms() const noexcept
{
    const bool is_paused = !listens_ && connections_.size() < max_connections;
    base::Uptime next = is_paused ? paused_until_ : base::Uptime::max();
    if (!connections_.empty()) {
        next = std::min(next, connections_.front().deadline); // the first one began first
    } else if (!is_paused) {
        return -1;
    }
    return static_cast<int>(std::max(next - clock_(), base::Uptime{0}).count());
}

} // namespace console
