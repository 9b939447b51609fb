// Cookies, the rate limit and options of replies, without sockets. RFC 7873, RFC 9018.
#include "daemon/responder/answerer.h"

#include <gtest/gtest.h>

#include "proto/dns/header.h"

namespace
{

using ByteVector = std::vector<std::uint8_t>;

const ByteVector client_cookie{1, 2, 3, 4, 5, 6, 7, 8};

zone::Zone small_zone()
{
    ipc::ResponderSetup setup;
    setup.apex = *dns::Name::from_text("example.org");
    setup.name_servers = {*dns::Name::from_text("ns.example.net")};
    setup.mailbox = setup.apex;
    zone::Zone zone{setup};
    zone.add_host({*dns::Name::from_text("home.example.org"), 60, {{1, {192, 0, 2, 1}}}});
    return zone;
}

/// A TXT record of 1,025 bytes at home.example.org.
zone::Zone zone_with_long_text()
{
    ipc::ResponderSetup setup;
    setup.apex = *dns::Name::from_text("example.org");
    setup.name_servers = {*dns::Name::from_text("ns.example.net")};
    setup.mailbox = setup.apex;
    zone::Zone zone{setup};
    ByteVector text;
    for (int i = 0; i < 4; ++i) {
        text.push_back(255);
        text.resize(text.size() + 255, 'x');
    }
    zone.add_host({*dns::Name::from_text("home.example.org"), 60, {{16, text}}});
    zone.complete();
    return zone;
}

struct Answer {
    bool sent = false;
    unsigned rcode = 0; ///< all twelve bits
    unsigned flags = 0;
    unsigned answers = 0;
    std::vector<std::pair<unsigned, ByteVector>> options;

    const ByteVector* option(unsigned code) const
    {
        for (const auto& [found, data] : options) {
            if (found == code) {
                return &data;
            }
        }
        return nullptr;
    }
};

/// Parses a reply that has the question and at most plain records, with OPT last.
Answer read(base::Bytes reply)
{
    Answer answer;
    if (reply.empty()) {
        return answer;
    }
    answer.sent = true;
    base::Reader in{reply};
    const dns::Header header = dns::Header::read(in);
    answer.flags = header.flags;
    answer.rcode = header.flags & 0xFU;
    answer.answers = header.answers;
    for (unsigned i = 0; i < header.questions; ++i) {
        dns::Name::skip(in);
        in.u32();
    }
    const unsigned records = unsigned{header.answers} + header.authorities + header.additionals;
    for (unsigned i = 0; i < records; ++i) {
        dns::Name::skip(in);
        const unsigned type = in.u16();
        in.u16();
        const std::uint32_t ttl = in.u32();
        const base::Bytes data = in.take(in.u16());
        if (type == 41) {
            answer.rcode |= ttl >> 24 << 4;
            EXPECT_TRUE(dns::for_each_option(data, [&](std::uint16_t code, base::Bytes option) {
                answer.options.emplace_back(code, ByteVector(option.begin(), option.end()));
            }));
        }
    }
    EXPECT_TRUE(in.finished());
    return answer;
}

class Answering : public testing::Test
{
protected:
    void configure(ipc::CookiePolicy cookies, std::uint32_t rate_limit = 0)
    {
        const std::vector<base::SipKey> secrets{base::SipKey{9}, base::SipKey{8}};
        answerer_.emplace(small_zone(),
                          responder::Policy{rate_limit, cookies, secrets, "ns1", base::Seconds{3}},
                          base::SipKey{});
    }
    void SetUp() override { configure(ipc::CookiePolicy::relaxed); }

