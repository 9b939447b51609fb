// Serves the metrics over HTTP: a connection for each request, and not more than 8 at a time. Those that come
// then wait in the listener.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <utility>
#include <vector>

#include "daemon/common/clock.h"
#include "daemon/common/counters.h"
#include "daemon/console/metrics_request.h"
#include "privsep/event_loop.h"
#include "privsep/unique_fd.h"
#include "proto/base/time.h"

namespace console
{

class MetricsServer
{
public:
    using Clock = base::Uptime (*)() noexcept;
    static constexpr std::size_t max_connections = 8;
    /// For a connection, from its begin to its end.
    static constexpr base::Uptime time_of_connection{10000};

    /// Asks for the metrics.
    class Source
    {
    public:
        Source() = default;
        Source(const Source&) = delete;
        Source& operator=(const Source&) = delete;
        virtual ~Source() = default;
        /// Ends with a call of MetricsServer::answer(). It is not called again before.
        virtual void collect() = 0;
    };

    MetricsServer(privsep::EventLoop& loop, std::vector<privsep::UniqueFd> listeners, Source& source,
                  Clock clock = common::uptime, common::ConnectionTally tally = {});
    MetricsServer(const MetricsServer&) = delete;
    MetricsServer& operator=(const MetricsServer&) = delete;
    ~MetricsServer();

    /// Sends the text to all clients that wait for it.
    void answer(const std::string& text);
    /// Closes the connections that are done or whose time is over, and ends a pause.
    void expire();
    /// Until the next time or a pause is over; -1: there is none.
    int next_timeout_ms() const noexcept;
    std::size_t open() const noexcept { return connections_.size(); }

private:
    class Listener final : public privsep::Watcher
    {
    public:
        Listener(MetricsServer& server, privsep::UniqueFd listener) noexcept
            : fd(std::move(listener)), server_(server)
        {
        }
        void ready(std::uint32_t /*events*/) override { server_.accept_from(*this); }

        privsep::UniqueFd fd;

    private:
        MetricsServer& server_;
    };
    class Connection final : public privsep::Watcher
    {
    public:
        Connection(MetricsServer& server, privsep::UniqueFd socket, base::Uptime end) noexcept
            : fd(std::move(socket)), deadline(end), server_(server)
        {
        }
        void ready(std::uint32_t events) override { server_.serve(*this, events); }

        privsep::UniqueFd fd;
        base::Uptime deadline;
        std::string bytes; ///< of the request, or of the reply that are not sent yet
        bool is_head = false;
        bool waits = false;   ///< for the text
        bool replies = false; ///< what still comes is read and dropped
        bool is_done = false;

    private:
        MetricsServer& server_;
    };

    void accept_from(const Listener& listener);
    void listen(bool is_on);
    void serve(Connection& connection, std::uint32_t events);
    void read(Connection& connection);
    void reply(Connection& connection, const char* status, std::string_view text);
    void send(Connection& connection, std::string_view head, std::string_view text);
    bool ends(Connection& connection, base::Uptime now);

    privsep::EventLoop& loop_;
    Source& source_;
    Clock clock_;
    common::ConnectionTally tally_;
    std::list<Listener> listeners_;
    std::list<Connection> connections_;
    bool is_collecting_ = false;
    bool listens_ = true;         ///< the listeners are watched
    base::Uptime paused_until_{}; ///< accept4(2) has failed
};

} // namespace console
