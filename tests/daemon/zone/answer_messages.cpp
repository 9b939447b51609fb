// Headers, opcodes, sections, and malformed messages.
#include "tests/daemon/zone/answer_fixture.h"

namespace answer_test
{

// rd-copied: RFC 1035 section 4.1.1
TEST_F(AnswerTest, RdCopied)
{
    EXPECT_TRUE(reply(ask("home.example.org", Type::a)).has(rd));
    EXPECT_FALSE(reply(Message{0}.question("home.example.org", Type::a)).has(rd));
}

// z-bit, ad-clear, cd-clear, aa-tc-ra-in-query: RFC 6895 section 2.1, RFC 6840 section 5.8, RFC 8906
TEST_F(AnswerTest, FlagsOfTheQueryThatAreIgnored)
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
        EXPECT_FALSE(exchange(Message{flags}.question("home.example.org", Type::a).bytes()));
    }
}

// opcode-iquery, opcode-status, opcode-3, opcode-notify, opcode-update, opcode-dso: RFC 3425, RFC 8906
TEST_F(AnswerTest, OtherOpcodes)
{
    for (unsigned opcode = 1; opcode < 16; ++opcode) {
        const auto flags = static_cast<std::uint16_t>(opcode << 11);
        expect_error(Message{flags}.question("example.org", Type::soa), Rcode::notimp);
        const Reply header_only = reply(Message{flags});
        EXPECT_EQ(header_only.rcode(), Rcode::notimp);
        EXPECT_EQ(header_only.header.flags, qr | flags | 4);
        // the meaning of its sections is not known, so nothing is FORMERR
        EXPECT_EQ(reply(Message{flags}.count(4, 7).raw(ByteVector{0xFF, 0xFF})).rcode(), Rcode::notimp);
    }
}

// opcode-15-flags, opcode-15-rd-tc: RFC 8906 section 8.1.4
TEST_F(AnswerTest, Opcode15Flags)
{
    EXPECT_EQ(reply(Message{0x7FF0}.question("home.example.org", Type::a)).header.flags, 0xF804);
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
    const ByteVector owner{0xC0, 0x0C};
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
    const Reply got = reply(
        ask("home.example.org", Type::a).record(3, ByteVector{0xC0, 0x0C}, 1, 1, 60, {1, 2, 3, 4}).opt());
    EXPECT_EQ(got.answers.size(), 1U);
    EXPECT_EQ(got.additionals.size(), 1U);
    ByteVector label_and_pointer{1, 'x', 0xC0, 0x0C};
    EXPECT_EQ(
        reply(ask("home.example.org", Type::a).record(3, label_and_pointer, 1, 1, 60, {}).opt()).rcode(),
        Rcode::noerror);
}

TEST_F(AnswerTest, ARecordsOwnerThatPointsToItselfOrForward)
{
    const auto self = static_cast<std::uint8_t>(ask("home.example.org", Type::a).bytes().size());
    for (const ByteVector& owner : {ByteVector{0xC0, self}, ByteVector{0xFF, 0xFF},
                                    ByteVector{1, 'x', 0xC0, self}, ByteVector{0x40, 0x00}}) {
        expect_error(ask("home.example.org", Type::a).record(3, owner, 1, 1, 60, {}), Rcode::formerr);
    }
}

// short-header, short-header-dropped, empty-datagram: RFC 1035 section 4.1.1
TEST_F(AnswerTest, ShortHeader)
{
    const ByteVector whole = ask("home.example.org", Type::a).bytes();
    for (std::size_t size = 0; size < 12; ++size) {
        EXPECT_FALSE(exchange(ByteVector(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))));
    }
}

// header-only-qd1, qname-cut, question-cut: a query cut off at each byte
TEST_F(AnswerTest, CutQueries)
{
    const ByteVector whole = ask("home.example.org", Type::a).bytes();
    for (std::size_t size = 12; size < whole.size(); ++size) {
        const ByteVector cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
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
TEST_F(AnswerTest, MalformedNames)
{
    for (const ByteVector& owner :
         {ByteVector{0xC0, 0x0C}, ByteVector{0xC0, 0xFF}, ByteVector{1, 'a', 0xC0, 0x04},
          ByteVector{0x41, 'a', 0}, ByteVector{0x81, 'a', 0}}) {
        EXPECT_EQ(rcode(Message{}.question(owner, 1).bytes()), Rcode::formerr);
    }
}

// arcount-lie, opt-rdlen-overrun: RFC 1035 section 4.1.1
TEST_F(AnswerTest, WrongCountsAndLengths)
{
    for (const std::size_t section : {6U, 8U, 10U}) {
        expect_error(ask("home.example.org", Type::a).count(section, 1), Rcode::formerr);
    }
    Message query = ask("home.example.org", Type::a);
    query.raw(ByteVector{0, 0, 41, 4, 0xD0, 0, 0, 0, 0, 0, 9, 1}).count(10, 1);
    expect_error(query, Rcode::formerr);
}

// trailing-garbage: not specified, our choice: it is answered, as BIND and the predecessor do
TEST_F(AnswerTest, TrailingGarbage)
{
    EXPECT_EQ(reply(ask("home.example.org", Type::a).raw(ByteVector{1, 2, 3})).answers.size(), 1U);
}

// tsig-unknown-key: RFC 8945 section 5.2.1
TEST_F(AnswerTest, TsigUnknownKey)
{
    const ByteVector tsig(20);
    expect_error(ask("home.example.org", Type::a).opt().record(3, name("key").wire(), 250, 255, 0, tsig),
                 Rcode::notimp);
    // not the last record: RFC 8945 section 5.1
    expect_error(ask("home.example.org", Type::a).record(3, name("key").wire(), 250, 255, 0, tsig).opt(),
                 Rcode::formerr);
}

} // namespace answer_test
