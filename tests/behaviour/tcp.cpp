// DNS over TCP: RFC 7766.
#include <set>

#include "tests/behaviour/fixture.h"

namespace behaviour
{

namespace
{

Message host(std::uint16_t id = Message::usual_id)
{
    return std::move(Message{rd, id}.question(wire("host.dyn.example.org"), type::a));
}

} // namespace

class Tcp : public Behaviour
{
protected:
    /// The connection is closed without another byte, and other clients are served.
    static void expect_closed(const ByteVector& bytes)
    {
        const Stream stream{relaxed()};
        stream.send(bytes);
        ASSERT_TRUE(stream.is_closed());
        expect_host_address(tcp(host()));
    }
};

// tcp-basic: RFC 7766 5
TEST_F(Tcp, TcpBasic)
{
    const Reply reply = tcp(host());
    expect_host_address(reply);
    EXPECT_EQ(reply.question, join({wire("host.dyn.example.org"), {0, 1, 0, 1}}));
    EXPECT_FALSE(reply.opt);
}

// tcp-edns: RFC 6891 6.2.5
TEST_F(Tcp, TcpEdns)
{
    const Reply reply = tcp(host().opt());
    expect_host_address(reply);
    ASSERT_TRUE(reply.opt);
    EXPECT_EQ(reply.opt->version, 0);
}

// tcp-reuse: RFC 7766 6.2.1
TEST_F(Tcp, TcpReuse)
{
    const Stream stream{relaxed()};
    for (std::uint16_t id = 1; id <= 5; ++id) {
        expect_host_address(stream.ask(host(id)));
    }
}

// tcp-pipeline: RFC 7766 6.2.1.1
TEST_F(Tcp, TcpPipeline)
{
    const Stream stream{relaxed()};
    ByteVector all;
    for (std::uint16_t id = 1; id <= 20; ++id) {
        all = join({all, Stream::frame(host(id).bytes())});
    }
    stream.send(all);
    std::set<std::uint16_t> ids;
    for (int i = 0; i < 20; ++i) {
        const auto bytes = stream.receive();
        ASSERT_TRUE(bytes);
        ASSERT_GE(bytes->size(), 2U);
        const auto id = static_cast<std::uint16_t>((*bytes)[0] << 8 | (*bytes)[1]);
        expect_host_address(Server::check(host(id).bytes(), *bytes, 65535));
        EXPECT_TRUE(id >= 1 && id <= 20 && ids.insert(id).second) << id;
    }
}

// tcp-octet-by-octet: RFC 7766 8, RFC 1035 4.2.2
TEST_F(Tcp, TcpOctetByOctet)
{
    const Stream stream{relaxed()};
    stream.send_at_once();
    for (const std::uint8_t byte : Stream::frame(host().bytes())) {
        stream.send({byte});
    }
    const auto bytes = stream.receive();
    ASSERT_TRUE(bytes);
    expect_host_address(Server::check(host().bytes(), *bytes, 65535));
}

// tcp-half-close: RFC 7766 6.2.4, RFC 9293 3.6
TEST_F(Tcp, TcpHalfClose)
{
    for (int i = 0; i < 20; ++i) {
        const Stream stream{relaxed()};
        stream.send(Stream::frame(host().bytes()));
        stream.shut_down();
        const auto bytes = stream.receive();
        ASSERT_TRUE(bytes) << i;
        expect_host_address(Server::check(host().bytes(), *bytes, 65535));
        EXPECT_TRUE(stream.is_closed());
    }
}

// tcp-zero-length: RFC 7766 8, robustness
TEST_F(Tcp, TcpZeroLength)
{
    expect_closed({0, 0});
    expect_closed(join({{0, 0}, Stream::frame(host().bytes())}));
}

// tcp-short-message: robustness
TEST_F(Tcp, TcpShortMessage)
{
    for (std::size_t size = 1; size < 12; ++size) {
        ASSERT_NO_FATAL_FAILURE(expect_closed(Stream::frame(ByteVector(size)))) << size;
    }
}

// tcp-qr-set: RFC 1035 4.1.1
TEST_F(Tcp, TcpQrSet)
{
    expect_closed(Stream::frame(ask("host.dyn.example.org", type::a, 0x8100).bytes()));
    expect_closed(Stream::frame(Message{0x8100}.bytes()));
}

// tcp-large-query: RFC 7766 8
TEST_F(Tcp, TcpLargeQuery)
{
    const std::size_t without = host().opt(4096, 0, edns_option(option::padding)).bytes().size();
    for (const std::size_t size : {std::size_t{12000}, std::size_t{65535}}) {
        const Message query = host().opt(4096, 0, edns_option(option::padding, ByteVector(size - without)));
        ASSERT_EQ(query.bytes().size(), size);
        const Reply reply = tcp(query);
        expect_host_address(reply);
        EXPECT_TRUE(reply.opt);
    }
}

// tcp-stalled-frame: RFC 7766 6.2.3
TEST_F(Tcp, TcpStalledFrame)
{
    const Stream stalled{relaxed()};
    stalled.send({0xFF, 0xFF, 0xBE, 0xEF});
    expect_host_address(tcp(host()));
    expect_host_address(udp(host()));
    stalled.send(ByteVector(100)); // keeps the connection open
    expect_host_address(tcp(host()));
}

// tcp-parallel-10: RFC 7766 6.2.2
TEST_F(Tcp, TcpParallel10)
{
    std::vector<Stream> streams;
    for (int i = 0; i < 10; ++i) {
        streams.emplace_back(relaxed());
    }
    for (int turn = 0; turn < 2; ++turn) {
        for (const Stream& stream : streams) {
            expect_host_address(stream.ask(host()));
        }
    }
}

// tcp-idle-timeout: RFC 7766 6.2.3; our choice: configurable, here after a second
TEST_F(Tcp, TcpIdleTimeout)
{
    const Stream silent{impatient()};
    EXPECT_TRUE(silent.is_closed());
    const Stream served{impatient()};
    expect_host_address(served.ask(host()));
    EXPECT_TRUE(served.is_closed());
}

} // namespace behaviour
