// An RRset of 100 addresses, which is longer than any UDP reply.
#include "tests/behaviour/fixture.h"

namespace behaviour
{

class Truncation : public Behaviour
{
protected:
    static Message big() { return ask("big.dyn.example.org", type::a); }
    /// 29 addresses: 502 bytes, and 513 with an OPT record.
    static Message edge() { return ask("edge.dyn.example.org", type::a); }
    /// Only whole RRsets are sent (RFC 2181 section 9), so there is no record of this one.
    static void expect_truncated(const Reply& reply, std::size_t limit)
    {
        EXPECT_EQ(reply.rcode, rcode::noerror);
        EXPECT_EQ(reply.flags, qr | aa | tc | rd);
        EXPECT_LE(reply.size, limit);
        EXPECT_EQ(reply.question, join({wire("big.dyn.example.org"), {0, 1, 0, 1}}));
        EXPECT_EQ(reply.answers.size(), 0U);
        EXPECT_EQ(reply.authorities.size(), 0U);
        EXPECT_EQ(reply.additionals.size(), 0U);
    }
    static void expect_whole(const Reply& reply)
    {
        EXPECT_EQ(reply.rcode, rcode::noerror);
        EXPECT_EQ(reply.flags, qr | aa | rd);
        ASSERT_EQ(reply.answers.size(), 100U);
        for (std::uint8_t i = 0; i < 100; ++i) {
            const Record record{wire("big.dyn.example.org"), type::a, 60, {198, 51, 100, i}, true};
            EXPECT_THAT(reply.answers, testing::Contains(record));
        }
    }
};

// truncation-512: RFC 2181 9, RFC 1035 4.2.1
TEST_F(Truncation, Truncation512)
{
    const Reply reply = udp(big());
    expect_truncated(reply, 512);
    EXPECT_FALSE(reply.opt);
    EXPECT_EQ(udp(edge()).flags, qr | aa | rd);
    EXPECT_EQ(udp(edge()).answers.size(), 29U);
}

// truncation-opt: RFC 6891 7
TEST_F(Truncation, TruncationOpt)
{
    const Reply reply = udp(big().opt(512, std::uint32_t{dnssec_ok}));
    expect_truncated(reply, 512);
    ASSERT_TRUE(reply.opt);
    EXPECT_EQ(reply.opt->version, 0);
    EXPECT_EQ(reply.opt->flags, dnssec_ok);
    const Reply a_byte_less = udp(edge().opt(512));
    EXPECT_EQ(a_byte_less.flags, qr | aa | tc | rd);
    EXPECT_EQ(a_byte_less.answers.size(), 0U);
    EXPECT_TRUE(a_byte_less.opt);
    const Reply enough = udp(edge().opt(513));
    EXPECT_EQ(enough.flags, qr | aa | rd);
    EXPECT_EQ(enough.answers.size(), 29U);
    EXPECT_EQ(enough.size, 513U);
}

// truncation-4096: RFC 9715 3.1 R3
TEST_F(Truncation, Truncation4096)
{
    for (const std::uint16_t size : Numbers{1232, 1400, 1700, 4096, 65535}) {
        const Reply reply = udp(big().opt(size));
        expect_truncated(reply, 1232);
        EXPECT_TRUE(reply.opt);
    }
}

// truncation-tcp: RFC 7766 5
TEST_F(Truncation, TruncationTcp)
{
    expect_whole(tcp(big()));
    const Reply reply = tcp(big().opt(512)); // this size is for UDP only
    expect_whole(reply);
    EXPECT_TRUE(reply.opt);
}

} // namespace behaviour
