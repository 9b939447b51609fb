// Batches of datagrams on sockets of each kind, without the rest of the responder.
#include "daemon/responder/udp.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <arpa/inet.h>
#include <optional>
#include <string>

namespace
{

using ByteVector = std::vector<std::uint8_t>;

dns::Name name(std::string_view text)
{
    return *dns::Name::from_text(text);
}

/// A zone with one answer that fills a datagram.
zone::Zone small_zone()
{
    ipc::ResponderSetup setup;
    setup.apex = name("example.org");
    setup.name_servers = {name("ns.example.net")};
    setup.mailbox = name("hostmaster.example.org");
    zone::Zone zone{setup};
    ipc::HostSetup host{name("large.example.org"), 60, {}};
    for (std::uint8_t i = 0; i < 4; ++i) {
        std::vector<std::uint8_t> text(1 + 255, i);
        text[0] = 255;
        host.records.push_back({static_cast<std::uint16_t>(dns::Type::txt), text});
    }
    zone.add_host(host);
    zone.complete();
    return zone;
}

/// example.org. SOA
const ByteVector query = {0x12, 0x34, 0,   0,   0,   1, 0,   0,   0,   0, 0, 0, 7, 'e', 'x',
                          'a',  'm',  'p', 'l', 'e', 3, 'o', 'r', 'g', 0, 0, 6, 0, 1};

/// large.example.org. TXT, with EDNS
const ByteVector large_query = {0x12, 0x34, 0, 0,   0,   1,   0,   0,    0,   0,   0, 1,   5,   'l', 'a', 'r',
                                'g',  'e',  7, 'e', 'x', 'a', 'm', 'p',  'l', 'e', 3, 'o', 'r', 'g', 0,   0,
                                16,   0,    1, 0,   0,   41,  4,   0xD0, 0,   0,   0, 0,   0,   0};

sockaddr_in6 six(const char* text, std::uint16_t port)
{
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(port);
    ::inet_pton(AF_INET6, text, &address.sin6_addr);
    return address;
}

template <typename Address>
bool bind_to(int socket, const Address& address)
{
    return ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

/// Queries `to` from a connected socket, which receives only replies from there.
class UdpTest : public testing::Test
{
protected:
    /// A server on all addresses of both families, as socket activation may pass it; false without IPv6.
    bool open_dual_stack(bool tells_address)
    {
        server_ = privsep::UniqueFd{::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
        const int off = 0;
        const int on = tells_address ? 1 : 0;
        ::setsockopt(server_.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
        ::setsockopt(server_.get(), IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
        ::setsockopt(server_.get(), IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
        if (!bind_to(server_.get(), six("::", 0))) {
            return false;
        }
        sockaddr_in6 bound{};
        socklen_t size = sizeof bound;
        ::getsockname(server_.get(), reinterpret_cast<sockaddr*>(&bound), &size);
        port_ = ntohs(bound.sin6_port);
        return true;
    }
    privsep::UniqueFd client(const char* to) const
    {
        const bool is4 = std::string_view{to}.find(':') == std::string_view::npos;
        privsep::UniqueFd socket{::socket(is4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
        sockaddr_in four{};
        four.sin_family = AF_INET;
        four.sin_port = htons(port_);
        ::inet_pton(AF_INET, to, &four.sin_addr);
        const sockaddr_in6 there = six(to, port_);
        const auto* address =
            is4 ? reinterpret_cast<const sockaddr*>(&four) : reinterpret_cast<const sockaddr*>(&there);
        EXPECT_EQ(::connect(socket.get(), address, is4 ? sizeof four : sizeof there), 0);
        return socket;
    }
    void serve() { batch_.serve(server_.get(), answerer_, base::Uptime{}); }
    static void send(const privsep::UniqueFd& socket, const ByteVector& message = query)
    {
        ::send(socket.get(), message.data(), message.size(), 0);
    }
    /// Empty if there is none.
    static ByteVector hear(const privsep::UniqueFd& socket)
    {
        ByteVector reply(dns::max_udp_bytes);
        const ssize_t size = ::recv(socket.get(), reply.data(), reply.size(), MSG_DONTWAIT);
        reply.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
        return reply;
    }
    static bool hears(const privsep::UniqueFd& socket) { return hear(socket).size() > 12; }

    responder::Answerer answerer_{small_zone(),
                                  {0, ipc::CookiePolicy::relaxed, {base::SipKey{}}, "", base::Seconds{3}},
                                  base::SipKey{}};
    responder::UdpBatch batch_;
    privsep::UniqueFd server_;
    std::uint16_t port_ = 0;
};

// udp-source-address: RFC 2181 section 4.1, for both families on one socket
TEST_F(UdpTest, RepliesFromTheAddressThatWasAskedOnADualStackSocket)
{
    ASSERT_TRUE(open_dual_stack(true)) << "this test needs a kernel with IPv6";
    for (const char* to : {"127.0.0.77", "127.0.0.1", "::1"}) {
        const auto socket = client(to);
        send(socket);
        serve();
        EXPECT_TRUE(hears(socket)) << to;
    }
    EXPECT_EQ(answerer_.counters().ipv4, 2U); // IPv4-mapped addresses are IPv4
    EXPECT_EQ(answerer_.counters().ipv6, 1U);
}

TEST_F(UdpTest, AnswersIfTheSocketDoesNotReportTheDestination)
{
    ASSERT_TRUE(open_dual_stack(false)) << "this test needs a kernel with IPv6";
    const auto socket = client("::1");
    send(socket);
    serve();
    EXPECT_TRUE(hears(socket));
}

TEST_F(UdpTest, ServesOneBatchPerCall)
{
    ASSERT_TRUE(open_dual_stack(true)) << "this test needs a kernel with IPv6";
    const auto socket = client("::1");
    for (int i = 0; i < 40; ++i) {
        send(socket);
    }
    serve();
    EXPECT_EQ(answerer_.counters().udp, 32U);
    serve();
    EXPECT_EQ(answerer_.counters().udp, 40U);
    int heard = 0;
    while (hears(socket)) {
        ++heard;
    }
    EXPECT_EQ(heard, 40);
}

// A batch of the largest replies does not fit into the buffer at once.
TEST_F(UdpTest, SendsABatchOfTheLargestReplies)
{
    ASSERT_TRUE(open_dual_stack(true)) << "this test needs a kernel with IPv6";
    const auto socket = client("::1");
    for (std::uint8_t i = 0; i < 32; ++i) {
        ByteVector numbered = large_query;
        numbered[0] = i;
        send(socket, numbered);
    }
    serve();
    EXPECT_EQ(answerer_.counters().truncated, 0U);
    for (std::uint8_t i = 0; i < 32; ++i) {
        const ByteVector reply = hear(socket);
        ASSERT_GT(reply.size(), 4 * 256U) << int{i};
        EXPECT_EQ(reply[0], i);
        for (std::uint8_t text = 0; text < 4; ++text) { // each reply is whole, with no bytes of another
            EXPECT_EQ(std::count(reply.end() - 11 - (4 - text) * 268 + 13,
                                 reply.end() - 11 - (3 - text) * 268, text),
                      255)
                << int{i};
        }
    }
}

// A client that is gone must not affect the others of its batch.
TEST_F(UdpTest, AReplyThatCannotBeSentDoesNotAffectOthers)
{
    ASSERT_TRUE(open_dual_stack(true)) << "this test needs a kernel with IPv6";
    const auto good = client("127.0.0.1");
    for (int i = 0; i < 5; ++i) {
        {
            const auto gone = client("127.0.0.1");
            send(gone);
        }
        send(good);
    }
    serve();
    serve(); // clears a pending error of the socket
    int heard = 0;
    while (hears(good)) {
        ++heard;
    }
    EXPECT_EQ(heard, 5);
    send(good);
    serve();
    EXPECT_TRUE(hears(good));
}

TEST_F(UdpTest, DoesNothingWithoutADatagram)
{
    ASSERT_TRUE(open_dual_stack(true)) << "this test needs a kernel with IPv6";
    serve();
    EXPECT_EQ(answerer_.counters().udp, 0U);
}

} // namespace
