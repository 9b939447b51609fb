// DNS over UDP: a batch of datagrams in, a batch of replies out.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
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
    /// Replies stand one behind the other: a batch of usual ones takes a page or two, one of the largest
    /// leaves in two parts.
    static constexpr std::size_t reply_room = std::size_t{datagrams} / 2 * dns::max_udp_bytes;

    struct Slot {
        sockaddr_storage peer{};
        alignas(cmsghdr) std::array<std::uint8_t, 128> control{};
        iovec received_part{};
        iovec reply_part{};
    };

    void prepare(unsigned count) noexcept;
    void answer_one(int socket, unsigned index, Answerer& answerer, base::Uptime now);
    void send(int socket) noexcept;

    std::vector<Slot> slots_;
    // nothing is written to them before it is needed, so that pages which nobody needs are not there
    std::unique_ptr<std::uint8_t[]> queries_;     // NOLINT(modernize-avoid-c-arrays)
    std::unique_ptr<std::uint8_t[]> reply_bytes_; // NOLINT(modernize-avoid-c-arrays)
    std::array<mmsghdr, datagrams> received_{};
    std::array<mmsghdr, datagrams> replies_{};
    unsigned to_send_ = 0;
    std::size_t reply_size_ = 0; ///< of all replies that are to be sent
    dns::CookieTime cookie_time_ = 0;
};

/// One bound socket. Where it is bound to all addresses, it tells the one that was asked (IP_PKTINFO,
/// IPV6_RECVPKTINFO).
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
