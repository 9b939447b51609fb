// DNS cookies: RFC 7873, RFC 9018.
#include <chrono>

#include "tests/behaviour/fixture.h"

namespace behaviour
{

namespace
{

const ByteVector client_cookie = {0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88};
const ByteVector other_client_cookie = {0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11};

Message host_with(const ByteVector& cookie)
{
    return ask("host.dyn.example.org", type::a).opt(1232, 0, edns_option(option::cookie, cookie));
}

ByteVector part(const ByteVector& bytes, std::size_t from, std::size_t size)
{
    const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(from);
    return {begin, begin + static_cast<std::ptrdiff_t>(size)};
}

std::uint32_t seconds_since_1970()
{
    return static_cast<std::uint32_t>(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()));
}

} // namespace

class Cookies : public Behaviour
{
protected:
    /// The whole cookie of a reply: 24 bytes, which start with the client's part.
    static ByteVector cookie_of(const Reply& reply, const ByteVector& own = client_cookie)
    {
        EXPECT_TRUE(reply.opt);
        EXPECT_TRUE(reply.opt && reply.opt->number_of(option::cookie) == 1);
        const ByteVector cookie = reply.find_option(option::cookie).value_or(ByteVector{});
        EXPECT_EQ(cookie.size(), 24U);
        EXPECT_TRUE(cookie.size() >= 8 && part(cookie, 0, 8) == own);
        return cookie.size() == 24 ? cookie : ByteVector(24);
    }
    /// A cookie that the server made for this client.
    static ByteVector learn(const Server& server, const Ends& ends = {},
                            const ByteVector& own = client_cookie)
    {
        return cookie_of(server.udp(host_with(own), ends), own);
    }
    /// The server's hashes for two clients in the same second.
    static std::pair<ByteVector, ByteVector> hashes(const Ends& ends, const ByteVector& own)
    {
        ByteVector one;
        ByteVector other;
        do { // a second turn if a second has just passed
            one = learn(relaxed());
            other = learn(relaxed(), ends, own);
        } while (part(one, 12, 4) != part(other, 12, 4) && !HasFailure());
        return {part(one, 16, 8), part(other, 16, 8)};
    }
    static void expect_formerr(std::size_t size)
    {
        for (const Server* server : {&relaxed(), &strict()}) {
            const Reply reply = server->udp(host_with(ByteVector(size, 1)));
            expect_error(reply, rcode::formerr);
            ASSERT_TRUE(reply.opt);
            EXPECT_EQ(reply.opt->number_of(option::cookie), 0U);
        }
    }
    static void expect_badcookie(const Reply& reply)
    {
        expect_error(reply, rcode::badcookie);
        cookie_of(reply);
    }
};

// cookie-client-only: RFC 7873 5.2.3
TEST_F(Cookies, CookieClientOnly)
{
    const Reply reply = udp(host_with(client_cookie));
    expect_host_address(reply);
    cookie_of(reply);
    expect_badcookie(strict().udp(host_with(client_cookie)));
}

// cookie-client-only-answered: RFC 7873 5.2.3
TEST_F(Cookies, CookieClientOnlyAnswered)
{
    expect_host_address(udp(host_with(client_cookie)));
}

// cookie-badcookie-no-answer: RFC 7873 5.2.3
TEST_F(Cookies, CookieBadcookieNoAnswer)
{
    const Reply reply = strict().udp(host_with(client_cookie));
    EXPECT_EQ(reply.rcode, rcode::badcookie);
    EXPECT_EQ(reply.answers.size(), 0U);
    EXPECT_EQ(reply.authorities.size(), 0U);
    EXPECT_EQ(reply.additionals.size(), 0U);
}

// badcookie-aa: RFC 1035 4.1.1
TEST_F(Cookies, BadcookieAa)
{
    const Reply reply = strict().udp(host_with(client_cookie));
    EXPECT_EQ(reply.rcode, rcode::badcookie);
    EXPECT_EQ(reply.flags, 0x8100);
}

// cookie-interoperable: RFC 9018 4
TEST_F(Cookies, CookieInteroperable)
{
    const std::uint32_t before = seconds_since_1970();
    const ByteVector server_cookie = part(learn(relaxed()), 8, 16);
    const std::uint32_t after = seconds_since_1970();
    EXPECT_EQ(part(server_cookie, 0, 4), (ByteVector{1, 0, 0, 0}));
    std::uint32_t made = 0;
    for (const std::uint8_t byte : part(server_cookie, 4, 4)) {
        made = made << 8 | byte;
    }
    EXPECT_GE(made, before);
    EXPECT_LE(made, after);
}

