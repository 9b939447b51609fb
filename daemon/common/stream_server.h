// Many bounded connections on listening stream sockets: what DNS over TCP and the HTTP interface share.
//
// A connection has one deadline. It is set when the connection is accepted, and anew by each reply where
// `Limits::renewed_by_reply` is set; nothing else moves it, so trickling octets wins nobody time.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

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
    std::size_t octets = 0;  ///< taken off the front of the input
    bool close_now = false;  ///< drop the connection without another octet
    bool busy = false;       ///< an answer is under way: read nothing more until it was sent
};

class StreamHandler
{
public:
    StreamHandler() = default;
    StreamHandler(const StreamHandler&) = delete;
    StreamHandler& operator=(const StreamHandler&) = delete;
    virtual ~StreamHandler() = default;
    /// All that is there and was not consumed yet, never more than Limits::max_input. `ended`: the client
    /// has shut down its side and nothing will follow (it still waits for answers). May call send() and
    /// finish() for this connection.
    virtual Consumed received(ConnectionId id, base::Bytes input, bool ended, const base::Address& peer) = 0;
    /// The connection is gone, whoever ended it.
    virtual void closed(ConnectionId id) = 0;
};

class StreamServer
{
public:
    struct Limits {
        std::uint16_t connections = 16;
        base::Seconds timeout{3};
        bool renewed_by_reply = false;
        std::size_t max_input = 65537;     ///< octets held that the handler has not consumed
        std::size_t pause_output = 16384;  ///< with more unsent octets than this, nothing is read
    };

    /// The listeners must be non-blocking. All of it is allocated here but for buffers, which grow with
    /// what really arrives and are released with their connection.
    StreamServer(privsep::EventLoop& loop, std::vector<privsep::UniqueFd> listeners, Limits limits,
                 StreamHandler& handler);
    ~StreamServer();
    StreamServer(const StreamServer&) = delete;
    StreamServer& operator=(const StreamServer&) = delete;

    /// Queues octets and writes what the kernel takes. Nothing happens where the connection is gone.
    void send(ConnectionId id, base::Bytes octets, base::Uptime now);
    /// Closes the connection once all is written, reading on nothing; the rest of what the client sends is
    /// drained within the deadline so that no reset overtakes the reply (RFC 9112 section 9.6).
    void finish(ConnectionId id);

    /// Drops the connections whose deadline is past.
    void expire(base::Uptime now);
    /// Until the next deadline: 0 or more; -1 if there is none. For EventLoop::turn().
    int next_timeout_ms(base::Uptime now) const noexcept;

    /// Accepts no more; what is open goes on until it is finished or its deadline comes.
    void stop_accepting();
    std::size_t open_connections() const noexcept;

private:
    struct Connection;
    class Listener;
    friend class Listener;
    // ... the implementer's business
};

} // namespace common
