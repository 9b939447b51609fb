#include "tests/behaviour/fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

namespace behaviour
{

namespace
{

std::string config(const std::string& more, const std::string& tcp_timeout)
{
    std::string text = "[server]\ndomain = dyn.example.org\nnameserver = ns.example.org ns2.example.net\n"
                       "email = host.master@example.org\nttl = 60\nrate_limit = 1000000\n" +
                       more + "[udp]\nport = 0\n[tcp]\nport = 0\ntimeout = " + tcp_timeout +
                       "\n[http]\nport = 0\nlisten = 127.0.0.1\n"
                       "[@]\na = 192.0.2.200\naaaa = 2001:db8::200\n"
                       "[@host]\na = 192.0.2.1\naaaa = 2001:db8::1\n"
                       "[@solo]\na = 192.0.2.2\n"
                       "[@www.deep]\na = 192.0.2.3\n"
                       "[@away]\ntoken = 0f6b2c1d9a7e4f3388d1c5a2b7e09614\n[@big]\n";
    for (int i = 0; i < 100; ++i) {
        text += "a = 198.51.100." + std::to_string(i) + "\n";
    }
    text += "[@edge]\n";
    for (int i = 0; i < 29; ++i) {
        text += "a = 203.0.113." + std::to_string(i) + "\n";
    }
    return text;
}

support::DaemonStart start(const std::string& more, const std::string& tcp_timeout)
{
    support::DaemonStart result;
    result.config = config(more, tcp_timeout);
    result.options = {};
    return result;
}

sockaddr_in socket_address(const std::string& text, std::uint16_t port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    ::inet_pton(AF_INET, text.c_str(), &address.sin_addr);
    return address;
}

/// Not connected, so that it receives replies from any address.
class UdpClient
{
public:
    UdpClient(const Ends& ends, std::uint16_t port)
        : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)), to_(socket_address(ends.server, port))
    {
        const sockaddr_in self = socket_address(ends.client, 0);
        EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&self), sizeof self), 0);
    }
    void send(const ByteVector& bytes) const
    {
        EXPECT_EQ(::sendto(fd_.get(), bytes.data(), bytes.size(), 0, reinterpret_cast<const sockaddr*>(&to_),
                           sizeof to_),
                  static_cast<ssize_t>(bytes.size()));
    }
    ByteVector receive() const
    {
        pollfd wait{fd_.get(), POLLIN, 0};
        if (::poll(&wait, 1, static_cast<int>(std::chrono::milliseconds{support::patience}.count())) != 1) {
            ADD_FAILURE() << "no reply, not even to a query that has one";
            return {};
        }
        ByteVector bytes(65536);
        sockaddr_in from{};
        socklen_t size = sizeof from;
        const ssize_t got =
            ::recvfrom(fd_.get(), bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
        EXPECT_EQ(from.sin_addr.s_addr, to_.sin_addr.s_addr) << "RFC 2181 section 4.1";
        EXPECT_EQ(from.sin_port, to_.sin_port) << "RFC 2181 section 4.1";
        bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        return bytes;
    }

private:
    privsep::UniqueFd fd_;
    sockaddr_in to_;
};

std::uint16_t u16_at(const ByteVector& bytes, std::size_t offset)
{
    return offset + 1 < bytes.size() ? static_cast<std::uint16_t>(bytes[offset] << 8 | bytes[offset + 1])
                                     : std::uint16_t{0};
}

constexpr std::uint16_t opcode_bits = 0x7800;

std::vector<const Server*>& all_servers()
{
    static std::vector<const Server*> servers;
    return servers;
}

} // namespace

Server::Server(const std::string& more, const std::string& tcp_timeout)
    : daemon_(start(more, tcp_timeout)), responder_(daemon_.child("responder"))
{
    all_servers().push_back(this);
}

void Server::expect_all_alive()
{
    for (const Server* server : all_servers()) {
        server->expect_alive();
    }
}

void Server::expect_alive() const
{
    EXPECT_TRUE(responder_);
    EXPECT_EQ(daemon_.child("responder"), responder_) << "the responder died";
}

Reply Server::check(const ByteVector& query, const ByteVector& bytes, std::size_t limit)
{
    std::string error;
    const auto reply = read_reply(bytes, error);
    EXPECT_TRUE(reply) << error << ": " << testing::PrintToString(bytes);
    if (!reply) {
        return {};
    }
    const std::uint16_t asked = u16_at(query, 2);
    EXPECT_EQ(reply->id, u16_at(query, 0));
    EXPECT_EQ(reply->flags & qr, qr);
    EXPECT_EQ(reply->flags & (ra | z | ad | cd), 0);
    EXPECT_EQ(reply->flags & opcode_bits, asked & opcode_bits);
    if ((asked & opcode_bits) == 0) {
        EXPECT_EQ(reply->flags & rd, asked & rd);
    }
    EXPECT_LE(reply->size, limit);
    if (!reply->question.empty()) {
        const std::size_t end = std::min(query.size(), 12 + reply->question.size());
        EXPECT_EQ(reply->question, ByteVector(query.begin() + 12, query.begin() + static_cast<int>(end)));
    }
    return *reply;
}