// cookie-accepted: RFC 7873 5.2.5
TEST_F(Cookies, CookieAccepted)
{
    for (const Server* server : {&relaxed(), &strict()}) {
        const Reply reply = server->udp(host_with(learn(*server)));
        expect_host_address(reply);
        cookie_of(reply);
    }
}

// cookie-wrong: RFC 7873 5.2.4
TEST_F(Cookies, CookieWrong)
{
    for (const std::size_t size : {8U, 16U, 24U, 32U}) {
        const ByteVector wrong = join({client_cookie, ByteVector(size, 0xA5)});
        const Reply reply = udp(host_with(wrong));
        expect_host_address(reply);
        EXPECT_NE(cookie_of(reply), wrong);
        expect_badcookie(strict().udp(host_with(wrong)));
    }
    for (std::size_t byte = 0; byte < 24; ++byte) { // a change of any byte
        ByteVector nearly = learn(strict());
        nearly[byte] ^= 1;
        EXPECT_EQ(strict().udp(host_with(nearly)).rcode, rcode::badcookie) << byte;
    }
}

// cookie-per-client-cookie: RFC 7873 6, RFC 9018 4.4
TEST_F(Cookies, CookiePerClientCookie)
{
    const auto [one, other] = hashes({}, other_client_cookie);
    EXPECT_NE(one, other);
}

// cookie-per-address: RFC 7873 6, RFC 9018 4.4
TEST_F(Cookies, CookiePerAddress)
{
    const auto [one, other] = hashes({"127.0.0.2", "127.0.0.1"}, client_cookie);
    EXPECT_NE(one, other);
    const auto [same, again] = hashes({}, client_cookie);
    EXPECT_EQ(same, again);
}

// cookie-stolen-refused: RFC 7873 5.2.4
TEST_F(Cookies, CookieStolenRefused)
{
    const ByteVector cookie = learn(strict(), {"127.0.0.1", "127.0.0.1"});
    expect_badcookie(strict().udp(host_with(cookie), {"127.0.0.2", "127.0.0.1"}));
    expect_host_address(strict().udp(host_with(cookie), {"127.0.0.1", "127.0.0.1"}));
    // a cookie of another server
    expect_badcookie(strict().udp(host_with(learn(relaxed()))));
}

// cookie-tcp: RFC 7873 5.2.3
TEST_F(Cookies, CookieTcp)
{
    for (const Server* server : {&relaxed(), &strict()}) {
        const Reply reply = server->tcp(host_with(client_cookie));
        expect_host_address(reply);
        cookie_of(reply);
    }
}

// cookie-length-0: RFC 7873 5.2.2
TEST_F(Cookies, CookieLength0)
{
    expect_formerr(0);
}

// cookie-length-1: RFC 7873 5.2.2
TEST_F(Cookies, CookieLength1)
{
    expect_formerr(1);
}

// cookie-length-7: RFC 7873 5.2.2
TEST_F(Cookies, CookieLength7)
{
    expect_formerr(7);
}

// cookie-length-9: RFC 7873 5.2.2
TEST_F(Cookies, CookieLength9)
{
    expect_formerr(9);
}

// cookie-length-15: RFC 7873 5.2.2
TEST_F(Cookies, CookieLength15)
{
    expect_formerr(15);
}

// cookie-length-41: RFC 7873 5.2.2
TEST_F(Cookies, CookieLength41)
{
    expect_formerr(41);
}

// cookie-length-40: RFC 7873 4, 5.2.4
TEST_F(Cookies, CookieLength40)
{
    const ByteVector longest = join({client_cookie, ByteVector(32, 1)});
    const Reply reply = udp(host_with(longest));
    expect_host_address(reply);
    cookie_of(reply);
    expect_badcookie(strict().udp(host_with(longest)));
}

// cookie-twice: RFC 7873 5.2
TEST_F(Cookies, CookieTwice)
{
    const ByteVector good = edns_option(option::cookie, client_cookie);
    // for every form of the second one
    for (const ByteVector& second : {other_client_cookie, ByteVector(9, 1), ByteVector{}}) {
        const Message query = ask("host.dyn.example.org", type::a)
                                  .opt(1232, 0, join({good, edns_option(option::cookie, second)}));
        const Reply reply = udp(query);
        expect_host_address(reply);
        cookie_of(reply);
    }
}

// cookie-nxdomain: RFC 7873 5.2
TEST_F(Cookies, CookieNxdomain)
{
    const Reply reply =
        udp(ask("nobody.dyn.example.org", type::a).opt(1232, 0, edns_option(option::cookie, client_cookie)));
    expect_negative(reply, rcode::nxdomain);
    cookie_of(reply);
}

} // namespace behaviour
