// A bounded number of connections on listening stream sockets. DNS over TCP and the HTTP interface use it.
//
// A connection has one deadline. It is set when the connection is accepted and, by the two limits
// `renewed_by`, when an answer begins or each time that all replies are written. Nothing else moves it, so a
// client that sends or reads single bytes gains no time.
//
// If there is no room for a new connection, the one that is idle longest is evicted, after what it has sent
// meanwhile was read. If none is idle, the connection is evicted whose client has not read its replies for
// longest, and at least for `Limits::time_to_read`. A connection is never evicted while its answer is under
// way.
//
// With `Limits::per_network`, a client network that has its share makes room for its own new connections. Its
// share is that limit or, while the server is full, `Limits::connections` divided by the number of networks.
// A network that has less makes another network lose a connection, but only one that has more than its share.
// If none of these may be evicted yet, the new connection waits, and no other one is accepted.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "daemon/common/client_network.h"
#include "daemon/common/clock.h"
#include "daemon/common/counters.h"
#include "daemon/common/slot_list.h"
#include "privsep/event_loop.h"
#include "privsep/unique_fd.h"
#include "proto/base/address.h"
#include "proto/base/bytes.h"
#include "proto/base/time.h"

namespace common
{

/// Identifies one connection. The next connection in the same slot has another generation, so an answer that
/// comes too late is dropped.
struct ConnectionId {
    std::uint32_t slot = 0;
    std::uint32_t generation = 0;
    friend bool operator==(const ConnectionId&, const ConnectionId&) = default;
};

/// What a handler did with its input.
struct Consumed {
    std::size_t bytes = 0; ///< consumed from the front of the input
    bool busy = false;     ///< an answer is under way: read nothing more until send()
};

class StreamHandler
{
public:
    StreamHandler() = default;
    StreamHandler(const StreamHandler&) = delete;
    StreamHandler& operator=(const StreamHandler&) = delete;
    virtual ~StreamHandler() = default;
    /// `input`: all bytes that were received and not consumed yet, at least one and at most
    /// Limits::max_input. It is called again while it consumes something and input is left, so it may take
    /// one request per call. `ended`: the client has shut down its side; it still waits for answers. `peer`:
    /// 0.0.0.0 if it came by a Unix socket. May call send() and finish() for any connection.
    virtual Consumed received(ConnectionId id, base::Bytes input, bool ended, const base::Address& peer) = 0;
    /// The connection is closed, by either side. Called during turns of the loop and by expire() only, never
    /// from within send() or finish().
    virtual void closed(ConnectionId id) = 0;
    /// The deadline has passed while the answer was under way: the last call for send() and finish(). Without
    /// them the connection is closed. The client has Limits::time_to_read to read the answer.
    virtual void overdue(ConnectionId /*id*/) {}
    /// All that send_part() got is written. Must call send_part() or finish(), of this connection.
    virtual void written(ConnectionId /*id*/) {}
};

class StreamServer
{
public:
    using Clock = base::Uptime (*)() noexcept;

    struct Limits {
        std::uint16_t connections = 16;
        /// The most connections of one client network (client_network.h). If it has them, the one of them
        /// that is idle longest is evicted first. 0: no limit, and no network has a share.
        std::uint16_t per_network = 0;
        /// A client from loopback, or by a Unix socket, may be a proxy that stands for many: each of its
        /// connections counts as one of another network.
        bool exempts_loopback = false;
        /// So long after a connection got its place, it is not evicted for another network, unless finish()
        /// was called.
        base::Uptime protected_for{0};
        base::Seconds timeout{3};
        bool renewed_by_reply = false;
        bool renewed_by_request = false;  ///< once the handler is busy with an answer
        std::size_t max_input = 65537;    ///< bytes that the handler has not consumed
        std::size_t pause_output = 16384; ///< bytes: with more than this unsent, nothing is read
        bool accept_at_once = true;       ///< otherwise call start_accepting()
        base::Uptime time_to_read{250};   ///< before a client that does not read may be evicted
        base::Uptime time_to_ask{200};    ///< for a client that has sent no request when the server retires
    };

    /// The listeners must be non-blocking. A slot takes memory once it is used. Buffers grow with what
    /// arrives, and are freed with their connection. The server makes these system calls:
    /// accept4 (SOCK_NONBLOCK and SOCK_CLOEXEC), read, sendto (MSG_NOSIGNAL), shutdown, close, epoll_ctl.
    /// `tally` counts the connections.
    StreamServer(privsep::EventLoop& loop, std::vector<privsep::UniqueFd> listeners, Limits limits,
                 StreamHandler& handler, Clock clock = uptime, ConnectionTally tally = {});
    /// Does not call closed() for connections that are still open.
    ~StreamServer();
    StreamServer(const StreamServer&) = delete;
    StreamServer& operator=(const StreamServer&) = delete;

