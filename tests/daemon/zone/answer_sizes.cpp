// EDNS, and the length of replies.
#include "tests/daemon/zone/answer_fixture.h"

namespace answer_test
{

// notimp-opt: RFC 6891 section 6.1.1
TEST_F(AnswerTest, NotimpOpt)
{
    const Reply got = reply(Message{0x7800}.question("home.example.org", Type::a).opt());
    EXPECT_EQ(got.rcode(), Rcode::notimp);
    ASSERT_EQ(got.additionals.size(), 1U);
    EXPECT_EQ(got.additionals[0].type, 41);
}

// edns0, edns-size-advertised: RFC 6891 section 6.1.1; byte for byte
TEST_F(AnswerTest, Edns0)
{
    const auto bytes = exchange(ask("home.example.org", Type::a).opt().bytes());
    ASSERT_TRUE(bytes);
    const ByteVector tail(bytes->end() - 11, bytes->end());
    EXPECT_EQ(tail, (ByteVector{0, 0, 41, 0x04, 0xD0, 0, 0, 0, 0, 0, 0}));
    EXPECT_EQ((*bytes)[11], 1);
    EXPECT_TRUE(reply(ask("home.example.org", Type::a)).additionals.empty()); // unasked, there is none
}

// edns-size-tiny: RFC 6891 section 6.2.3
TEST_F(AnswerTest, EdnsSizeTiny)
{
    for (const std::uint16_t size : Numbers{0, 1, 12, 511}) {
        const Reply got = reply(ask("home.example.org", Type::a).opt(size));
        EXPECT_EQ(got.answers.size(), 1U);
        EXPECT_FALSE(got.has(tc));
    }
}

// edns-badvers, badvers-aa, edns-255: RFC 6891 section 6.1.3
TEST_F(AnswerTest, EdnsBadvers)
{
    for (const std::uint32_t version : {1U, 255U}) {
        // the options of an unknown version may have any form
        const Reply got =
            reply(ask("home.example.org", Type::a).opt(4096, version << 16 | 0x8000, {1, 2, 3}));
        EXPECT_EQ(got.rcode(), Rcode::noerror); // the lower four bits of 16
        EXPECT_FALSE(got.has(aa));
        EXPECT_TRUE(got.answers.empty());
        ASSERT_EQ(got.additionals.size(), 1U);
        EXPECT_EQ(got.additionals[0].ttl, 0x01008000U); // upper bits 1, version 0, DO copied
        EXPECT_EQ(last_.rcode, Rcode::badvers);
        EXPECT_FALSE(last_.empty);
    }
}

// edns-two-opt: RFC 6891 section 6.1.1
TEST_F(AnswerTest, EdnsTwoOpt)
{
    expect_error(ask("home.example.org", Type::a).opt().opt(), Rcode::formerr);
}

// edns-opt-owner: RFC 6891 section 6.1.2
TEST_F(AnswerTest, EdnsOptOwner)
{
    expect_error(ask("home.example.org", Type::a).record(3, name("x").wire(), 41, 4096, 0, {}),
                 Rcode::formerr);
    expect_error(ask("home.example.org", Type::a).record(3, ByteVector{0xC0, 0x0C}, 41, 4096, 0, {}),
                 Rcode::formerr);
}

// edns-opt-in-answer: RFC 6891 section 6.1.1
TEST_F(AnswerTest, EdnsOptInAnswer)
{
    for (const std::size_t section : {1U, 2U}) {
        const Message query =
            ask("home.example.org", Type::a).record(section, ByteVector{0}, 41, 4096, 0, {});
        expect_error(query, Rcode::formerr);
        EXPECT_TRUE(reply(query).additionals.empty());
    }
}

// edns-do-echo: RFC 3225 section 3, RFC 6891 section 6.1.4
TEST_F(AnswerTest, EdnsDoEcho)
{
    EXPECT_EQ(reply(ask("home.example.org", Type::a).opt(4096, 0xFFFF)).additionals.at(0).ttl, 0x8000U);
    EXPECT_EQ(reply(ask("home.example.org", Type::a).opt(4096, 0x7FFF)).additionals.at(0).ttl, 0U);
}

// edns-unknown-option, nsid-unasked, keepalive-udp, ecs, padding-udp: RFC 6891 section 6.1.2
TEST_F(AnswerTest, EdnsUnknownOption)
{
    for (const std::uint8_t code : ByteVector{3, 8, 11, 12, 100, 255}) {
        const Reply got =
            reply(ask("home.example.org", Type::a).opt(4096, 0, {0, code, 0, 2, 1, 2, 0, code, 0, 0}));
        EXPECT_EQ(got.answers.size(), 1U);
        ASSERT_EQ(got.additionals.size(), 1U);
        EXPECT_TRUE(got.additionals[0].data.empty());
    }
}

// edns-option-overrun, edns-option-cut, edns-formerr-opt: RFC 6891 sections 6.1.2 and 7
TEST_F(AnswerTest, EdnsOptionOverrun)
{
    for (const ByteVector& options :
         {ByteVector{0, 100, 0, 3, 1, 2}, ByteVector{0, 100, 0}, ByteVector{0, 100, 0, 0, 1}}) {
        const Message query = ask("home.example.org", Type::a).opt(4096, 0, options);
        expect_error(query, Rcode::formerr);
        EXPECT_EQ(reply(query).additionals.size(), 1U);
        EXPECT_EQ(reply(query).header.questions, 1);
    }
}

// edns-refused-opt: RFC 6891 section 6.1.1
TEST_F(AnswerTest, EdnsRefusedOpt)
{
    EXPECT_EQ(reply(ask("example.com", Type::a).opt()).additionals.size(), 1U);
}

// truncation-512: RFC 2181 section 9, RFC 1035 section 4.2.1
TEST_F(AnswerTest, Truncation512)
{
    const Reply got = reply(ask("big.example.org", Type::a));
    EXPECT_TRUE(got.has(tc));
    EXPECT_LE(got.size, 512U);
    EXPECT_TRUE(got.answers.empty());
    EXPECT_TRUE(last_.truncated);
}

// truncation-opt: RFC 6891 section 7
TEST_F(AnswerTest, TruncationOpt)
{
    const Reply got = reply(ask("big.example.org", Type::a).opt(512));
    EXPECT_TRUE(got.has(tc));
    EXPECT_LE(got.size, 512U);
    EXPECT_EQ(got.additionals.size(), 1U);
}

// truncation-4096: RFC 9715 section 3.1
TEST_F(AnswerTest, Truncation4096)
{
    const Reply got = reply(ask("big.example.org", Type::a).opt(4096)); // 80 records are 1280 bytes
    EXPECT_TRUE(got.has(tc));
    EXPECT_LE(got.size, 1232U);
}

// truncation-tcp: RFC 7766 section 5
TEST_F(AnswerTest, TruncationTcp)
{
    const Reply got = reply(ask("big.example.org", Type::a).opt(512), Transport::tcp);
    EXPECT_FALSE(got.has(tc));
    EXPECT_EQ(got.answers.size(), 80U);
    EXPECT_EQ(got.additionals.size(), 1U);
}

// An RRset that ends at the last byte of the limit is sent; one byte more does not fit.
TEST_F(AnswerTest, AReplyMayFillItsLimitToTheLastByte)
{
    for (const int excess : {0, 1}) {
        const std::size_t fixed = 12 + name("fill.example.org").wire().size() + 4 + 12 + 11;
        const ByteVector data(1232 - fixed + static_cast<std::size_t>(excess));
        build();
        zone_->add_host({name("fill.example.org"), 60, {{16, data}}});
        const Reply got = reply(ask("fill.example.org", Type{16}).opt(1232));
        EXPECT_EQ(got.has(tc), excess == 1);
        EXPECT_EQ(got.answers.size(), excess == 1 ? 0U : 1U);
        EXPECT_EQ(got.additionals.size(), 1U);
        EXPECT_EQ(got.size == 1232, excess == 0);
    }
}

// RFC 2181 section 9: an RRset that does not fit is left out whole; others are sent
TEST_F(AnswerTest, OnlyWholeRrsetsAreSent)
{
    build(ipc::AnyPolicy::all);
    ipc::HostSetup host{name("mixed.example.org"), 60, {{28, home6}}};
    for (std::uint8_t i = 0; i < 20; ++i) {
        host.records.push_back({1, {10, 0, 0, i}});
    }
    for (std::uint8_t i = 0; i < 20; ++i) {
        host.records.push_back({16, {3, 'a', 'b', i}});
    }
    zone_->add_host(host);
    const Reply got = reply(ask("mixed.example.org", Type::any));
    EXPECT_TRUE(got.has(tc));
    EXPECT_EQ(got.answers.size(), 21U); // 20 A and the AAAA
}

// RFC 2308 section 5: a negative answer without its SOA cannot be cached, so it is truncated
TEST_F(AnswerTest, ANegativeAnswerThatDoesNotFitIsTruncated)
{
    const std::string label(63, 'a');
    ipc::ResponderSetup setup;
    setup.apex = name("example.org");
    setup.name_servers = {name(label + "." + label + "." + label + ".net")};
    setup.mailbox = name(label + "." + label + "." + label + ".org");
    zone_.emplace(setup);
    const Message query = ask(label + "." + label + "." + label + ".example.org", Type::a);
    const Reply cut = reply(query);
    EXPECT_EQ(cut.rcode(), Rcode::nxdomain);
    EXPECT_TRUE(cut.has(tc));
    EXPECT_TRUE(cut.authorities.empty());
    expect_soa(reply(query, Transport::tcp));
}

// tcp-edns: RFC 6891 section 6.2.5
TEST_F(AnswerTest, TcpEdns)
{
    EXPECT_EQ(reply(ask("home.example.org", Type::a).opt(), Transport::tcp).additionals.size(), 1U);
}

// The reply that rate limiting sends: RFC 1035 section 4.1.1, no records
TEST_F(AnswerTest, ATruncatedAnswerHasNoRecordsAndKeepsItsOpt)
{
    const ByteVector message = ask("home.example.org", Type::a).opt().bytes();
    const auto query = dns::read_query(message);
    ByteVector room(1232);
    const zone::Reply got = zone::truncated_answer(*query, room);
    const Reply taken_apart{got.message};
    EXPECT_TRUE(taken_apart.has(tc));
    EXPECT_TRUE(got.truncated);
    EXPECT_TRUE(taken_apart.answers.empty());
    EXPECT_EQ(taken_apart.header.questions, 1);
    EXPECT_EQ(taken_apart.additionals.size(), 1U);
}

} // namespace answer_test
