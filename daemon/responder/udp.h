// DNS over UDP: a batch of datagrams in, a batch of replies out.
#pragma once

#include <array>
#include <cstdint>
#include <netinet/in.h>
#include <sys/socket.h>
#include <vector>

#include "daemon/common/clock.h"
#include "daemon/responder/answerer.h"
#include "privsep/event_loop.h"
#include "privsep/unique_fd.h"
#include "proto/dns/types.h"

namespace responder
{

/// Room for the datagrams of one turn, shared by all sockets.
class UdpBatch
{
public:
    static constexpr unsigned datagrams = 32;

    UdpBatch();

    /// Receives what is there, at most `datagrams`, answers it, and sends the replies. What the kernel does
    /// not take at once is dropped: the client asks again. No error of a single datagram ends anything.
    void serve(int socket, Answerer& answerer, base::Uptime now);

private:
    struct Slot {
        sockaddr_storage peer{};
        alignas(cmsghdr) std::array<std::uint8_t, 128> control{};
        std::array<std::uint8_t, dns::max_udp_octets> received{};
        std::array<std::uint8_t, dns::max_udp_octets> reply{};
        iovec received_part{};
        iovec reply_part{};
    };

    void prepare(unsigned count) noexcept;
    void answer_one(unsigned index, Answerer& answerer, base::Uptime now);
    void send(int socket) noexcept;

    std::vector<Slot> slots_;
    std::array<mmsghdr, datagrams> received_{};
    std::array<mmsghdr, datagrams> replies_{};
    unsigned to_send_ = 0;
    dns::CookieTime cookie_time_ = 0;
};

/// One bound socket, which tells the address that was asked (IP_PKTINFO, IPV6_RECVPKTINFO).
class UdpSocket final : public privsep::Watcher
{
public:
    UdpSocket(privsep::UniqueFd socket, UdpBatch& batch, Answerer& answerer)
        : socket_(std::move(socket)), batch_(batch), answerer_(answerer)
    {
    }
    int get() const noexcept { return socket_.get(); }
    void ready(std::uint32_t /*events*/) override
    {
        batch_.serve(socket_.get(), answerer_, common::uptime());
    }

private:
    privsep::UniqueFd socket_;
    UdpBatch& batch_;
    Answerer& answerer_;
};

} // namespace responder
