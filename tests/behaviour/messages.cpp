// Headers, the case of the question, compression, and the source of a reply.
#include "tests/behaviour/fixture.h"

namespace behaviour
{

class Messages : public Behaviour
{
protected:
    static void expect_flags(std::uint16_t asked, std::uint16_t expected)
    {
        const Reply reply = udp(ask("host.dyn.example.org", type::a, asked));
        EXPECT_EQ(reply.rcode, rcode::noerror);
        EXPECT_EQ(reply.flags, expected);
        EXPECT_EQ(reply.answers.size(), 1U);
    }
};

// basic-a: RFC 1035 4.1
TEST_F(Messages, BasicA)
{
    const Reply reply = udp(ask("host.dyn.example.org", type::a));
    EXPECT_EQ(reply.rcode, rcode::noerror);
    EXPECT_EQ(reply.flags, qr | aa | rd);
    EXPECT_EQ(reply.question, join({wire("host.dyn.example.org"), {0, 1, 0, 1}}));
    ASSERT_EQ(reply.answers.size(), 1U);
    EXPECT_EQ(reply.answers[0], (Record{wire("host.dyn.example.org"), type::a, 60, {192, 0, 2, 1}, true}));
    EXPECT_EQ(reply.authorities.size(), 0U);
    EXPECT_EQ(reply.additionals.size(), 0U);
    EXPECT_FALSE(reply.opt) << "the query has no OPT record";
}

// basic-aaaa: RFC 3596
TEST_F(Messages, BasicAaaa)
{
    const Reply reply = udp(ask("host.dyn.example.org", type::aaaa));
    EXPECT_EQ(reply.rcode, rcode::noerror);
    EXPECT_EQ(reply.flags, qr | aa | rd);
    ASSERT_EQ(reply.answers.size(), 1U);
    EXPECT_EQ(reply.answers[0], (Record{wire("host.dyn.example.org"), type::aaaa, 60, host6, true}));
}

// rd-copied: RFC 1035 4.1.1
TEST_F(Messages, RdCopied)
{
    expect_flags(0x0100, 0x8500);
    expect_flags(0x0000, 0x8400);
}

// z-bit: RFC 6895 2.1, RFC 8906 8.1.3.3
TEST_F(Messages, ZBit)
{
    expect_flags(0x0040, 0x8400);
}

// ad-clear: RFC 4035 3.1.6, RFC 6840 5.8
TEST_F(Messages, AdClear)
{
    expect_flags(0x0020, 0x8400);
}

// cd-clear: RFC 4035 3.1.6
TEST_F(Messages, CdClear)
{
    expect_flags(0x0010, 0x8400);
}

// aa-tc-ra-in-query: RFC 8906 3.1.3
TEST_F(Messages, AaTcRaInQuery)
{
    expect_flags(0x0400, 0x8400);
    expect_flags(0x0200, 0x8400);
    expect_flags(0x0080, 0x8400);
    expect_flags(0x0680, 0x8400);
}

// qr-set-dropped: RFC 1035 4.1.1, RFC 5358
TEST_F(Messages, QrSetDropped)
{
    for (const std::uint16_t flags : Numbers{0x8000, 0x8100, 0xA800, 0xFFFF}) {
        EXPECT_FALSE(exchange(ask("host.dyn.example.org", type::a, flags).bytes())) << flags;
        EXPECT_FALSE(exchange(ask("host.dyn.example.org", type::a, flags).opt().bytes())) << flags;
    }
}

// case-0x20: RFC 4343, dns-0x20 draft
TEST_F(Messages, Case0x20)
{
    const Reply reply = udp(ask("hOsT.DyN.eXaMpLe.OrG", type::a));
    expect_host_address(reply);
    EXPECT_EQ(reply.question, join({wire("hOsT.DyN.eXaMpLe.OrG"), {0, 1, 0, 1}}));
    ASSERT_EQ(reply.answers.size(), 1U);
    EXPECT_EQ(reply.answers[0].owner, wire("hOsT.DyN.eXaMpLe.OrG"));
}

// case-neg: RFC 4343, RFC 2308
TEST_F(Messages, CaseNeg)
{
    const Reply reply = udp(ask("NoBoDy.DyN.eXaMpLe.OrG", type::a));
    expect_negative(reply, rcode::nxdomain);
    EXPECT_EQ(reply.question, join({wire("NoBoDy.DyN.eXaMpLe.OrG"), {0, 1, 0, 1}}));
}

// compression: RFC 1035 4.1.4
TEST_F(Messages, Compression)
{
    const Reply servers = udp(ask("dyn.example.org", type::ns));
    ASSERT_EQ(servers.answers.size(), 2U);
    EXPECT_TRUE(servers.answers[0].owner_is_a_pointer);
    EXPECT_TRUE(servers.answers[1].owner_is_a_pointer);
    const Reply negative = udp(ask("nobody.dyn.example.org", type::a));
    ASSERT_EQ(negative.authorities.size(), 1U);
    EXPECT_TRUE(negative.authorities[0].owner_is_a_pointer);
    const Reply big = tcp(ask("big.dyn.example.org", type::a));
    // header, question, and for each record a pointer, ten bytes, and the address
    EXPECT_EQ(big.size, 12U + 25 + 100U * (2 + 10 + 4));
}

// udp-source-address: RFC 2181 4.1
TEST_F(Messages, UdpSourceAddress)
{
    for (const char* address : {"127.0.0.1", "127.0.0.77", "127.1.2.3"}) {
        expect_host_address(udp(ask("host.dyn.example.org", type::a), {"127.0.0.1", address}));
    }
}

} // namespace behaviour
