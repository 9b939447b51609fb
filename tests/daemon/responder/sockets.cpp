// Queries over UDP and TCP, as clients see them.
#include "tests/daemon/responder/responder_fixture.h"

namespace responder_test
{

// basic-a
TEST_F(ResponderTest, AnswersOverUdp)
{
    start();
    ByteVector expected = asked;
    expected[2] = 0x85;
    expected[7] = 1;
    expected.insert(expected.end(), address_record.begin(), address_record.end());
    EXPECT_EQ(ask_udp(udp().get(), asked), expected);
}

// udp-source-address: RFC 2181 section 4.1
TEST_F(ResponderTest, RepliesFromTheAddressThatWasAsked)
{
    start();
    EXPECT_EQ(rcode(ask_udp(udp("127.0.0.77").get(), asked)), 0);
}

// short-header, empty-datagram, qr-set-dropped: no reply, but the next query is answered
TEST_F(ResponderTest, AnswersTheNextQueryAfterAnInvalidDatagram)
{
    start();
    const auto client = udp();
    for (std::size_t size = 0; size < 12; ++size) {
        write_all(client.get(), Bytes{asked}.first(size));
    }
    ByteVector reply = asked;
    reply[2] |= 0x80;
    write_all(client.get(), reply);
    const ByteVector answer = ask_udp(client.get(), query(0x4321, "home.example.org", dns::Type::a));
    ASSERT_GE(answer.size(), 2U);
    EXPECT_EQ(answer[0], 0x43); // the ID of the last one: the others got no reply
}

TEST_F(ResponderTest, AnswersADatagramThatIsTooLongWithFormerr)
{
    start();
    ByteVector too_long = asked;
    too_long.resize(1300);
    EXPECT_EQ(rcode(ask_udp(udp().get(), too_long)), 1);
    too_long.resize(1232); // the size in its OPT record: bytes after the message are ignored
    EXPECT_EQ(rcode(ask_udp(udp().get(), too_long)), 0);
}

TEST_F(ResponderTest, AnswersMoreThanABatch)
{
    start();
    const auto client = udp();
    for (std::uint16_t id = 0; id < 100; ++id) {
        write_all(client.get(), query(id, "home.example.org", dns::Type::a));
    }
    std::vector<bool> seen(100);
    for (int i = 0; i < 100; ++i) {
        ByteVector reply(512);
        ASSERT_GT(::recv(client.get(), reply.data(), reply.size(), 0), 12);
        seen.at(reply[1]) = true;
    }
    EXPECT_THAT(seen, testing::Each(true));
}

// tcp-basic, tcp-reuse, tcp-pipeline: RFC 7766 section 6.2.1.1
TEST_F(ResponderTest, AnswersTwentyPipelinedQueriesOverTcp)
{
    start();
    const auto client = tcp();
    ByteVector sent;
    for (std::uint16_t id = 0; id < 20; ++id) {
        const ByteVector frame = framed(query(id, "home.example.org", dns::Type::a));
        sent.insert(sent.end(), frame.begin(), frame.end());
    }
    write_all(client.get(), sent);
    for (std::uint16_t id = 0; id < 20; ++id) {
        const ByteVector reply = read_frame(client.get());
        ASSERT_EQ(reply.size(), asked.size() + address_record.size());
        EXPECT_EQ(reply[1], id);
    }
}

// tcp-byte-by-byte: RFC 1035 section 4.2.2
TEST_F(ResponderTest, AnswersAQueryThatArrivesInSingleBytes)
{
    start();
    const auto client = tcp();
    for (const std::uint8_t byte : framed(asked)) {
        write_all(client.get(), {&byte, 1});
    }
    EXPECT_EQ(rcode(read_frame(client.get())), 0);
}

// tcp-half-close: RFC 7766 section 6.2.4
TEST_F(ResponderTest, AnswersAClientThatHasShutDownItsSide)
{
    start();
    for (int i = 0; i < 20; ++i) {
        const auto client = tcp();
        write_all(client.get(), framed(asked));
        ::shutdown(client.get(), SHUT_WR);
        EXPECT_EQ(rcode(read_frame(client.get())), 0);
    }
}

// tcp-zero-length, tcp-short-message, tcp-qr-set
TEST_F(ResponderTest, ClosesAConnectionThatDoesNotSendDns)
{
    start();
    ByteVector reply = asked;
    reply[2] |= 0x80;
    for (const ByteVector& message : {ByteVector{}, ByteVector{1, 2, 3, 4, 5}, reply}) {
        const auto client = tcp();
        write_all(client.get(), framed(message));
        char byte = 0;
        EXPECT_LE(::recv(client.get(), &byte, 1, 0), 0);
    }
    const auto client = tcp();
    write_all(client.get(), framed(asked));
    EXPECT_EQ(rcode(read_frame(client.get())), 0);
}

// A client that sends something invalid still gets the answers to its earlier queries
TEST_F(ResponderTest, AnswersTheQueriesBeforeAnInvalidMessage)
{
    start();
    ByteVector reply = asked;
    reply[2] |= 0x80;
    for (const ByteVector& message : {ByteVector{}, ByteVector{1}, reply}) {
        const auto client = tcp();
        ByteVector sent = framed(asked);
        for (const ByteVector& next : {framed(message), framed(asked)}) {
            sent.insert(sent.end(), next.begin(), next.end());
        }
        write_all(client.get(), sent);
        EXPECT_EQ(rcode(read_frame(client.get())), 0);
        char byte = 0;
        EXPECT_EQ(::recv(client.get(), &byte, 1, 0), 0) << "the connection is still open";
    }
}

// tcp-large-query, and the largest possible message
TEST_F(ResponderTest, TakesMessagesUpToTheLimitOfTheLengthPrefix)
{
    start();
    for (const std::size_t size : {std::size_t{12000}, std::size_t{65535}}) {
        const auto client = tcp();
        ByteVector large = asked;
        large.resize(size);
        write_all(client.get(), framed(large));
        EXPECT_EQ(rcode(read_frame(client.get())), 0) << size;
    }
}

// tcp-stalled-frame: RFC 7766 section 6.2.3
TEST_F(ResponderTest, AStalledClientDoesNotDelayOthers)
{
    start();
    const auto stalled = tcp();
    write_all(stalled.get(), ByteVector{0xFF, 0xFF});
    const auto client = tcp();
    write_all(client.get(), framed(asked));
    EXPECT_EQ(rcode(read_frame(client.get())), 0);
}

} // namespace responder_test
