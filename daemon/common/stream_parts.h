// The insides of a StreamServer, for its own sources alone.
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
    /// Owed an answer, or has sent what was not looked at yet.
    bool active() const noexcept { return busy || more || unsent() != 0; }
    /// Goes on when the kernel takes bytes, which it does when the client reads.
    bool awaits_the_client() const noexcept { return more || unsent() != 0; }
    /// Nothing is left to do but to close it.
    bool over() const noexcept { return broken || (ended && !active()); }

    StreamServer* server = nullptr;
    ConnectionId id;
    privsep::UniqueFd socket;
    base::Address peer;
    ClientNetwork network{};
    base::Uptime deadline{};
    base::Uptime unread_since{}; ///< while it awaits the client
    base::WipedBytes input;      ///< a token may be in it
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
    bool answered = false; ///< all was written since somebody asked
    bool served = false;   ///< has had an answer before
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

} // namespace common
