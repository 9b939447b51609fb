#include "daemon/responder/tcp.h"

namespace responder
{

common::Consumed TcpHandler::received(common::ConnectionId id, base::Bytes input, bool /*ended*/,
                                      const base::Address& peer)
{
    base::Reader in{input};
    const std::size_t length = in.u16();
    const base::Bytes message = in.take(length);
    if (!in.ok()) {
        return {};
    }
    const base::Uptime now = clock_();
    const base::MutableBytes room{*reply_};
    const base::Bytes reply =
        answerer_.answer_tcp({message, false, peer, now, cookie_time()}, room.subspan(length_bytes));
    if (reply.empty()) { // not DNS: sends the answers under way, then closes
        server_->finish(id);
        return {.bytes = input.size()};
    }
    base::Writer{room}.u16(static_cast<std::uint16_t>(reply.size()));
    server_->send(id, room.first(length_bytes + reply.size()), now);
    return {.bytes = in.position()};
}

} // namespace responder
