// Whole messages in and out. A test is named after the row of the requirement that it holds: what an
// authoritative server answers, row by row.
#include "daemon/zone/answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace
{

using base::Bytes;
using dns::Name;
using dns::Rcode;
using dns::Type;
using zone::Transport;
using Octets = std::vector<std::uint8_t>;
using Numbers = std::vector<std::uint16_t>;

Name name(std::string_view text)
{
    return *Name::from_text(text);
}

/// Builds a message piece by piece; nothing is checked, so it can be wrong in any way.
class Message
{
public:
    explicit Message(std::uint16_t flags = dns::flag::rd) : octets_(12)
    {
        put(0, 0xBEEF);
        put(2, flags);
    }
    Message& question(std::string_view owner, Type type, std::uint16_t klass = 1)
    {
        return question(name(owner).wire(), static_cast<std::uint16_t>(type), klass);
    }
    Message& question(Bytes owner, std::uint16_t type, std::uint16_t klass = 1)
    {
        raw(owner);
        u16(type);
        u16(klass);
        return count(4, 1);
    }
    Message& record(int section, Bytes owner, std::uint16_t type, std::uint16_t klass, std::uint32_t ttl,
                    const Octets& data)
    {
        raw(owner);
        u16(type);
        u16(klass);
        u16(static_cast<std::uint16_t>(ttl >> 16));
        u16(static_cast<std::uint16_t>(ttl));
        u16(static_cast<std::uint16_t>(data.size()));
        raw(data);
        return count(static_cast<std::size_t>(4 + 2 * section), 1);
    }
    Message& opt(std::uint16_t size = 4096, std::uint32_t ttl = 0, const Octets& options = {})
    {
        return record(3, Octets{0}, 41, size, ttl, options);
    }
    Message& raw(Bytes octets)
    {
        octets_.insert(octets_.end(), octets.begin(), octets.end());
        return *this;
    }
    Message& u16(std::uint16_t value)
    {
        return raw(Octets{static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)});
    }
    /// Adds to the count at `offset` in the header.
    Message& count(std::size_t offset, int more)
    {
        put(offset, static_cast<std::uint16_t>((octets_[offset] << 8 | octets_[offset + 1]) + more));
        return *this;
    }
    const Octets& octets() const { return octets_; }

private:
    void put(std::size_t offset, std::uint16_t value)
    {
        octets_[offset] = static_cast<std::uint8_t>(value >> 8);
        octets_[offset + 1] = static_cast<std::uint8_t>(value);
    }
    Octets octets_;
};

Message ask(std::string_view owner, Type type)
{
    return std::move(Message{}.question(owner, type));
}

struct Record {
    std::string owner;
    std::uint16_t type;
    std::uint16_t klass;
    std::uint32_t ttl;
    Octets data;
    bool is_compressed;
};

/// A reply taken apart; whatever is not well formed makes the test fail.
struct Reply {
    explicit Reply(Bytes message) : size(message.size())
    {
        base::Reader in{message};
        header = dns::Header::read(in);
        for (int i = 0; i < header.questions; ++i) {
            const std::size_t start = in.position();
            Name::read(in);
            in.u32();
            const Bytes octets = message.subspan(start, in.position() - start);
            question.assign(octets.begin(), octets.end());
        }
        read(in, header.answers, answers);
        read(in, header.authorities, authorities);
        read(in, header.additionals, additionals);
        EXPECT_TRUE(in.finished());
    }
    static void read(base::Reader& in, unsigned count, std::vector<Record>& to)
    {
        for (unsigned i = 0; i < count && in.ok(); ++i) {
            Record record;
            record.is_compressed = in.left() != 0 && (in.whole()[in.position()] & 0xC0) == 0xC0;
            record.owner = Name::read(in).to_text();
            record.type = in.u16();
            record.klass = in.u16();
            record.ttl = in.u32();
            const Bytes data = in.take(in.u16());
            record.data.assign(data.begin(), data.end());
            to.push_back(record);
        }
    }
    Rcode rcode() const { return static_cast<Rcode>(header.flags & 0xF); }
    bool has(std::uint16_t flag) const { return (header.flags & flag) != 0; }

