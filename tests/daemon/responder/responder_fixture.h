// The whole responder without its sandbox: real sockets, and a thread instead of a process.
#pragma once

#include "daemon/responder/responder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>

#include "proto/ipc/zone_feed.h"
#include "tests/support/sealed.h"

namespace responder_test
{

using base::Bytes;
using ByteVector = std::vector<std::uint8_t>;

inline dns::Name name(std::string_view text)
{
    return *dns::Name::from_text(text);
}

/// A query of class IN with RD set.
inline ByteVector query(std::uint16_t id, std::string_view owner, dns::Type type)
{
    ByteVector room(512);
    base::Writer out{room};
    dns::Header{id, dns::flag::rd, 1, 0, 0, 0}.write(out);
    out.bytes(name(owner).wire());
    out.u16(static_cast<std::uint16_t>(type));
    out.u16(1);
    room.resize(out.size());
    return room;
}

inline sockaddr_in address(const char* text, std::uint16_t port)
{
    sockaddr_in result{};
    result.sin_family = AF_INET;
    result.sin_port = htons(port);
    ::inet_pton(AF_INET, text, &result.sin_addr);
    return result;
}

inline privsep::UniqueFd bound(int type, std::uint16_t& port)
{
    privsep::UniqueFd socket{::socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    sockaddr_in any = address("0.0.0.0", port);
    EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&any), sizeof any), 0);
    socklen_t size = sizeof any;
    ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&any), &size);
    port = ntohs(any.sin_port);
    return socket;
}

inline privsep::UniqueFd connected(int type, const char* to, std::uint16_t port)
{
    privsep::UniqueFd socket{::socket(AF_INET, type | SOCK_CLOEXEC, 0)};
    const timeval limit{5, 0};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    const sockaddr_in there = address(to, port);
    EXPECT_EQ(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&there), sizeof there), 0);
    return socket;
}

inline void write_all(int socket, Bytes bytes)
{
    EXPECT_EQ(::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
}

inline ByteVector framed(const ByteVector& message)
{
    ByteVector frame{static_cast<std::uint8_t>(message.size() >> 8),
                     static_cast<std::uint8_t>(message.size())};
    frame.insert(frame.end(), message.begin(), message.end());
    return frame;
}

/// Empty if nothing arrives.
inline ByteVector read_exactly(int socket, std::size_t size)
{
    ByteVector bytes(size);
    return ::recv(socket, bytes.data(), size, MSG_WAITALL) == static_cast<ssize_t>(size) ? bytes
                                                                                         : ByteVector{};
}

inline ByteVector read_frame(int socket)
{
    const ByteVector length = read_exactly(socket, 2);
    return length.empty() ? ByteVector{}
                          : read_exactly(socket, static_cast<std::size_t>(length[0] << 8 | length[1]));
}

/// A connected socket receives only replies from the address that it sent to.
inline ByteVector ask_udp(int socket, const ByteVector& message)
{
    write_all(socket, message);
    ByteVector reply(65535);
    const ssize_t size = ::recv(socket, reply.data(), reply.size(), 0);
    reply.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return reply;
}

inline std::uint8_t rcode(const ByteVector& reply)
{
    return reply.size() < 12 ? 0xFF : reply[3] & 0xF;
}

/// A setup as a child receives it.
inline privsep::Mapping mapped(const ByteVector& bytes)
{
    return privsep::Mapping{support::sealed(bytes).get()};
}

class ResponderTest : public testing::Test
{
protected:
    void SetUp() override
    {
        setup_.udp_sockets = 1;
        setup_.tcp_sockets = 1;
        setup_.apex = name("example.org");
        setup_.name_servers = {name("ns.example.net")};
        setup_.mailbox = name("hostmaster.example.org");
        setup_.cookie_secrets = {base::SipKey{1}};
    }

    void start(bool feed_is_complete = true)
    {
        privsep::Inherited inherited;
        auto [their_control, our_control] = privsep::Channel::pair();
        auto [their_feed, our_feed] = privsep::Channel::pair();
        control_ = Control{std::move(our_control)};
        feed_ = Keeper{std::move(our_feed)};
        inherited.control = privsep::ControlChannel{std::move(their_control)};
        ByteVector bytes;
        ipc::append_record(bytes, setup_);
        ipc::append_record(
            bytes, ipc::HostSetup{name("home.example.org"), 60, {{1, {192, 0, 2, 1}}}, may_have_challenge_});
        inherited.setup = mapped(bytes);
        privsep::UniqueFd udp = bound(SOCK_DGRAM, udp_port_);
        const int on = 1;
        ::setsockopt(udp.get(), IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
        privsep::UniqueFd tcp = bound(SOCK_STREAM, tcp_port_);
        ::listen(tcp.get(), 64);
        inherited.descriptors.push_back(std::move(udp));
        inherited.descriptors.push_back(std::move(tcp));
        inherited.descriptors.push_back(their_feed.release());
        responder_.emplace(loop_, inherited);
        thread_ = std::thread{[this] { failure_ = responder_->serve(7); }};
        if (feed_is_complete) {
            complete(1);
        }
    }
    void complete(std::uint32_t serial)
    {
        EXPECT_EQ(feed_.send(ipc::Complete{serial}), privsep::Transfer::done);
        EXPECT_EQ(std::get<ipc::Ready>(hear()).layers, 7U);
    }
    /// Waits for the next message of the responder.
    ipc::ChildToSupervisor hear()
    {
        wait_for(control_.get());
        std::optional<ipc::ChildToSupervisor> message;
        EXPECT_EQ(control_.receive(message), privsep::Transfer::done);
        return message.value_or(ipc::Pong{});
    }
    /// Waits until all messages sent so far are handled: they are handled in order.
    void ping()
    {
        EXPECT_EQ(control_.send(ipc::Ping{42}), privsep::Transfer::done);
        EXPECT_EQ(std::get<ipc::Pong>(hear()).number, 42U);
    }
    static void wait_for(int fd)
    {
        privsep::EventLoop loop;
        struct Nothing final : privsep::Watcher {
            void ready(std::uint32_t /*events*/) override {}
        } nothing;
        loop.add(fd, EPOLLIN, nothing);
        loop.turn(5000);
        loop.remove(fd, nothing);
    }
    void quit()
    {
        control_.send(ipc::Quit{});
        thread_.join();
    }
    void TearDown() override
    {
        if (thread_.joinable()) {
            quit();
        }
        EXPECT_EQ(failure_, expected_failure_);
    }
    privsep::UniqueFd udp(const char* to = "127.0.0.1") { return connected(SOCK_DGRAM, to, udp_port_); }
    privsep::UniqueFd tcp() { return connected(SOCK_STREAM, "127.0.0.1", tcp_port_); }

    using Control = privsep::TypedChannel<ipc::SupervisorToChild, ipc::ChildToSupervisor>;
    using Keeper = privsep::TypedChannel<ipc::KeeperToResponder, std::monostate>;

    ipc::ResponderSetup setup_;
    bool may_have_challenge_ = false; ///< the only host
    Control control_;
    Keeper feed_;
    std::uint16_t udp_port_ = 0;
    std::uint16_t tcp_port_ = 0;
    privsep::EventLoop loop_;
    std::optional<responder::Responder> responder_;
    std::thread thread_;
    std::string failure_;
    std::string expected_failure_;
};

inline const ByteVector asked = query(0x1234, "home.example.org", dns::Type::a);
inline const ByteVector address_record = {0xC0, 0x0C, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1};

} // namespace responder_test
