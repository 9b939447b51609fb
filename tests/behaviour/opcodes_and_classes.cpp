// Other classes than IN, other opcodes than QUERY, and zone transfers.
#include "tests/behaviour/fixture.h"

namespace behaviour
{

class OpcodesAndClasses : public Behaviour
{
protected:
    static Reply ask_class(std::string_view name, std::uint16_t type, std::uint16_t klass)
    {
        return udp(Message{}.question(wire(name), type, klass));
    }
    /// With this opcode, expects NOTIMP for a query for the zone's SOA and for one that is only a header.
    static void expect_notimp(unsigned opcode)
    {
        const auto flags = static_cast<std::uint16_t>(opcode << 11);
        for (const Message& message : {ask("dyn.example.org", type::soa, flags), Message{flags}}) {
            const Reply reply = udp(message);
            expect_error(reply, rcode::notimp);
            EXPECT_EQ(reply.flags, qr | flags);
        }
    }
};

// class-ch-version: RFC 4892, RFC 8906
TEST_F(OpcodesAndClasses, ClassChVersion)
{
    expect_error(ask_class("version.bind", type::txt, klass::ch), rcode::refused);
    expect_error(ask_class("version.server", type::txt, klass::ch), rcode::refused);
}

// class-ch-id-server: RFC 4892 2
TEST_F(OpcodesAndClasses, ClassChIdServer)
{
    expect_error(ask_class("id.server", type::txt, klass::ch), rcode::refused);
    expect_error(ask_class("hostname.bind", type::txt, klass::ch), rcode::refused);
}

// class-ch-zone: RFC 1035 3.2.4
TEST_F(OpcodesAndClasses, ClassChZone)
{
    expect_error(ask_class("host.dyn.example.org", type::a, klass::ch), rcode::refused);
}

// class-unknown: RFC 8906, RFC 6895 3.2
TEST_F(OpcodesAndClasses, ClassUnknown)
{
    for (const std::uint16_t klass : Numbers{0, 2, 4, 254, 666, 65535}) {
        expect_error(ask_class("host.dyn.example.org", type::a, klass), rcode::refused);
    }
}

// class-any: RFC 1035 3.2.5; our choice: from class IN, without AA (RFC 1035 section 6.2)
TEST_F(OpcodesAndClasses, ClassAny)
{
    const Reply reply = ask_class("host.dyn.example.org", type::a, klass::any);
    EXPECT_EQ(reply.rcode, rcode::noerror);
    EXPECT_EQ(reply.flags, qr | rd);
    ASSERT_EQ(reply.answers.size(), 1U);
    EXPECT_EQ(reply.answers[0].data, host4);
}

// opcode-iquery: RFC 3425
TEST_F(OpcodesAndClasses, OpcodeIquery)
{
    expect_notimp(1);
    // a proper inverse query: an answer without its question (RFC 1035 section 6.4.1)
    expect_error(udp(Message{0x0800}.record(1, {0}, type::a, klass::in, 0, host4)), rcode::notimp);
}

// opcode-status: RFC 1035 4.1.1, RFC 8906 3.1.4
TEST_F(OpcodesAndClasses, OpcodeStatus)
{
    expect_notimp(2);
}

// opcode-3: RFC 8906 3.1.4, 8.1.4
TEST_F(OpcodesAndClasses, Opcode3)
{
    expect_notimp(3);
    for (unsigned opcode = 7; opcode < 16; ++opcode) { // the other unassigned ones
        expect_notimp(opcode);
    }
    // the meaning of its sections is not known, so nothing in them is FORMERR
    expect_error(udp(Message{0x1800}.count(4, 7).raw({0xFF, 0xFF})), rcode::notimp);
}

// opcode-notify: RFC 1996 3.10, RFC 8906 3.1.4
TEST_F(OpcodesAndClasses, OpcodeNotify)
{
    expect_notimp(4);
}

// opcode-update: RFC 2136 3.1, 3.3
TEST_F(OpcodesAndClasses, OpcodeUpdate)
{
    expect_notimp(5);
    const Message update = ask("dyn.example.org", type::soa, 0x2800)
                               .record(2, wire("host.dyn.example.org"), type::a, klass::in, 60, {6, 6, 6, 6});
    expect_error(udp(update), rcode::notimp);
    expect_host_address(udp(ask("host.dyn.example.org", type::a)));
}

// opcode-dso: RFC 8490 5.1.1
TEST_F(OpcodesAndClasses, OpcodeDso)
{
    expect_notimp(6);
    // a keepalive request (RFC 8490 section 7.1)
    const Message keepalive = Message{0x3000}.raw({0, 1, 0, 8, 0, 0, 58, 152, 0, 0, 58, 152});
    expect_error(udp(keepalive), rcode::notimp);
}

// opcode-15-flags: RFC 8906 3.1.4, 8.1.4
TEST_F(OpcodesAndClasses, Opcode15Flags)
{
    const Reply reply = udp(ask("dyn.example.org", type::soa, 0x7FF0));
    EXPECT_EQ(reply.rcode, rcode::notimp);
    EXPECT_EQ(reply.flags & (aa | ra | ad | cd | z), 0);
}

// opcode-15-rd-tc: RFC 8906 3.1.4, 8.1.4
TEST_F(OpcodesAndClasses, Opcode15RdTc)
{
    EXPECT_EQ(udp(ask("dyn.example.org", type::soa, 0x7FF0)).flags, 0xF800);
}

// notimp-opt: RFC 6891 6.1.1
TEST_F(OpcodesAndClasses, NotimpOpt)
{
    const Reply reply = udp(ask("dyn.example.org", type::soa, 0x7800).opt());
    expect_error(reply, rcode::notimp);
    ASSERT_TRUE(reply.opt);
    EXPECT_EQ(reply.opt->version, 0);
}

// axfr-tcp: RFC 5936 2.2.1
TEST_F(OpcodesAndClasses, AxfrTcp)
{
    expect_error(tcp(ask("dyn.example.org", type::axfr)), rcode::refused);
    expect_error(tcp(ask("host.dyn.example.org", type::axfr)), rcode::refused);
}

// axfr-udp: RFC 5936 4.2
TEST_F(OpcodesAndClasses, AxfrUdp)
{
    expect_error(udp(ask("dyn.example.org", type::axfr)), rcode::refused);
}

// ixfr-udp: RFC 1995 2
TEST_F(OpcodesAndClasses, IxfrUdp)
{
    const ByteVector soa = join({wire("ns.example.org"), wire("host.example.org"), ByteVector(20)});
    const Message query = ask("dyn.example.org", type::ixfr).record(2, apex, type::soa, klass::in, 0, soa);
    expect_error(udp(query), rcode::refused);
    expect_error(tcp(query), rcode::refused);
}

} // namespace behaviour
