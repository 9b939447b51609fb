// Many bounded connections on listening stream sockets: what DNS over TCP and the HTTP interface share.
//
// A connection has one deadline. It is set when the connection is accepted, and again each time that all
// replies are written where `Limits::renewed_by_reply` is set; nothing else moves it, so trickling bytes,
// sent or read, wins nobody time.
//
// When there is no room for a newcomer, the one that is idle longest goes, but not before what it has sent
// meanwhile was read. Where nobody is idle, the one goes that has not taken its replies for longest, and for
// `Limits::time_to_read` at least; one whose answer is under way never does.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "daemon/common/client_network.h"
#include "daemon/common/clock.h"
#include "daemon/common/slot_list.h"
#include "privsep/event_loop.h"
#include "privsep/unique_fd.h"
#include "proto/base/address.h"
#include "proto/base/bytes.h"
#include "proto/base/time.h"

namespace common
{

/// Names one connection; a later connection in the same slot has another generation, so an answer that
/// comes too late finds nobody.
struct ConnectionId {
    std::uint32_t slot = 0;
    std::uint32_t generation = 0;
    friend bool operator==(const ConnectionId&, const ConnectionId&) = default;
};

/// What to do with what was received.
struct Consumed {
    std::size_t bytes = 0; ///< taken off the front of the input
    bool busy = false;     ///< an answer is under way: read nothing more until it was sent
};

class StreamHandler
{
public:
    StreamHandler() = default;
    StreamHandler(const StreamHandler&) = delete;
    StreamHandler& operator=(const StreamHandler&) = delete;
    virtual ~StreamHandler() = default;
    /// All that is there and was not consumed yet: at least one byte, never more than Limits::max_input.
    /// It is called again while it consumes something and something is left, so it may take one request a
    /// call. `ended`: the client has shut down its side and nothing will follow (it still waits for
    /// answers). May call send() and finish() for any connection.
    virtual Consumed received(ConnectionId id, base::Bytes input, bool ended, const base::Address& peer) = 0;
    /// The connection is gone, whoever ended it. Called by turns of the loop and by expire() alone, so
    /// never from within send() or finish().
    virtual void closed(ConnectionId id) = 0;
};

class StreamServer
{
public:
    using Clock = base::Uptime (*)() noexcept;

    struct Limits {
        std::uint16_t connections = 16;
        /// At most so many of one client network's (client_network.h): within its share, too, the one that
        /// is idle longest goes first. 0: no bound.
        std::uint16_t per_network = 0;
        base::Seconds timeout{3};
        bool renewed_by_reply = false;
        std::size_t max_input = 65537;    ///< bytes held that the handler has not consumed
        std::size_t pause_output = 16384; ///< with more unsent bytes than this, nothing is read
        bool accept_at_once = true;       ///< otherwise start_accepting() does
        base::Uptime time_to_read{250};   ///< before another one may have its place
    };

    /// The listeners must be non-blocking. All of it is allocated here but for buffers, which grow with
    /// what really arrives and are released with their connection. After this its system calls are
    /// accept4 (SOCK_NONBLOCK and SOCK_CLOEXEC), read, sendto (MSG_NOSIGNAL), shutdown, close, epoll_ctl.
    StreamServer(privsep::EventLoop& loop, std::vector<privsep::UniqueFd> listeners, Limits limits,
                 StreamHandler& handler, Clock clock = uptime);
    /// Does not tell the handler of what was still open.
    ~StreamServer();
    StreamServer(const StreamServer&) = delete;
    StreamServer& operator=(const StreamServer&) = delete;

    /// Queues bytes and writes what the kernel takes. Nothing happens where the connection is gone.
    void send(ConnectionId id, base::Bytes bytes, base::Uptime now);
    /// Closes the connection once all is written, reading on nothing; the rest of what the client sends is
    /// drained within the deadline so that no reset overtakes the reply (RFC 9112 section 9.6).
    void finish(ConnectionId id);

    /// Drops the connections whose deadline is past.
    void expire(base::Uptime now);
    /// Until the next deadline: 0 or more; -1 if there is none. For EventLoop::turn().
    int next_timeout_ms(base::Uptime now) const noexcept;

    void start_accepting();
    /// Accepts no more; what is open goes on until it is finished or its deadline comes.
    void stop_accepting();
    /// Accepts no more, answers what has arrived, and finishes each connection when its answer is sent. Who
    /// has never asked has 200 ms to do so: he came in just before the end, and nobody else will answer him.
    void finish_all();
    std::size_t open_connections() const noexcept;

private:
    struct Connection;
    class Listener;
    friend class Listener;
    struct Room {
        bool is_there = false;
        Connection* victim = nullptr; ///< who has to go first; nullptr: nobody
    };

    void accept_some(int listener);
    void accept_failed(int error, bool first_of_turn);
    void open(privsep::UniqueFd socket, const base::Address& peer);
    void close(Connection& connection);
    base::Uptime next_room(base::Uptime now) const noexcept;
    unsigned count_open(const ClientNetwork& network) const noexcept;
    bool admit(privsep::UniqueFd socket, const base::Address& peer, Room room, base::Uptime now);
    template <typename Of>
    Room look_for_room(Of of, base::Uptime now);
    bool has_last_words(Connection& connection);
    void pause_accepting(base::Uptime until);
    void resume_accepting();

    void serve(Connection& connection, std::uint32_t events);
    void read_some(Connection& connection) noexcept;
    void process(Connection& connection);
    void flush(Connection& connection, base::Uptime now) noexcept;
    void settle(Connection& connection, base::Uptime now);
    void watch(Connection& connection);
    bool may_process(const Connection& connection) const noexcept;
    std::uint32_t wanted_events(const Connection& connection) const noexcept;
    Connection* find(ConnectionId id) noexcept;

    privsep::EventLoop& loop_;
    Limits limits_;
    StreamHandler& handler_;
    Clock clock_;
    std::vector<Listener> listeners_;
    std::vector<Connection> connections_;
    std::vector<std::uint32_t> free_;
    SlotList by_deadline_;  ///< all that are open, the next to expire first
    SlotList idle_;         ///< those that are owed no answer, the one idle longest first
    SlotList unread_;       ///< those that do not take what they are sent, the one that began first
    bool gave_way_ = false; ///< the server is full, and those that were accepted had their turn
    bool paused_ = false;
    base::Uptime resume_at_{}; ///< while paused_
    bool finishing_all_ = false;
    using Scratch = std::array<std::uint8_t, 16384>;
    std::unique_ptr<Scratch> scratch_ =
        std::make_unique_for_overwrite<Scratch>(); ///< pages come as they are used
};

} // namespace common
