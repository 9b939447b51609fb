// Names and types that the zone has, and those that it does not have.
#include "tests/behaviour/fixture.h"

namespace behaviour
{

class Contents : public Behaviour
{
protected:
    static void expect_no_data(std::string_view name, std::uint16_t type)
    {
        expect_negative(udp(ask(name, type)), rcode::noerror);
    }
};

// apex-soa: RFC 1035 3.3.13
TEST_F(Contents, ApexSoa)
{
    const Reply reply = udp(ask("dyn.example.org", type::soa));
    EXPECT_EQ(reply.rcode, rcode::noerror);
    EXPECT_EQ(reply.flags, qr | aa | rd);
    ASSERT_EQ(reply.answers.size(), 1U);
    EXPECT_EQ(reply.answers[0].owner, apex);
    EXPECT_EQ(reply.answers[0].type, type::soa);
    EXPECT_EQ(reply.answers[0].ttl, 86400U);
    const ByteVector names = join({wire("ns.example.org"), wire("host\\.master.example.org")});
    const ByteVector times = {0, 0, 2, 88, 0, 0, 1, 44, 0, 9, 58, 128, 0, 0, 0, 60}; // 600 300 604800 60
    const ByteVector& data = reply.answers[0].data;
    ASSERT_EQ(data.size(), names.size() + 4 + times.size());
    EXPECT_TRUE(std::equal(names.begin(), names.end(), data.begin()));
    EXPECT_TRUE(std::equal(times.begin(), times.end(), data.end() - 16));
    EXPECT_EQ(reply.authorities.size(), 0U);
}

// apex-ns: RFC 1034 4.2.1
TEST_F(Contents, ApexNs)
{
    const Reply reply = udp(ask("dyn.example.org", type::ns));
    EXPECT_EQ(reply.rcode, rcode::noerror);
    EXPECT_EQ(reply.flags, qr | aa | rd);
    EXPECT_THAT(reply.answers,
                testing::UnorderedElementsAre(Record{apex, type::ns, 86400, wire("ns.example.org"), true},
                                              Record{apex, type::ns, 86400, wire("ns2.example.net"), true}));
    EXPECT_EQ(reply.authorities.size(), 0U);
}

// apex-ds: RFC 4035 3.1.4.1
TEST_F(Contents, ApexDs)
{
    expect_no_data("dyn.example.org", type::ds);
}

// nxdomain: RFC 2308 2.1
TEST_F(Contents, Nxdomain)
{
    expect_nxdomain(wire("nobody.dyn.example.org"));
    expect_nxdomain(wire("away.dyn.example.org")); // a host that has no address yet
}

// nodata: RFC 2308 2.2
TEST_F(Contents, Nodata)
{
    expect_no_data("solo.dyn.example.org", type::aaaa);
    expect_no_data("host.dyn.example.org", type::txt);
}

// nodata-unknown-type: RFC 3597, RFC 8906 3.1.2
TEST_F(Contents, NodataUnknownType)
{
    for (const std::uint16_t type : Numbers{666, 1000, 65280, 65535}) {
        expect_no_data("host.dyn.example.org", type);
        expect_no_data("dyn.example.org", type);
    }
}

// nodata-https: RFC 9460, RFC 4074 3
TEST_F(Contents, NodataHttps)
{
    expect_no_data("host.dyn.example.org", type::https);
}

// negative-ttl: RFC 2308 3
TEST_F(Contents, NegativeTtl)
{
    const std::uint32_t soa_ttl = 86400;
    const std::uint32_t minimum = 60;
    for (const char* name : {"nobody.dyn.example.org", "solo.dyn.example.org"}) {
        const Reply reply = udp(ask(name, type::aaaa));
        ASSERT_EQ(reply.authorities.size(), 1U);
        EXPECT_EQ(reply.authorities[0].ttl, std::min(soa_ttl, minimum));
        const ByteVector& soa = reply.authorities[0].data;
        EXPECT_EQ(ByteVector(soa.end() - 4, soa.end()), (ByteVector{0, 0, 0, 60}));
        EXPECT_EQ(soa, udp(ask("dyn.example.org", type::soa)).answers.at(0).data);
    }
}

// nxdomain-below-host: RFC 8020, RFC 4592 2.2
TEST_F(Contents, NxdomainBelowHost)
{
    expect_nxdomain(wire("a.host.dyn.example.org"));
    expect_nxdomain(wire("a.b.host.dyn.example.org"));
}

// empty-non-terminal: RFC 8020, RFC 4592 2.2.2
TEST_F(Contents, EmptyNonTerminal)
{
    expect_no_data("deep.dyn.example.org", type::a);
    expect_no_data("deep.dyn.example.org", type::ns);
    EXPECT_EQ(udp(ask("www.deep.dyn.example.org", type::a)).answers.size(), 1U);
    expect_nxdomain(wire("nobody.deep.dyn.example.org"));
}

// any-minimal: RFC 8482 4
TEST_F(Contents, AnyMinimal)
{
    for (const char* name : {"host.dyn.example.org", "dyn.example.org"}) {
        const Reply reply = udp(ask(name, type::any));
        EXPECT_EQ(reply.rcode, rcode::noerror);
        EXPECT_EQ(reply.flags, qr | aa | rd);
        EXPECT_EQ(reply.answers.size(), 1U) << "one RRset";
    }
}

// any-nonempty: RFC 8482 4.2, 4.3
TEST_F(Contents, AnyNonempty)
{
    const Reply over_udp = udp(ask("host.dyn.example.org", type::any));
    ASSERT_EQ(over_udp.answers.size(), 1U);
    EXPECT_EQ(over_udp.answers[0].data, host4);
    const Reply over_tcp = tcp(ask("host.dyn.example.org", type::any)); // addresses cannot be forged there
    ASSERT_EQ(over_tcp.answers.size(), 2U);
    EXPECT_EQ(over_tcp.answers[0].data, host4);
    EXPECT_EQ(over_tcp.answers[1].data, host6);
    const Reply solo = udp(ask("solo.dyn.example.org", type::any));
    ASSERT_EQ(solo.answers.size(), 1U);
    EXPECT_EQ(solo.answers[0].data, (ByteVector{192, 0, 2, 2}));
}

// qtype-rrsig: RFC 8482 7, RFC 4035
TEST_F(Contents, QtypeRrsig)
{
    expect_no_data("host.dyn.example.org", type::rrsig);
}

// qtype-0: RFC 6895 3.1; our choice: like any type that is not there
TEST_F(Contents, Qtype0)
{
    expect_no_data("host.dyn.example.org", 0);
}

// qtype-41: RFC 6895 3.1; our choice: like any type that is not there
TEST_F(Contents, Qtype41)
{
    expect_no_data("host.dyn.example.org", 41);
}

// qtype-249: RFC 6895 3.1; our choice: like any type that is not there
TEST_F(Contents, Qtype249)
{
    expect_no_data("host.dyn.example.org", 249);
}

// qtype-250: RFC 6895 3.1; our choice: like any type that is not there
TEST_F(Contents, Qtype250)
{
    expect_no_data("host.dyn.example.org", 250);
}

// qtype-253: RFC 6895 3.1; our choice: like any type that is not there
TEST_F(Contents, Qtype253)
{
    expect_no_data("host.dyn.example.org", 253);
}

// qtype-254: RFC 6895 3.1; our choice: like any type that is not there
TEST_F(Contents, Qtype254)
{
    expect_no_data("host.dyn.example.org", 254);
}

} // namespace behaviour