    /// Queues bytes and writes as much as the kernel accepts. Does nothing if the connection is closed.
    void send(ConnectionId id, base::Bytes bytes, base::Uptime now);
    /// The same for a part of a long reply, which is made while it is sent: StreamHandler::written() is
    /// called for the next part. So the connection holds no more of it than one part.
    void send_part(ConnectionId id, base::Bytes bytes, base::Uptime now);
    /// Reads no further request and closes the connection once all is written. What the client still sends is
    /// drained until the deadline, so that no reset overtakes the reply (RFC 9112 section 9.6).
    void finish(ConnectionId id);

    /// Closes the connections whose deadline has passed.
    void expire(base::Uptime now);
    /// Milliseconds until the next deadline, at least 0; -1 if there is none. For EventLoop::turn().
    int next_timeout_ms(base::Uptime now) const noexcept;

    void start_accepting();
    /// Accepts no more. Open connections continue until they are finished or their deadline passes.
    void stop_accepting();
    /// Accepts no more, and answers the requests that have arrived. A client that has not sent a request yet
    /// has Limits::time_to_ask to do so: it connected just before the end, and no other process will answer
    /// it. One whose connection is finished has Limits::time_to_read to close it.
    void retire();
    /// As retire(), and finishes each connection once its next answer is sent.
    void finish_all();
    std::size_t open_connections() const noexcept;
    /// Slots of connections are lower: one connection more may wait for its place.
    static constexpr std::uint32_t slots_for(std::uint16_t connections) noexcept { return connections + 1U; }

private:
    struct Connection;
    class Listener;
    friend class Listener;
    struct Room {
        bool is_available = false;
        Connection* to_evict = nullptr; ///< before it can be used; nullptr: none
        bool is_refused = false;        ///< the new connection is to be closed
    };

    void accept_some(int listener);
    privsep::UniqueFd accept_by_turns(base::Address& peer) noexcept;
    void accept_failed(int error, bool first_of_turn);
    bool admit(privsep::UniqueFd socket, const base::Address& peer, base::Uptime now);
    Connection* open(privsep::UniqueFd socket, const base::Address& peer, std::uint32_t events);
    void place(Connection& connection);
    bool place_waiting(base::Uptime now);
    /// `outcome`: unless its answer was sent.
    void close(Connection& connection, OfConnections outcome);
    void count(const Connection& connection);
    void uncount(const Connection& connection);
    base::Uptime next_room_check(base::Uptime now) const noexcept;
    unsigned count_open(const ClientNetwork& network) const noexcept;
    unsigned fair_share(bool of_another_network) const noexcept;
    bool is_full() const noexcept;
    bool is_exempt(const base::Address& peer) const noexcept
    {
        return limits_.exempts_loopback && (is_loopback(peer) || peer == base::Address{});
    }
    bool is_protected(const Connection& connection, base::Uptime now) const noexcept;
    bool has_its_share(const base::Address& peer) const noexcept;
    Room room_for(const base::Address& peer, base::Uptime now);
    template <typename Filter>
    Room find_room(Filter filter, base::Uptime now);
    bool has_pending_request(Connection& connection);
    void pause_accepting(base::Uptime until);
    void resume_accepting();

    void serve(Connection& connection, std::uint32_t events);
    void read_some(Connection& connection) noexcept;
    void process(Connection& connection);
    void flush(Connection& connection, base::Uptime now) noexcept;
    void settle(Connection& connection, base::Uptime now);
    void send_parts(Connection& connection, base::Uptime now);
    void renew(Connection& connection, base::Uptime now) noexcept;
    void answer_overdue(Connection& connection, base::Uptime now);
    void watch(Connection& connection);
    bool may_process(const Connection& connection) const noexcept;
    std::uint32_t wanted_events(const Connection& connection) const noexcept;
    Connection* find(ConnectionId id) noexcept;

    privsep::EventLoop& loop_;
    Limits limits_;
    StreamHandler& handler_;
    Clock clock_;
    ConnectionTally tally_;
    std::vector<Listener> listeners_;
    std::deque<Connection> connections_; ///< by slot; grows with the most that were open at once
    std::vector<std::uint32_t> free_;
    Connection* waiting_ = nullptr;                   ///< accepted, but neither read nor counted yet
    std::map<ClientNetwork, std::uint32_t> networks_; ///< open connections of each that has a share
    std::uint32_t exempt_ = 0;                        ///< open connections that count as a network each
    SlotList by_deadline_;   ///< all open ones but the overdue, the next to expire first
    SlotList overdue_;       ///< answered after their deadline, the next to expire first
    SlotList idle_;          ///< no answer is under way; the one that is idle longest first
    SlotList stalled_;       ///< the client does not read its replies; the first to stall first
    bool may_evict_ = false; ///< the server is full, and connections that were just accepted were served
    std::size_t next_listener_ = 0; ///< of accept_by_turns()
    bool paused_ = false;
    base::Uptime resume_at_{}; ///< while paused_
    bool is_retiring_ = false;
    bool finishing_all_ = false;
    using Scratch = std::array<std::uint8_t, 16384>;
    std::unique_ptr<Scratch> scratch_ =
        std::make_unique_for_overwrite<Scratch>(); ///< uninitialised: a page takes memory once it is used
};

} // namespace common
