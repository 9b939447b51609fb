// Names and types that the zone has, and those that it does not have.
#include "tests/daemon/zone/answer_fixture.h"

namespace answer_test
{

// basic-a: RFC 1035 section 4.1, byte for byte
TEST_F(AnswerTest, BasicA)
{
    const Message query = ask("home.example.org", Type::a);
    ByteVector expected = query.bytes();
    expected[2] = 0x85; // QR, AA, RD
    expected[3] = 0x00;
    expected[7] = 1;
    for (const std::uint8_t byte : ByteVector{0xC0, 0x0C, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1}) {
        expected.push_back(byte);
    }
    EXPECT_EQ(exchange(query.bytes()), expected);
}

// basic-aaaa: RFC 3596
TEST_F(AnswerTest, BasicAaaa)
{
    const Reply got = reply(ask("home.example.org", Type::aaaa));
    EXPECT_EQ(got.rcode(), Rcode::noerror);
    EXPECT_TRUE(got.has(aa));
    ASSERT_EQ(got.answers.size(), 1U);
    EXPECT_EQ(got.answers[0].data, home6);
    EXPECT_EQ(got.answers[0].ttl, 60U);
}

// case-0x20: RFC 4343
TEST_F(AnswerTest, Case0x20)
{
    const Message query = ask("hOMe.EXamplE.Org", Type::a);
    const Reply got = reply(query);
    EXPECT_EQ(got.question, ByteVector(query.bytes().begin() + 12, query.bytes().end()));
    ASSERT_EQ(got.answers.size(), 1U);
    EXPECT_EQ(got.answers[0].owner, "hOMe.EXamplE.Org.");
}

// case-neg: RFC 4343, RFC 2308
TEST_F(AnswerTest, CaseNeg)
{
    expect_nxdomain(name("nO.EXamplE.Org").wire());
}

// compression: RFC 1035 section 4.1.4
TEST_F(AnswerTest, Compression)
{
    const Reply big = reply(ask("big.example.org", Type::a), Transport::tcp);
    EXPECT_THAT(big.answers, testing::Each(testing::Field(&Record::is_compressed, true)));
    EXPECT_TRUE(reply(ask("no.example.org", Type::a)).authorities.at(0).is_compressed);
}

// apex-soa: RFC 1035 section 3.3.13
TEST_F(AnswerTest, ApexSoa)
{
    const Reply got = reply(ask("example.org", Type::soa));
    EXPECT_TRUE(got.has(aa));
    ASSERT_EQ(got.answers.size(), 1U);
    EXPECT_EQ(got.answers[0].ttl, 86400U);
    base::Reader in{got.answers[0].data};
    EXPECT_EQ(Name::read(in).to_text(), "ns1.example.net.");
    EXPECT_EQ(Name::read(in).to_text(), "host\\.master.example.org.");
    EXPECT_EQ(in.u32(), 2026U);
    EXPECT_EQ(in.u32(), 600U);    // refresh
    EXPECT_EQ(in.u32(), 300U);    // retry
    EXPECT_EQ(in.u32(), 604800U); // expire
    EXPECT_EQ(in.u32(), 60U);     // minimum
    EXPECT_TRUE(in.finished());
}

// apex-ns: RFC 1034 section 4.2.1
TEST_F(AnswerTest, ApexNs)
{
    const Reply got = reply(ask("example.org", Type::ns));
    EXPECT_TRUE(got.has(aa));
    ASSERT_EQ(got.answers.size(), 2U);
    EXPECT_EQ(got.answers[0].ttl, 86400U);
    base::Reader second{got.answers[1].data};
    EXPECT_EQ(Name::read(second).to_text(), "ns2.example.net.");
}

// apex-ds: RFC 4035 section 3.1.4.1
TEST_F(AnswerTest, ApexDs)
{
    expect_nodata("example.org", Type{43});
}

// nxdomain: RFC 2308 section 2.1
TEST_F(AnswerTest, Nxdomain)
{
    expect_nxdomain(name("no.example.org").wire());
}

// nodata: RFC 2308 section 2.2
TEST_F(AnswerTest, Nodata)
{
    expect_nodata("printer.lab.example.org", Type::aaaa);
}

// nxdomain: a host without records is no name of the zone, since a signed zone could not prove that it is one
// (RFC 4035 section 2.3)
TEST_F(AnswerTest, AHostWithoutRecordsIsNxdomain)
{
    expect_nxdomain(name("empty.example.org").wire());
    expect_nxdomain(name("x.empty.example.org").wire());
    zone_->set_addresses(ipc::HostIndex{2}, base::Address4{{192, 0, 2, 9}}, std::nullopt);
    EXPECT_EQ(reply(ask("empty.example.org", Type::a)).answers.size(), 1U);
    expect_nodata("empty.example.org", Type::aaaa);
    zone_->set_addresses(ipc::HostIndex{2}, std::nullopt, std::nullopt);
    expect_nxdomain(name("empty.example.org").wire());
}

// nodata-unknown-type, nodata-https, qtype-rrsig: RFC 3597, RFC 8906 section 3.1.2, RFC 9460
TEST_F(AnswerTest, NodataUnknownType)
{
    for (const std::uint16_t type : Numbers{1234, 65, 46, 65535}) {
        expect_nodata("home.example.org", Type{type});
    }
}

// qtype-0, qtype-41, qtype-249, qtype-250, qtype-253, qtype-254: not specified, our choice
TEST_F(AnswerTest, NodataForTypesThatAreNotDataTypes)
{
    for (const std::uint16_t type : Numbers{0, 41, 249, 250, 253, 254}) {
        expect_nodata("home.example.org", Type{type});
    }
}

// negative-ttl: RFC 2308 section 3; the serial is the zone's, the last number is the minimum
TEST_F(AnswerTest, NegativeTtl)
{
    const Reply got = reply(ask("no.example.org", Type::a));
    expect_soa(got);
    base::Reader tail{Bytes{got.authorities.at(0).data}.last(20)};
    EXPECT_EQ(tail.u32(), 2026U);
    tail.take(12);
    EXPECT_EQ(tail.u32(), 60U);
}

// RFC 2308 section 3: the lesser of the SOA's TTL, which is a day, and its minimum
TEST_F(AnswerTest, NegativeTtlIsConfigurable)
{
    for (const std::uint32_t ttl : {0U, 1U, 10800U, 86400U, 86401U}) {
        negative_ttl = ttl;
        build();
        const Reply got = reply(ask("no.example.org", Type::a));
        EXPECT_EQ(got.authorities.at(0).ttl, std::min(ttl, 86400U));
        const Reply soa = reply(ask("example.org", Type::soa));
        EXPECT_EQ(soa.answers.at(0).ttl, 86400U);
        for (const ByteVector& data : {got.authorities.at(0).data, soa.answers.at(0).data}) {
            base::Reader minimum{Bytes{data}.last(4)};
            EXPECT_EQ(minimum.u32(), ttl);
        }
    }
}

// nxdomain-below-host: RFC 8020, RFC 4592 section 2.2
TEST_F(AnswerTest, NxdomainBelowHost)
{
    expect_nxdomain(name("x.home.example.org").wire());
    expect_nxdomain(name("x.lab.example.org").wire());
}

// empty-non-terminal: RFC 8020, RFC 4592 section 2.2.2
TEST_F(AnswerTest, EmptyNonTerminal)
{
    expect_nodata("lab.example.org", Type::a);
    expect_nodata("LAB.example.org", Type::any);
}

// qname-minimised, label-underscore, label-digit, label-wildcard: RFC 9156, RFC 8552, RFC 1123, RFC 4592
TEST_F(AnswerTest, LabelsThatAreNotHostNames)
{
    for (const char* text : {"_.example.org", "_acme-challenge.home.example.org", "3com.example.org",
                             "*.example.org", "-.example.org"}) {
        expect_nxdomain(name(text).wire());
    }
}

// label-binary: RFC 2181 section 11
TEST_F(AnswerTest, LabelBinary)
{
    expect_nxdomain(name("\\000\\255\\001.example.org").wire());
    expect_nxdomain(name("a\\.b.example.org").wire());
}

// label-63, name-255, name-256: RFC 1035 section 2.3.4
TEST_F(AnswerTest, LongNames)
{
    const std::string label(63, 'a');
    expect_nxdomain(name(label + ".example.org").wire());
    // three labels of 63, one of 49, and 13 bytes of example.org
    const std::string longest =
        label + "." + label + "." + label + "." + std::string(49, 'b') + ".example.org";
    ASSERT_EQ(name(longest).wire().size(), 255U);
    expect_nxdomain(name(longest).wire());
    ByteVector too_long;
    for (const std::uint8_t size : ByteVector{63, 63, 63, 50}) {
        too_long.push_back(size);
        too_long.insert(too_long.end(), size, 'a');
    }
    const Name apex = name("example.org");
    too_long.insert(too_long.end(), apex.wire().begin(), apex.wire().end());
    ASSERT_EQ(too_long.size(), 256U);
    EXPECT_EQ(rcode(Message{}.question(too_long, 1).bytes()), Rcode::formerr);
}

// refused-outside, refused-aa, refused-parent, refused-root, suffix-boundary: RFC 8906 section 3.1.1
TEST_F(AnswerTest, RefusedOutside)
{
    for (const char* text : {"www.example.com", "org", ".", "xexample.org", "home.example.org.net"}) {
        expect_refused(ask(text, Type::a));
    }
    expect_refused(ask(".", Type::ns));
}

// a name whose bytes end like the zone's, but not at a label boundary
TEST_F(AnswerTest, SuffixBoundary)
{
    const ByteVector inside{12, 'x', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 3, 'o', 'r', 3, 'o', 'r', 'g', 0};
    expect_refused(Message{}.question(inside, 1));
    // one label whose bytes end with the zone's whole name
    ByteVector label{19, 'a', 'b', 'c', 'd', 'e', 'f', 'g'};
    const Name apex = name("example.org");
    label.insert(label.end(), apex.wire().begin(), apex.wire().end());
    ASSERT_EQ(label.size(), 21U);
    expect_refused(Message{}.question(label, 1));
}

// class-ch-version, class-ch-id-server, class-ch-zone, class-unknown: RFC 4892, RFC 1035 section 3.2.4
TEST_F(AnswerTest, OtherClasses)
{
    expect_refused(Message{}.question("version.bind", Type{16}, 3));
    expect_refused(Message{}.question("id.server", Type{16}, 3));
    for (const std::uint16_t klass : Numbers{0, 2, 3, 4, 254, 4711, 65535}) {
        expect_refused(Message{}.question("home.example.org", Type::a, klass));
    }
}

// class-any: RFC 1035 section 6.2: never authoritative
TEST_F(AnswerTest, ClassAny)
{
    const Reply got = reply(Message{}.question("home.example.org", Type::a, 255));
    EXPECT_EQ(got.answers.size(), 1U);
    EXPECT_EQ(got.answers.at(0).klass, 1);
    EXPECT_FALSE(got.has(aa));
}

// axfr-tcp, axfr-udp, ixfr-udp: RFC 5936 section 2.2.1, RFC 1995
TEST_F(AnswerTest, TransfersRefused)
{
    for (const Transport transport : {Transport::udp, Transport::tcp}) {
        const Reply got = reply(ask("example.org", Type::axfr), transport);
        EXPECT_EQ(got.rcode(), Rcode::refused);
        EXPECT_FALSE(got.has(aa));
        EXPECT_TRUE(got.answers.empty());
    }
    // IXFR has the client's SOA in the authority section
    expect_refused(
        ask("example.org", Type::ixfr).record(2, name("example.org").wire(), 6, 1, 0, ByteVector(22)));
}

// any-minimal, any-nonempty: RFC 8482 section 4
TEST_F(AnswerTest, AnyMinimal)
{
    const Reply got = reply(ask("home.example.org", Type::any));
    ASSERT_EQ(got.answers.size(), 1U);
    EXPECT_EQ(got.answers[0].type, 1);
    EXPECT_EQ(reply(ask("example.org", Type::any)).answers.size(), 1U);
    zone_->set_addresses(ipc::HostIndex{0}, std::nullopt, base::Address6{{9}});
    EXPECT_EQ(reply(ask("home.example.org", Type::any)).answers.at(0).type, 28);
}

TEST_F(AnswerTest, AnyIsCompleteOverTcpAndWithAnyAll)
{
    EXPECT_EQ(reply(ask("home.example.org", Type::any), Transport::tcp).answers.size(), 2U);
    EXPECT_EQ(reply(ask("example.org", Type::any), Transport::tcp).answers.size(), 3U);
    build(ipc::AnyPolicy::all);
    EXPECT_EQ(reply(ask("home.example.org", Type::any)).answers.size(), 2U);
}

} // namespace answer_test