    std::size_t size;
    dns::Header header;
    Octets question;
    std::vector<Record> answers;
    std::vector<Record> authorities;
    std::vector<Record> additionals;
};

constexpr std::uint16_t qr = 0x8000;
constexpr std::uint16_t aa = 0x0400;
constexpr std::uint16_t tc = 0x0200;
constexpr std::uint16_t rd = 0x0100;

const Octets home4 = {192, 0, 2, 1};
const Octets home6 = {0x20, 1, 0xD, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

class AnswerTest : public testing::Test
{
protected:
    AnswerTest() { build(); }

    void build(ipc::AnyPolicy any = ipc::AnyPolicy::minimal)
    {
        ipc::ResponderSetup setup;
        setup.apex = name("example.org");
        setup.name_servers = {name("ns1.example.net"), name("ns2.example.net")};
        setup.mailbox = name("host\\.master.example.org");
        setup.any = any;
        zone_.emplace(setup);
        zone_->add_host({name("home.example.org"), 60, {{1, home4}, {28, home6}}});
        zone_->add_host({name("printer.lab.example.org"), 300, {{1, {192, 0, 2, 2}}}});
        zone_->add_host({name("empty.example.org"), 60, {}});
        ipc::HostSetup big{name("big.example.org"), 60, {}};
        for (std::uint8_t i = 0; i < 80; ++i) {
            big.records.push_back({1, {10, 0, 0, i}});
        }
        zone_->add_host(big);
        zone_->set_serial(2026);
    }

    /// nullopt: no reply.
    std::optional<Octets> exchange(const Octets& message, Transport transport = Transport::udp)
    {
        const auto query = dns::read_query(message);
        if (!query) {
            return std::nullopt;
        }
        Octets room(transport == Transport::udp ? 1232 : 65535);
        last_ = zone::answer(*zone_, *query, transport, room);
        return Octets{last_.message.begin(), last_.message.end()};
    }
    Reply reply(const Message& message, Transport transport = Transport::udp)
    {
        const auto octets = exchange(message.octets(), transport);
        EXPECT_TRUE(octets) << "no reply";
        const Reply taken_apart{octets.value_or(Octets(12))};
        EXPECT_EQ(taken_apart.header.id, 0xBEEF);
        EXPECT_TRUE(taken_apart.has(qr));
        EXPECT_EQ(taken_apart.header.flags & 0x00F0, 0) << "RA, Z, AD, CD";
        return taken_apart;
    }
    /// Rcode of the reply, or nothing.
    std::optional<Rcode> rcode(const Octets& message)
    {
        const auto octets = exchange(message);
        return octets ? std::optional{Reply{*octets}.rcode()} : std::nullopt;
    }
    void expect_soa(const Reply& reply)
    {
        ASSERT_EQ(reply.authorities.size(), 1U);
        EXPECT_EQ(reply.authorities[0].type, 6);
        EXPECT_EQ(name(reply.authorities[0].owner), name("example.org"));
        EXPECT_EQ(reply.authorities[0].ttl, 600U);
    }
    void expect_nxdomain(Bytes owner)
    {
        Message message;
        message.question(owner, 1);
        const Reply got = reply(message);
        EXPECT_EQ(got.rcode(), Rcode::nxdomain);
        EXPECT_TRUE(got.has(aa));
        EXPECT_EQ(got.question, Octets(message.octets().begin() + 12, message.octets().end()));
        expect_soa(got);
    }
    void expect_nodata(std::string_view owner, Type type)
    {
        const Reply got = reply(ask(owner, type));
        EXPECT_EQ(got.rcode(), Rcode::noerror);
        EXPECT_TRUE(got.has(aa));
        EXPECT_TRUE(got.answers.empty());
        EXPECT_TRUE(last_.empty);
        expect_soa(got);
    }
    void expect_refused(const Message& message)
    {
        const Reply got = reply(message);
        EXPECT_EQ(got.rcode(), Rcode::refused);
        EXPECT_FALSE(got.has(aa));
        EXPECT_EQ(got.answers.size() + got.authorities.size(), 0U);
    }
    void expect_error(const Message& message, Rcode error)
    {
        const Reply got = reply(message);
        EXPECT_EQ(got.rcode(), error);
        EXPECT_FALSE(got.has(aa));
        EXPECT_EQ(got.answers.size() + got.authorities.size(), 0U);
    }

    std::optional<zone::Zone> zone_;
    zone::Reply last_;
};

// basic-a: RFC 1035 section 4.1, octet for octet
TEST_F(AnswerTest, BasicA)
{
    const Message query = ask("home.example.org", Type::a);
    Octets expected = query.octets();
    expected[2] = 0x85; // QR, AA, RD
    expected[3] = 0x00;
    expected[7] = 1;
    for (const std::uint8_t octet : Octets{0xC0, 0x0C, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1}) {
        expected.push_back(octet);
    }
    EXPECT_EQ(exchange(query.octets()), expected);
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

// rd-copied: RFC 1035 section 4.1.1
TEST_F(AnswerTest, RdCopied)
{
    EXPECT_TRUE(reply(ask("home.example.org", Type::a)).has(rd));
    EXPECT_FALSE(reply(Message{0}.question("home.example.org", Type::a)).has(rd));
}

// z-bit, ad-clear, cd-clear, aa-tc-ra-in-query: RFC 6895 section 2.1, RFC 6840 section 5.8, RFC 8906
TEST_F(AnswerTest, FlagsOfTheQueryThatMeanNothing)
{
    for (const std::uint16_t flag : Numbers{0x0040, 0x0020, 0x0010, 0x0400, 0x0200, 0x0080, 0x06F0}) {
        const Reply got = reply(Message{flag}.question("home.example.org", Type::a));
        EXPECT_EQ(got.rcode(), Rcode::noerror);
        EXPECT_EQ(got.answers.size(), 1U);
        EXPECT_EQ(got.header.flags, qr | aa) << flag;
    }
}

// qr-set-dropped: RFC 1035 section 4.1.1, RFC 5358
TEST_F(AnswerTest, QrSetDropped)
{
    for (const std::uint16_t flags : Numbers{0x8000, 0xFFFF, 0xA800}) {
        EXPECT_FALSE(exchange(Message{flags}.question("home.example.org", Type::a).octets()));
    }
}

// case-0x20: RFC 4343
TEST_F(AnswerTest, Case0x20)
{
    const Message query = ask("hOMe.EXamplE.Org", Type::a);
    const Reply got = reply(query);
    EXPECT_EQ(got.question, Octets(query.octets().begin() + 12, query.octets().end()));
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
    EXPECT_EQ(in.u32(), 600U);    // minimum
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
    expect_nodata("empty.example.org", Type::a);
}

// nodata-unknown-type, nodata-https, qtype-rrsig: RFC 3597, RFC 8906 section 3.1.2, RFC 9460
TEST_F(AnswerTest, NodataUnknownType)
{
    for (const std::uint16_t type : Numbers{1234, 65, 46, 65535}) {
        expect_nodata("home.example.org", Type{type});
    }
}

// qtype-0, qtype-41, qtype-249, qtype-250, qtype-253, qtype-254: ours to choose
TEST_F(AnswerTest, NodataForTypesOfNoData)
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
    EXPECT_EQ(tail.u32(), 600U);
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
TEST_F(AnswerTest, LabelsThatAreNoHostNames)
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
    // three labels of 63, one of 49, and 13 octets of example.org
    const std::string longest =
        label + "." + label + "." + label + "." + std::string(49, 'b') + ".example.org";
    ASSERT_EQ(name(longest).wire().size(), 255U);
    expect_nxdomain(name(longest).wire());
    Octets too_long{1, 'x'};
    const Bytes wire = name(longest).wire();
    too_long.insert(too_long.end(), wire.begin(), wire.end());
    too_long.erase(too_long.begin() + 2 + 64 * 3 + 1); // 256 octets: one letter less of the fourth label
    too_long[2 + 64 * 3] = 48;
    ASSERT_EQ(too_long.size(), 256U);
    EXPECT_EQ(rcode(Message{}.question(too_long, 1).octets()), Rcode::formerr);
}

// refused-outside, refused-aa, refused-parent, refused-root, suffix-boundary: RFC 8906 section 3.1.1
TEST_F(AnswerTest, RefusedOutside)
{
    for (const char* text : {"www.example.com", "org", ".", "xexample.org", "home.example.org.net"}) {
        expect_refused(ask(text, Type::a));
    }
    expect_refused(ask(".", Type::ns));
}

// a name whose octets end like the zone's, but not at a label boundary
TEST_F(AnswerTest, SuffixBoundary)
{
    const Octets inside{12, 'x', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 3, 'o', 'r', 3, 'o', 'r', 'g', 0};
    expect_refused(Message{}.question(inside, 1));
    // one label that contains the zone's wire octets
    Octets label{20,  'a', 'b', 'c', 'd', 'e', 'f', 'g', 7,   'e', 'x',
                 'a', 'm', 'p', 'l', 'e', 3,   'o', 'r', 'g', 'z', 0};
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

// opcode-iquery, opcode-status, opcode-3, opcode-notify, opcode-update, opcode-dso: RFC 3425, RFC 8906
TEST_F(AnswerTest, OtherOpcodes)
{
    for (unsigned opcode = 1; opcode < 16; ++opcode) {
        const auto flags = static_cast<std::uint16_t>(opcode << 11);
        expect_error(std::move(Message{flags}.question("example.org", Type::soa)), Rcode::notimp);
        const Reply header_only = reply(Message{flags});
        EXPECT_EQ(header_only.rcode(), Rcode::notimp);
        EXPECT_EQ(header_only.header.flags, qr | flags | 4);
        // what its sections mean is not known, so nothing is FORMERR
        EXPECT_EQ(reply(Message{flags}.count(4, 7).raw(Octets{0xFF, 0xFF})).rcode(), Rcode::notimp);
    }
}

// opcode-15-flags, opcode-15-rd-tc: RFC 8906 section 8.1.4
TEST_F(AnswerTest, Opcode15Flags)
{
    EXPECT_EQ(reply(Message{0x7FF0}.question("home.example.org", Type::a)).header.flags, 0xF804);
}

// notimp-opt: RFC 6891 section 6.1.1
TEST_F(AnswerTest, NotimpOpt)
{
    const Reply got = reply(Message{0x7800}.question("home.example.org", Type::a).opt());
    EXPECT_EQ(got.rcode(), Rcode::notimp);
    ASSERT_EQ(got.additionals.size(), 1U);
    EXPECT_EQ(got.additionals[0].type, 41);
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
    expect_refused(ask("example.org", Type::ixfr).record(2, name("example.org").wire(), 6, 1, 0, Octets(22)));
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

// qdcount-0, qdcount-2, qdcount-65535: RFC 9619
TEST_F(AnswerTest, NumberOfQuestions)
{
    expect_error(Message{}, Rcode::formerr);
    Message two;
    two.question("home.example.org", Type::a).question("home.example.org", Type::aaaa).opt();
    expect_error(two, Rcode::formerr);
    EXPECT_EQ(reply(two).header.questions, 0);
    EXPECT_EQ(reply(two).additionals.size(), 1U);
    expect_error(ask("home.example.org", Type::a).count(4, 65534), Rcode::formerr);
}

// answer-in-query: robustness
TEST_F(AnswerTest, RecordsInAQueryAreIgnored)
{
    const Octets owner{0xC0, 0x0C};
    const Reply got = reply(ask("home.example.org", Type::a)
                                .record(1, owner, 1, 1, 60, {6, 6, 6, 6})
                                .record(2, owner, 1, 1, 60, {6, 6, 6, 6})
                                .opt());
    ASSERT_EQ(got.answers.size(), 1U);
    EXPECT_EQ(got.answers[0].data, home4);
    EXPECT_EQ(got.additionals.size(), 1U);
}

// additional-compressed-owner, additional-compressed-parsed: RFC 1035 section 4.1.4
TEST_F(AnswerTest, AdditionalCompressedOwner)
{
    const Reply got =
        reply(ask("home.example.org", Type::a).record(3, Octets{0xC0, 0x0C}, 1, 1, 60, {1, 2, 3, 4}).opt());
    EXPECT_EQ(got.answers.size(), 1U);
    EXPECT_EQ(got.additionals.size(), 1U);
    Octets label_and_pointer{1, 'x', 0xC0, 0x0C};
    EXPECT_EQ(
        reply(ask("home.example.org", Type::a).record(3, label_and_pointer, 1, 1, 60, {}).opt()).rcode(),
        Rcode::noerror);
}

TEST_F(AnswerTest, ARecordsOwnerThatPointsToItselfOrForward)
{
    const auto self = static_cast<std::uint8_t>(ask("home.example.org", Type::a).octets().size());
    for (const Octets& owner :
         {Octets{0xC0, self}, Octets{0xFF, 0xFF}, Octets{1, 'x', 0xC0, self}, Octets{0x40, 0x00}}) {
        expect_error(ask("home.example.org", Type::a).record(3, owner, 1, 1, 60, {}), Rcode::formerr);
    }
}

// edns0, edns-size-advertised: RFC 6891 section 6.1.1; octet for octet
TEST_F(AnswerTest, Edns0)
{
    const auto octets = exchange(ask("home.example.org", Type::a).opt().octets());
    ASSERT_TRUE(octets);
    const Octets tail(octets->end() - 11, octets->end());
    EXPECT_EQ(tail, (Octets{0, 0, 41, 0x04, 0xD0, 0, 0, 0, 0, 0, 0}));
    EXPECT_EQ((*octets)[11], 1);
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
        // options of an unknown version may look like anything
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
    expect_error(ask("home.example.org", Type::a).record(3, Octets{0xC0, 0x0C}, 41, 4096, 0, {}),
                 Rcode::formerr);
}

// edns-opt-in-answer: RFC 6891 section 6.1.1
TEST_F(AnswerTest, EdnsOptInAnswer)
{
    for (const int section : {1, 2}) {
        const Message query = ask("home.example.org", Type::a).record(section, Octets{0}, 41, 4096, 0, {});
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
    for (const std::uint8_t code : Octets{3, 8, 11, 12, 100, 255}) {
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
    for (const Octets& options : {Octets{0, 100, 0, 3, 1, 2}, Octets{0, 100, 0}, Octets{0, 100, 0, 0, 1}}) {
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
    const Reply got = reply(ask("big.example.org", Type::a).opt(4096)); // 80 records are 1280 octets
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

// The limit is met exactly: an RRset that ends at the last octet goes, one octet more does not.
TEST_F(AnswerTest, AReplyMayFillItsLimitToTheLastOctet)
{
    for (const int excess : {0, 1}) {
        const std::size_t fixed = 12 + name("fill.example.org").wire().size() + 4 + 12 + 11;
        const Octets data(1232 - fixed + static_cast<std::size_t>(excess));
        build();
        zone_->add_host({name("fill.example.org"), 60, {{16, data}}});
        const Reply got = reply(ask("fill.example.org", Type{16}).opt(1232));
        EXPECT_EQ(got.has(tc), excess == 1);
        EXPECT_EQ(got.answers.size(), excess == 1 ? 0U : 1U);
        EXPECT_EQ(got.additionals.size(), 1U);
        EXPECT_EQ(got.size == 1232, excess == 0);
    }
}

// RFC 2181 section 9: an RRset that does not fit is left out whole, others stay
TEST_F(AnswerTest, WholeRrsetsGoOrStay)
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

// RFC 2308 section 5: a negative answer without its SOA can not be kept, so it is truncated
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

// short-header, short-header-dropped, empty-datagram: RFC 1035 section 4.1.1
TEST_F(AnswerTest, ShortHeader)
{
    const Octets whole = ask("home.example.org", Type::a).octets();
    for (std::size_t size = 0; size < 12; ++size) {
        EXPECT_FALSE(exchange(Octets(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))));
    }
}

// header-only-qd1, qname-cut, question-cut: every way to cut a query short
TEST_F(AnswerTest, CutQueries)
{
    const Octets whole = ask("home.example.org", Type::a).octets();
    for (std::size_t size = 12; size < whole.size(); ++size) {
        const Octets cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        EXPECT_EQ(rcode(cut), Rcode::formerr) << size;
        EXPECT_EQ(exchange(cut)->size(), 12U);
    }
}

// formerr-header: RFC 1035 section 4.1.1
TEST_F(AnswerTest, FormerrHeader)
{
    const Reply got = reply(Message{0x07F0}.count(4, 1));
    EXPECT_EQ(got.header.flags, qr | rd | 1);
}

// pointer-loop, pointer-forward, pointer-into-header, label-type-01, label-type-10: RFC 1035 section 4.1.4
TEST_F(AnswerTest, NamesThatAreMalformed)
{
    for (const Octets& owner : {Octets{0xC0, 0x0C}, Octets{0xC0, 0xFF}, Octets{1, 'a', 0xC0, 0x04},
                                Octets{0x41, 'a', 0}, Octets{0x81, 'a', 0}}) {
        EXPECT_EQ(rcode(Message{}.question(owner, 1).octets()), Rcode::formerr);
    }
}

// arcount-lie, opt-rdlen-overrun: RFC 1035 section 4.1.1
TEST_F(AnswerTest, CountsAndLengthsThatLie)
{
    for (const std::size_t section : {6U, 8U, 10U}) {
        expect_error(ask("home.example.org", Type::a).count(section, 1), Rcode::formerr);
    }
    Message query = ask("home.example.org", Type::a);
    query.raw(Octets{0, 0, 41, 4, 0xD0, 0, 0, 0, 0, 0, 9, 1}).count(10, 1);
    expect_error(query, Rcode::formerr);
}

// trailing-garbage: ours to choose: answered, as BIND and the predecessor do
TEST_F(AnswerTest, TrailingGarbage)
{
    EXPECT_EQ(reply(ask("home.example.org", Type::a).raw(Octets{1, 2, 3})).answers.size(), 1U);
}

// tsig-unknown-key: RFC 8945 section 5.2.1
TEST_F(AnswerTest, TsigUnknownKey)
{
    const Octets tsig(20);
    expect_error(ask("home.example.org", Type::a).opt().record(3, name("key").wire(), 250, 255, 0, tsig),
                 Rcode::notimp);
    // not the last record: RFC 8945 section 5.1
    expect_error(ask("home.example.org", Type::a).record(3, name("key").wire(), 250, 255, 0, tsig).opt(),
                 Rcode::formerr);
}

// What rate limiting sends: RFC 1035 section 4.1.1, no records
TEST_F(AnswerTest, ATruncatedAnswerHasNoRecordsAndKeepsItsOpt)
{
    const Octets message = ask("home.example.org", Type::a).opt().octets();
    const auto query = dns::read_query(message);
    Octets room(1232);
    const zone::Reply got = zone::truncated_answer(*query, room);
    const Reply taken_apart{got.message};
    EXPECT_TRUE(taken_apart.has(tc));
    EXPECT_TRUE(got.truncated);
    EXPECT_TRUE(taken_apart.answers.empty());
    EXPECT_EQ(taken_apart.header.questions, 1);
    EXPECT_EQ(taken_apart.additionals.size(), 1U);
}

} // namespace