    /// A query for home.example.org A, or one without a question, with these options.
    static ByteVector query(const std::vector<std::pair<unsigned, ByteVector>>& options, bool question = true)
    {
        ByteVector bytes{0, 7, 0, 0, 0, std::uint8_t{question}, 0, 0, 0, 0, 0, 1};
        if (question) {
            const dns::Name name = *dns::Name::from_text("home.example.org");
            bytes.insert(bytes.end(), name.wire().begin(), name.wire().end());
            bytes.insert(bytes.end(), {0, 1, 0, 1});
        }
        ByteVector data;
        for (const auto& [code, option] : options) {
            data.insert(data.end(),
                        {0, static_cast<std::uint8_t>(code), 0, static_cast<std::uint8_t>(option.size())});
            data.insert(data.end(), option.begin(), option.end());
        }
        bytes.insert(bytes.end(), {0, 0, 41, 4, 208, 0, 0, 0, 0, 0, static_cast<std::uint8_t>(data.size())});
        bytes.insert(bytes.end(), data.begin(), data.end());
        return bytes;
    }
    Answer udp(const ByteVector& message, const char* client = "192.0.2.7")
    {
        return read(answerer_->answer_udp({message, false, *base::parse_address(client), {}, now_}, room_));
    }
    Answer tcp(const ByteVector& message)
    {
        return read(
            answerer_->answer_tcp({message, false, *base::parse_address("192.0.2.7"), {}, now_}, room_));
    }
    /// A whole cookie, as the server sends it to this client.
    ByteVector learn(const char* client = "192.0.2.7")
    {
        return *udp(query({{10, client_cookie}}), client).option(10);
    }

