// Counts in the header, and records in a query.
#include "tests/behaviour/fixture.h"

namespace behaviour
{

class Sections : public Behaviour
{
};

// qdcount-0: RFC 9619 3, RFC 7873 5.4
TEST_F(Sections, Qdcount0)
{
    expect_error(udp(Message{}), rcode::formerr);
    const Reply with_opt = udp(Message{}.opt());
    expect_error(with_opt, rcode::formerr);
    EXPECT_TRUE(with_opt.opt);
}

// qdcount-0-cookie: RFC 7873 5.4
TEST_F(Sections, Qdcount0Cookie)
{
    const ByteVector client_cookie{1, 2, 3, 4, 5, 6, 7, 8};
    for (const Server* server : {&relaxed(), &strict()}) {
        const Reply reply = server->udp(Message{}.opt(1232, 0, edns_option(option::cookie, client_cookie)));
        EXPECT_EQ(reply.rcode, rcode::noerror);
        EXPECT_EQ(reply.flags & ~rd, qr);
        EXPECT_TRUE(reply.question.empty());
        EXPECT_EQ(reply.answers.size() + reply.authorities.size() + reply.additionals.size(), 0U);
        const ByteVector cookie = reply.find_option(option::cookie).value_or(ByteVector{});
        ASSERT_EQ(cookie.size(), 24U);
        EXPECT_TRUE(std::equal(client_cookie.begin(), client_cookie.end(), cookie.begin()));
    }
}

// qdcount-2: RFC 9619 4
TEST_F(Sections, Qdcount2)
{
    Message two = ask("host.dyn.example.org", type::a);
    expect_error(udp(two.question(wire("host.dyn.example.org"), type::aaaa)), rcode::formerr);
    expect_error(udp(two.opt()), rcode::formerr);
}

// qdcount-65535: RFC 9619 4
TEST_F(Sections, Qdcount65535)
{
    expect_error(udp(ask("host.dyn.example.org", type::a).count(4, 65534)), rcode::formerr);
}

// answer-in-query: RFC 8906 3.2, robustness
TEST_F(Sections, AnswerInQuery)
{
    // ignored, and answered: some queries have records in these sections, but they mean nothing here
    for (const std::size_t section : {1U, 2U}) {
        expect_host_address(udp(ask("host.dyn.example.org", type::a)
                                    .record(section, {0xC0, 12}, type::a, klass::in, 60, {6, 6, 6, 6})));
    }
}

// additional-compressed-owner: RFC 1035 4.1.4
TEST_F(Sections, AdditionalCompressedOwner)
{
    const Reply reply = udp(ask("host.dyn.example.org", type::a)
                                .record(3, {0xC0, 12}, type::a, klass::in, 60, {6, 6, 6, 6})
                                .opt(4096, std::uint32_t{dnssec_ok}));
    EXPECT_EQ(reply.rcode, rcode::noerror);
    ASSERT_TRUE(reply.opt);
    EXPECT_EQ(reply.opt->flags, dnssec_ok);
}

// additional-compressed-parsed: RFC 1035 4.1.4
TEST_F(Sections, AdditionalCompressedParsed)
{
    for (const ByteVector& owner :
         {ByteVector{0xC0, 12}, ByteVector{1, 'x', 0xC0, 12}, ByteVector{0xC0, 17}}) {
        expect_host_address(udp(ask("host.dyn.example.org", type::a)
                                    .record(3, owner, type::a, klass::in, 60, {6, 6, 6, 6})
                                    .opt()));
    }
}

// arcount-lie: RFC 1035 4.1.1
TEST_F(Sections, ArcountLie)
{
    expect_error(udp(ask("host.dyn.example.org", type::a).count(10, 1)), rcode::formerr);
    expect_error(udp(ask("host.dyn.example.org", type::a).opt().count(10, 1)), rcode::formerr);
}

// tsig-unknown-key: RFC 8945 5.2.1; a signer expects a signed answer, but there are no keys
TEST_F(Sections, TsigUnknownKey)
{
    const ByteVector data = join({wire("hmac-sha256"),
                                  {0, 0, 0x65, 0, 0, 0},
                                  {1, 44},
                                  {0, 32},
                                  ByteVector(32),
                                  {0xBE, 0xEF},
                                  {0, 0},
                                  {0, 0}});
    const Message query = ask("host.dyn.example.org", type::a)
                              .record(3, wire("key.example.org"), type::tsig, klass::any, 0, data);
    expect_error(udp(query), rcode::notimp);
    expect_error(tcp(query), rcode::notimp);
}

} // namespace behaviour
