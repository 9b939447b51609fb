// Internals of StreamServer, for its own sources only.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "daemon/common/client_network.h"
#include "daemon/common/stream_server.h"
#include "proto/base/secret.h"

namespace common
{

struct StreamServer::Connection final : privsep::Watcher {
    void ready(std::uint32_t happened) override { server->serve(*this, happened); }

    std::size_t unsent() const noexcept { return output.size() - sent; }
    /// An answer is under way, or input or output is waiting.
    bool active() const noexcept { return busy || awaits_client(); }
    /// Its answer is under way, or not sent yet.
    bool has_request() const noexcept { return busy || (finishing && !draining); }
    /// Progress depends on the client reading its replies.
    bool awaits_client() const noexcept { return more || has_parts || unsent() != 0; }
    /// Only closing it is left to do.
    bool is_done() const noexcept { return broken || (ended && !active()); }

    StreamServer* server = nullptr;
    ConnectionId id;
    privsep::UniqueFd socket;
    base::Address peer;
    ClientNetwork network{};
    base::Uptime placed{};
    base::Uptime deadline{};
    base::Uptime stalled_since{}; ///< while awaits_client()
    base::WipedBytes input;       ///< may hold a token
    std::vector<std::uint8_t> output;
    std::size_t sent = 0;
    std::uint32_t events = 0; ///< registered with the loop
    bool ended = false;       ///< the client has shut down its side
    bool busy = false;        ///< an answer is under way
    bool more = false;        ///< input is left that can be processed without reading more
    bool processing = false;  ///< the handler is being called for this connection
    bool has_parts = false;   ///< the handler has more of its reply: StreamHandler::written()
    bool finishing = false;   ///< no further request is read
    bool draining = false;    ///< our side is shut down; input is discarded
    bool broken = false;
    bool answered = false; ///< all output was written since this was reset
    bool served = false;   ///< has received at least one answer
    bool exempt = false;   ///< counts as a network of its own
    bool waits = false;    ///< for its place: nothing is read
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
    int get() const noexcept { return socket_.get(); }

private:
    StreamServer* server_ = nullptr;
    privsep::UniqueFd socket_;
};

} // namespace common