std::optional<Reply> Server::exchange(const ByteVector& message, std::size_t limit, const Ends& ends) const
{
    const auto other_id = static_cast<std::uint16_t>(u16_at(message, 0) ^ 0x5555U);
    const ByteVector probe = Message{rd, other_id}.question(wire("solo.dyn.example.org"), type::a).bytes();
    const UdpClient client{ends, daemon_.udp()};
    client.send(message);
    client.send(probe);
    std::optional<Reply> result;
    ByteVector bytes = client.receive();
    if (u16_at(bytes, 0) != other_id) {
        result = check(message, bytes, limit);
        bytes = client.receive();
    }
    EXPECT_EQ(check(probe, bytes, 512).answers.size(), 1U);
    return result;
}

Reply Server::udp(const Message& message, const Ends& ends) const
{
    const auto reply = exchange(message.bytes(), message.udp_limit(), ends);
    EXPECT_TRUE(reply) << "no reply";
    return reply.value_or(Reply{});
}

Reply Server::tcp(const Message& message) const
{
    return Stream{*this}.ask(message);
}

const Server& relaxed()
{
    static const Server server{"", "1m"};
    return server;
}

const Server& strict()
{
    static const Server server{"cookies = strict\nnsid = ns1\n"
                               "cookie_secret = 000102030405060708090a0b0c0d0e0f\n",
                               "1m"};
    return server;
}

const Server& impatient()
{
    static const Server server{"", "1"};
    return server;
}

Stream::Stream(const Server& server) : fd_(support::connect_tcp(server.tcp_port())) {}

void Stream::send(const ByteVector& bytes) const
{
    support::send_all(fd_.get(), {bytes.begin(), bytes.end()});
}

void Stream::send_at_once() const
{
    const int on = 1;
    EXPECT_EQ(::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), 0);
}

void Stream::shut_down() const
{
    ::shutdown(fd_.get(), SHUT_WR);
}

std::optional<ByteVector> Stream::receive() const
{
    const std::string length = support::receive_exactly(fd_.get(), 2);
    if (length.empty()) {
        return std::nullopt;
    }
    const std::string text = support::receive_exactly(fd_.get(), u16_at({length.begin(), length.end()}, 0));
    return ByteVector{text.begin(), text.end()};
}

bool Stream::is_closed() const
{
    char byte = 0;
    pollfd wait{fd_.get(), POLLIN, 0};
    const auto most = std::chrono::milliseconds{support::patience}.count();
    return ::poll(&wait, 1, static_cast<int>(most)) == 1 && ::recv(fd_.get(), &byte, 1, 0) <= 0;
}

Reply Stream::ask(const Message& message) const
{
    send(frame(message.bytes()));
    const auto bytes = receive();
    EXPECT_TRUE(bytes) << "no reply";
    return bytes ? Server::check(message.bytes(), *bytes, 65535) : Reply{};
}

void Behaviour::expect_negative(const Reply& reply, unsigned rcode)
{
    EXPECT_EQ(reply.rcode, rcode);
    EXPECT_EQ(reply.flags & ~rd, qr | aa);
    EXPECT_EQ(reply.answers.size(), 0U);
    ASSERT_EQ(reply.authorities.size(), 1U);
    EXPECT_EQ(reply.authorities[0].type, type::soa);
    EXPECT_EQ(reply.authorities[0].ttl, 60U);
    EXPECT_EQ(reply.additionals.size(), 0U);
}

void Behaviour::expect_error(const Reply& reply, unsigned rcode)
{
    EXPECT_EQ(reply.rcode, rcode);
    EXPECT_EQ(reply.flags & (aa | tc), 0);
    EXPECT_EQ(reply.answers.size(), 0U);
    EXPECT_EQ(reply.authorities.size(), 0U);
    EXPECT_EQ(reply.additionals.size(), 0U);
}

void Behaviour::expect_nxdomain(const ByteVector& name)
{
    const Reply reply = udp(Message{}.question(name, type::a));
    expect_negative(reply, rcode::nxdomain);
    EXPECT_EQ(reply.question, join({name, {0, 1, 0, 1}}));
    ASSERT_EQ(reply.authorities.size(), 1U);
    EXPECT_EQ(reply.authorities[0].owner, apex);
}

void Behaviour::expect_host_address(const Reply& reply)
{
    EXPECT_EQ(reply.rcode, rcode::noerror);
    EXPECT_EQ(reply.flags & ~rd, qr | aa);
    ASSERT_EQ(reply.answers.size(), 1U);
    EXPECT_EQ(reply.answers[0].type, type::a);
    EXPECT_EQ(reply.answers[0].data, host4);
    EXPECT_EQ(reply.authorities.size(), 0U);
    EXPECT_EQ(reply.additionals.size(), 0U);
}

} // namespace behaviour
