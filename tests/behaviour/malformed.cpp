// Messages that are incomplete, have wrong counts or lengths, or invalid pointers.
#include <random>

#include "tests/behaviour/fixture.h"

namespace behaviour
{

namespace
{

ByteVector first(const ByteVector& bytes, std::size_t size)
{
    return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)};
}

/// A query for the A records of a name in wire form.
ByteVector query_of(const ByteVector& name)
{
    return Message{}.question(name, type::a).bytes();
}

/// Random bytes, or a valid query with some bytes changed, cut off or doubled.
ByteVector hostile(std::mt19937& random)
{
    const auto below = [&](std::size_t end) { return random() % end; };
    ByteVector bytes = ask("host.dyn.example.org", type::a)
                           .opt(1232, 0, edns_option(option::cookie, ByteVector(16, 7)))
                           .bytes();
    switch (below(3)) {
    case 0:
        bytes.resize(below(600));
        std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<std::uint8_t>(random()); });
        break;
    case 1:
        bytes.resize(below(bytes.size() + 1));
        break;
    default:
        bytes.insert(bytes.end(), bytes.begin() + 12, bytes.end());
        break;
    }
    for (std::size_t i = below(5); i != 0 && !bytes.empty(); --i) {
        bytes[below(bytes.size())] = static_cast<std::uint8_t>(random());
    }
    return bytes;
}

} // namespace

class Malformed : public Behaviour
{
protected:
    static void expect_formerr(const ByteVector& message)
    {
        const auto reply = exchange(message);
        ASSERT_TRUE(reply) << "no reply";
        expect_error(*reply, rcode::formerr);
        EXPECT_TRUE(reply->question.empty());
    }
};

// short-header: RFC 1035 4.1.1
TEST_F(Malformed, ShortHeader)
{
    for (std::size_t size = 1; size < 12; ++size) {
        exchange(ByteVector(size, 0)); // fails if the server does not answer afterwards
        exchange(first(query_of(apex), size));
    }
}

// short-header-dropped: common practice
TEST_F(Malformed, ShortHeaderDropped)
{
    for (std::size_t size = 1; size < 12; ++size) {
        EXPECT_FALSE(exchange(first(query_of(apex), size))) << size;
    }
}

// empty-datagram: robustness
TEST_F(Malformed, EmptyDatagram)
{
    EXPECT_FALSE(exchange({}));
}

// header-only-qd1: RFC 1035 4.1.1, RFC 8906
TEST_F(Malformed, HeaderOnlyQd1)
{
    expect_formerr(Message{}.count(4, 1).bytes());
}

// qname-cut: RFC 1035 4.1.2, RFC 8906
TEST_F(Malformed, QnameCut)
{
    for (std::size_t size = 13; size < 12 + apex.size(); ++size) {
        expect_formerr(first(query_of(apex), size));
    }
}

// question-cut: RFC 1035 4.1.2, RFC 8906
TEST_F(Malformed, QuestionCut)
{
    for (std::size_t size = 12 + apex.size(); size < 12 + apex.size() + 4; ++size) {
        expect_formerr(first(query_of(apex), size));
    }
}

// formerr-header: RFC 1035 4.1.1
TEST_F(Malformed, FormerrHeader)
{
    const auto with_rd = exchange(Message{0x07F0, 0x1234}.count(4, 1).bytes());
    ASSERT_TRUE(with_rd);
    EXPECT_EQ(with_rd->rcode, rcode::formerr);
    EXPECT_EQ(with_rd->id, 0x1234);
    EXPECT_EQ(with_rd->flags, 0x8100);
    const auto without = exchange(Message{0x06F0, 0x1234}.count(4, 1).bytes());
    ASSERT_TRUE(without);
    EXPECT_EQ(without->flags, 0x8000);
}

// pointer-loop: RFC 1035 4.1.4, RFC 9267 2
TEST_F(Malformed, PointerLoop)
{
    expect_formerr(query_of({0xC0, 12}));
    expect_formerr(query_of({1, 'a', 0xC0, 12}));
    expect_formerr(query_of({0xC0, 14, 0xC0, 12}));
}

// pointer-forward: RFC 1035 4.1.4, RFC 9267 2
TEST_F(Malformed, PointerForward)
{
    expect_formerr(query_of({0xC0, 0xFF}));
    expect_formerr(query_of({0xFF, 0xFF}));
    expect_formerr(query_of({0xC0, 18}));
}

// pointer-into-header: RFC 1035 4.1.4, RFC 9267 2
TEST_F(Malformed, PointerIntoHeader)
{
    for (std::uint8_t offset = 0; offset < 12; ++offset) {
        expect_formerr(query_of({1, 'a', 0xC0, offset}));
    }
}

// label-type-01: RFC 6891 5, RFC 1035 4.1.4
TEST_F(Malformed, LabelType01)
{
    expect_formerr(query_of(join({{0x41, 'a'}, apex})));
    expect_formerr(query_of(join({{0x40}, apex})));
    expect_formerr(query_of(join({{0x7F}, ByteVector(127, 'a'), apex})));
}

// label-type-10: RFC 1035 4.1.4
TEST_F(Malformed, LabelType10)
{
    expect_formerr(query_of(join({{0x81, 'a'}, apex})));
    expect_formerr(query_of(join({{0x80}, apex})));
    expect_formerr(query_of(join({{0xBF}, ByteVector(191, 'a'), apex})));
}

// opt-rdlen-overrun: RFC 6891 6.1.2
TEST_F(Malformed, OptRdlenOverrun)
{
    const Message query = ask("host.dyn.example.org", type::a);
    for (const ByteVector& rest : {ByteVector{0, 1}, ByteVector{0, 9, 1}, ByteVector{0xFF, 0xFF, 1, 2}}) {
        const ByteVector opt = join({{0, 0, 41, 16, 0, 0, 0, 0, 0}, rest});
        const auto reply = exchange(Message{query}.raw(opt).count(10, 1).bytes());
        ASSERT_TRUE(reply);
        expect_error(*reply, rcode::formerr);
    }
}

// trailing-garbage: robustness (no RFC text); our choice: answered
TEST_F(Malformed, TrailingGarbage)
{
    expect_host_address(udp(ask("host.dyn.example.org", type::a).raw({1, 2, 3})));
    expect_host_address(udp(ask("host.dyn.example.org", type::a).opt().raw(ByteVector(400, 0xFF))));
}

// fuzz-alive: robustness, RFC 9267
TEST_F(Malformed, FuzzAlive)
{
    std::mt19937 random{9267}; // the same numbers in each run
    for (int i = 0; i < 400; ++i) {
        const ByteVector message = hostile(random);
        const auto reply = relaxed().exchange(message, 1232); // checks that a reply is well formed
        const bool is_answer = message.size() < 12 || (message[2] & 0x80) != 0;
        EXPECT_NE(reply.has_value(), is_answer) << testing::PrintToString(message);
    }
    expect_host_address(udp(ask("host.dyn.example.org", type::a)));
}

} // namespace behaviour