    std::optional<responder::Answerer> answerer_;
    dns::CookieTime now_ = 1000000;
    ByteVector room_ = ByteVector(65535);
};

// cookie-client-only-answered, cookie-interoperable
TEST_F(Answering, RelaxedAnswersAClientCookieAndGivesAServerCookie)
{
    const Answer answer = udp(query({{10, client_cookie}}));
    EXPECT_EQ(answer.rcode, 0U);
    EXPECT_EQ(answer.answers, 1U);
    ASSERT_NE(answer.option(10), nullptr);
    const ByteVector& cookie = *answer.option(10);
    ASSERT_EQ(cookie.size(), 24U);
    EXPECT_EQ(ByteVector(cookie.begin(), cookie.begin() + 8), client_cookie);
    EXPECT_EQ(ByteVector(cookie.begin() + 8, cookie.begin() + 16),
              (ByteVector{1, 0, 0, 0, 0, 0x0F, 0x42, 0x40}));
}

// badcookie-aa, cookie-badcookie-no-answer
TEST_F(Answering, StrictSendsBadcookieOverUdpUntilTheCookieComesBack)
{
    configure(ipc::CookiePolicy::strict);
    const Answer first = udp(query({{10, client_cookie}}));
    EXPECT_EQ(first.rcode, 23U);
    EXPECT_EQ(first.answers, 0U);
    EXPECT_EQ(first.flags & 0x0400U, 0U);
    const Answer second = udp(query({{10, *first.option(10)}}));
    EXPECT_EQ(second.rcode, 0U);
    EXPECT_EQ(second.answers, 1U);
    EXPECT_EQ(udp(query({})).rcode, 0U) << "a client without cookie support is answered";
    EXPECT_EQ(tcp(query({{10, client_cookie}})).rcode, 0U) << "cookie-tcp";
}

// cookie-per-address, cookie-stolen-refused
TEST_F(Answering, StrictRefusesTheCookieOfAnotherClient)
{
    configure(ipc::CookiePolicy::strict);
    EXPECT_EQ(udp(query({{10, learn()}}), "192.0.2.8").rcode, 23U);
}

// RFC 7873 section 5.4: qdcount-0-cookie
TEST_F(Answering, SendsACookieToAQueryWithoutAQuestion)
{
    for (const auto policy : {ipc::CookiePolicy::relaxed, ipc::CookiePolicy::strict}) {
        configure(policy);
        const Answer answer = udp(query({{10, client_cookie}}, false));
        EXPECT_EQ(answer.rcode, 0U);
        EXPECT_NE(answer.option(10), nullptr);
    }
    EXPECT_EQ(udp(query({}, false)).rcode, 1U);
}

TEST_F(Answering, ReturnsARecentCookieAndRenewsAnOldOne)
{
    const ByteVector cookie = learn();
    EXPECT_EQ(*udp(query({{10, cookie}})).option(10), cookie);
    now_ += 1801;
    const ByteVector renewed = *udp(query({{10, cookie}})).option(10);
    EXPECT_NE(renewed, cookie);
    EXPECT_EQ(*udp(query({{10, renewed}})).option(10), renewed);
}

// cookie-length-N, edns-formerr-opt
TEST_F(Answering, SendsFormerrForAMalformedCookie)
{
    const Answer answer = udp(query({{10, ByteVector(9)}}));
    EXPECT_EQ(answer.rcode, 1U);
    EXPECT_EQ(answer.option(10), nullptr);
}

// As in the predecessor for clients without a cookie. A client that sends a COOKIE option is never dropped.
TEST_F(Answering, TheRateLimitAppliesToClientsWithoutAValidCookie)
{
    configure(ipc::CookiePolicy::relaxed, 3);
    const ByteVector cookie = learn();
    unsigned answered = 0;
    unsigned badcookie = 0;
    for (int i = 0; i < 20; ++i) {
        const Answer answer = udp(query({{10, client_cookie}}));
        answered += answer.sent && answer.rcode == 0 ? 1 : 0;
        badcookie += answer.sent && answer.rcode == 23 ? 1 : 0;
        EXPECT_EQ(answer.flags & 0x0200U, 0U) << "a client with cookie support is not sent to TCP";
        EXPECT_EQ(udp(query({{10, cookie}})).answers, 1U);
    }
    EXPECT_EQ(answered, 2U); // learn() took one token
    EXPECT_EQ(badcookie, 18U);
}

// RFC 7873 section 5.2.3. Its reply is longer than the query by a server cookie only: no NSID, no records.
TEST_F(Answering, BadcookieIsAsLongAsTheQueryAndAServerCookie)
{
    for (const auto policy : {ipc::CookiePolicy::relaxed, ipc::CookiePolicy::strict}) {
        configure(policy, 1);
        udp(query({}));
        const std::vector<std::pair<ByteVector, std::size_t>> queries{
            {query({{10, client_cookie}}), 16},
            {query({{10, client_cookie}, {3, {}}}), 12}, // no NSID
            {query({{10, ByteVector(24)}}), 0},
            {query({{10, ByteVector(40)}, {3, {}}}), 0}};
        for (const auto& [message, more] : queries) {
            const auto reply =
                answerer_->answer_udp({message, false, *base::parse_address("192.0.2.7"), {}, now_}, room_);
            EXPECT_EQ(read(reply).rcode, 23U);
            EXPECT_LE(reply.size(), message.size() + more);
        }
    }
}

// A flood of queries with a COOKIE option must not use up what other clients of its network have.
TEST_F(Answering, BadcookieIsChargedToNobody)
{
    const auto flood = [this] {
        for (int i = 0; i < 1000; ++i) {
            EXPECT_EQ(udp(query({{10, client_cookie}})).rcode, 23U);
        }
    };
    configure(ipc::CookiePolicy::strict, 3);
    EXPECT_EQ(udp(query({})).answers, 1U);
    flood();
    EXPECT_EQ(udp(query({})).answers, 1U);
    EXPECT_EQ(udp(query({})).answers, 1U);
    EXPECT_FALSE(udp(query({})).sent);

    configure(ipc::CookiePolicy::relaxed, 3);
    for (int i = 0; i < 3; ++i) {
        udp(query({}));
    }
    flood();
    const char* neighbour = "192.0.3.1";
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(udp(query({}), neighbour).answers, 1U);
    }
    EXPECT_FALSE(udp(query({}), neighbour).sent);
    EXPECT_NE(udp(query({}), neighbour).flags & 0x0200U, 0U) << "truncated";
}

// A query that is an error keeps its rule, whether it has a cookie or not.
TEST_F(Answering, AnErrorWithACookieIsLimited)
{
    configure(ipc::CookiePolicy::relaxed, 1);
    ByteVector wrong = query({{10, client_cookie}});
    wrong[2] = 0x28; // UPDATE
    EXPECT_EQ(udp(wrong).rcode, 4U);
    EXPECT_FALSE(udp(wrong).sent);
    EXPECT_NE(udp(wrong).flags & 0x0200U, 0U);
    EXPECT_FALSE(udp(query({{10, client_cookie}}, false)).sent) << "nor a query without a question";
}

