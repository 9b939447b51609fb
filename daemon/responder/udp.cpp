#include "daemon/responder/udp.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include "daemon/common/socket_address.h"

namespace responder
{

namespace
{

/// Replaces the control buffer's content by one control message with `info`.
template <typename Info>
void write_control(msghdr& message, int level, int type, const Info& info) noexcept
{
    message.msg_controllen = CMSG_SPACE(sizeof info);
    std::memset(message.msg_control, 0, message.msg_controllen);
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = level;
    header->cmsg_type = type;
    header->cmsg_len = CMSG_LEN(sizeof info);
    std::memcpy(CMSG_DATA(header), &info, sizeof info);
}

void reply_from(msghdr& message, in_pktinfo info) noexcept
{
    info.ipi_ifindex = 0; // the routing table decides
    info.ipi_addr = {};   // ignored when sending (ip(7))
    write_control(message, IPPROTO_IP, IP_PKTINFO, info);
}

void reply_from(msghdr& message, in6_pktinfo info) noexcept
{
    if (!IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr)) {
        info.ipi6_ifindex = 0;
    }
    if (IN6_IS_ADDR_MULTICAST(&info.ipi6_addr)) {
        info.ipi6_addr = in6addr_any; // not valid as a source (RFC 4291 section 2.7)
    }
    write_control(message, IPPROTO_IPV6, IPV6_PKTINFO, info);
}

/// Makes the destination of a datagram the source of its reply (RFC 2181 section 4.1). If the kernel did not
/// report the destination, it chooses the source.
void set_reply_source(msghdr& message) noexcept
{
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
         header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO) {
            in_pktinfo info{};
            std::memcpy(&info, CMSG_DATA(header), sizeof info);
            reply_from(message, info);
            return;
        }
        if (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_PKTINFO) {
            in6_pktinfo info{};
            std::memcpy(&info, CMSG_DATA(header), sizeof info);
            reply_from(message, info);
            return;
        }
    }
    message.msg_control = nullptr;
    message.msg_controllen = 0;
}

} // namespace

UdpBatch::UdpBatch()
    : slots_(datagrams),
      queries_(std::make_unique_for_overwrite<std::uint8_t[]>(std::size_t{datagrams} * dns::max_udp_bytes)),
      reply_bytes_(std::make_unique_for_overwrite<std::uint8_t[]>(reply_room))
{
    for (unsigned i = 0; i < datagrams; ++i) {
        Slot& slot = slots_[i];
        slot.received_part = {&queries_[std::size_t{i} * dns::max_udp_bytes], dns::max_udp_bytes};
        received_[i].msg_hdr.msg_iov = &slot.received_part;
        received_[i].msg_hdr.msg_iovlen = 1;
    }
    prepare(datagrams);
}

/// Restores the lengths that the kernel has overwritten in the first `count` messages.
void UdpBatch::prepare(unsigned count) noexcept
{
    for (unsigned i = 0; i < count; ++i) {
        Slot& slot = slots_[i];
        msghdr& message = received_[i].msg_hdr;
        message.msg_name = &slot.peer;
        message.msg_namelen = sizeof slot.peer;
        message.msg_control = slot.control.data();
        message.msg_controllen = slot.control.size();
    }
}

void UdpBatch::serve(int socket, Answerer& answerer, base::Uptime now)
{
    const int received = ::recvmmsg(socket, received_.data(), datagrams, MSG_DONTWAIT, nullptr);
    if (received <= 0) {
        return; // nothing to read, or the error of an earlier reply, which reading has cleared
    }
    const auto count = static_cast<unsigned>(received);
    cookie_time_ = cookie_time();
    for (unsigned i = 0; i < count; ++i) {
        answer_one(socket, i, answerer, now);
    }
    send(socket);
    prepare(count);
}

void UdpBatch::answer_one(int socket, unsigned index, Answerer& answerer, base::Uptime now)
{
    Slot& slot = slots_[index];
    const msghdr& received = received_[index].msg_hdr;
    if (common::port_of(slot.peer) == 0) {
        return; // no client has port 0
    }
    if (reply_size_ + dns::max_udp_bytes > reply_room) {
        send(socket);
    }
    const base::Address client = common::to_address(slot.peer);
    const bool is_truncated = (received.msg_flags & MSG_TRUNC) != 0;
    const base::Bytes message{static_cast<const std::uint8_t*>(slot.received_part.iov_base),
                              received_[index].msg_len};
    const base::MutableBytes room{&reply_bytes_[reply_size_], dns::max_udp_bytes};
    const base::Bytes reply = answerer.answer_udp({message, is_truncated, client, now, cookie_time_}, room);
    if (reply.empty()) {
        return;
    }
    slot.reply_part = {room.data(), reply.size()};
    reply_size_ += reply.size();
    msghdr& sent = replies_[to_send_++].msg_hdr;
    sent = received;
    sent.msg_iov = &slot.reply_part;
    sent.msg_flags = 0;
    set_reply_source(sent);
}

void UdpBatch::send(int socket) noexcept
{
    const unsigned count = std::exchange(to_send_, 0);
    reply_size_ = 0;
    for (unsigned at = 0; at < count;) {
        const int sent = ::sendmmsg(socket, &replies_[at], count - at, MSG_DONTWAIT);
        if (sent > 0) {
            at += static_cast<unsigned>(sent);
        } else if (errno == EAGAIN || errno == ENOBUFS) {
            return; // the rest is dropped
        } else if (errno != EINTR) {
            ++at; // skips a reply that cannot be sent
        }
    }
}

} // namespace responder
