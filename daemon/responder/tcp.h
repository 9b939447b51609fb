// DNS over TCP: messages with a length prefix of two bytes, any number on one connection (RFC 7766).
#pragma once

#include <array>
#include <memory>

#include "daemon/common/stream_server.h"
#include "daemon/responder/answerer.h"
#include "proto/dns/types.h"

namespace responder
{

class TcpHandler final : public common::StreamHandler
{
public:
    explicit TcpHandler(Answerer& answerer, common::StreamServer::Clock clock = common::uptime)
        : answerer_(answerer), clock_(clock), reply_(std::make_unique_for_overwrite<Reply>())
    {
    }
    /// Call this before the first turn of the loop.
    void serve_on(common::StreamServer& server) noexcept { server_ = &server; }

    /// Takes one message per call. A message that gets no reply, or an empty one, closes the connection: no
    /// DNS client sends it.
    common::Consumed received(common::ConnectionId id, base::Bytes input, bool ended,
                              const base::Address& peer) override;
    void closed(common::ConnectionId /*id*/) override {}

    /// The bytes of the longest message and its length prefix.
    static constexpr std::size_t max_input = 2 + dns::max_tcp_bytes;

private:
    static constexpr std::size_t length_bytes = 2;

    Answerer& answerer_;
    common::StreamServer::Clock clock_;
    common::StreamServer* server_ = nullptr;
    using Reply = std::array<std::uint8_t, length_bytes + dns::max_tcp_bytes>;
    std::unique_ptr<Reply> reply_; ///< uninitialised: a page takes memory once it is used
};

} // namespace responder