// Ten times the limit, and then TCP
TEST_F(Answering, AClientWithAValidCookieHasAHigherLimit)
{
    configure(ipc::CookiePolicy::relaxed, 3);
    const ByteVector cookie = learn();
    unsigned answered = 0;
    unsigned truncated = 0;
    for (int i = 0; i < 100; ++i) {
        const Answer answer = udp(query({{10, cookie}}));
        answered += answer.answers;
        truncated += (answer.flags & 0x0200U) != 0 ? 1 : 0;
    }
    EXPECT_EQ(answered, 30U);
    EXPECT_EQ(truncated, 70U);
}

// A reply is charged by its length: here 5 tokens each, of 10 in a second.
TEST_F(Answering, TheRateLimitCountsBytes)
{
    answerer_.emplace(zone_with_long_text(),
                      responder::Policy{10, ipc::CookiePolicy::relaxed, {{1}}, "", base::Seconds{3}},
                      base::SipKey{});
    unsigned whole = 0;
    for (int i = 0; i < 6; ++i) {
        ByteVector asked = query({});
        asked[12 + 18 + 1] = 16; // TXT
        const Answer answer = udp(asked);
        whole += answer.answers != 0 ? 1 : 0;
    }
    EXPECT_EQ(whole, 2U);
}

// RFC 5001, RFC 7828 section 3.2.2, RFC 8914 section 4.21
TEST_F(Answering, SendsOnlyTheOptionsThatAreAskedFor)
{
    EXPECT_EQ(*udp(query({{3, {}}})).option(3), (ByteVector{'n', 's', '1'}));
    EXPECT_EQ(udp(query({})).option(3), nullptr);
    EXPECT_EQ(*tcp(query({{11, {}}})).option(11), (ByteVector{0, 30}));
    EXPECT_EQ(udp(query({{11, {}}})).option(11), nullptr);
    ByteVector outside = query({});
    outside[13] = 'x'; // xome.example.org is in the zone; now the zone's name changes
    outside[18] = 'x';
    const Answer refused = udp(outside);
    EXPECT_EQ(refused.rcode, 5U);
    ASSERT_NE(refused.option(15), nullptr);
    EXPECT_EQ(*refused.option(15), (ByteVector{0, 20}));
}

TEST_F(Answering, AcceptsCookiesOfTheSecretsThatItUsesNow)
{
    configure(ipc::CookiePolicy::strict);
    const ByteVector first = learn();
    ipc::CookieSecrets secrets;
    secrets.current = {5};
    secrets.previous = {9};
    secrets.has_previous = true;
    answerer_->use(secrets);
    EXPECT_EQ(udp(query({{10, first}})).answers, 1U);
    const ByteVector second = learn();
    EXPECT_NE(first, second);
    EXPECT_EQ(udp(query({{10, second}})).answers, 1U);

    secrets.has_previous = false;
    answerer_->use(secrets);
    EXPECT_EQ(udp(query({{10, first}})).rcode, 23U);
    EXPECT_EQ(udp(query({{10, second}})).answers, 1U);
    secrets.current = {6};
    answerer_->use(secrets);
    EXPECT_EQ(udp(query({{10, second}})).rcode, 23U);
}

TEST_F(Answering, CountsCookiesByValidity)
{
    const ByteVector cookie = learn();
    udp(query({}));
    udp(query({{10, ByteVector(9)}}));
    udp(query({{10, ByteVector(24)}}));
    udp(query({{10, cookie}}));
    const responder::Counters& counters = answerer_->counters();
    EXPECT_EQ(counters.cookie_client_only, 1U);
    EXPECT_EQ(counters.cookie_none, 1U);
    EXPECT_EQ(counters.cookie_malformed, 1U);
    EXPECT_EQ(counters.cookie_invalid, 1U);
    EXPECT_EQ(counters.cookie_correct, 1U);
}

} // namespace
