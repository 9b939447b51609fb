// DNS over UDP: receives a batch of datagrams and sends a batch of replies.
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

/// The buffers for the datagrams of one turn, shared by all sockets.
class UdpBatch
{
public:
    static constexpr unsigned datagrams = 32;

    UdpBatch();

    /// Receives up to `datagrams` queries, answers them and sends the replies. Replies that the kernel does
    /// not accept at once are dropped; clients retry. An error of one datagram does not affect others.
    void serve(int socket, Answerer& answerer, base::Uptime now);

private:
    /// Replies are stored one after the other: a batch of usual ones takes a page or two, a batch of the
    /// largest ones is sent in two parts.
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
    // uninitialised: pages that are not used take no memory
    std::unique_ptr<std::uint8_t[]> queries_;     // NOLINT(modernize-avoid-c-arrays)
    std::unique_ptr<std::uint8_t[]> reply_bytes_; // NOLINT(modernize-avoid-c-arrays)
    std::array<mmsghdr, datagrams> received_{};
    std::array<mmsghdr, datagrams> replies_{};
    unsigned to_send_ = 0;
    std::size_t reply_size_ = 0; ///< of all replies to be sent
    dns::CookieTime cookie_time_ = 0;
};

/// One bound socket. If it is bound to all addresses, the kernel reports the destination of each datagram
/// (IP_PKTINFO, IPV6_RECVPKTINFO).
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
