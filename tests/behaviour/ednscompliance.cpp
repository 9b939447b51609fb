// The queries of ISC's DNS compliance tester, with its names, and the replies that RFC 8906 section 8
// expects. Each is sent over UDP and TCP, whichever of them the tester uses.
#include <algorithm>
#include <ostream>

#include "tests/behaviour/fixture.h"

namespace behaviour
{

namespace
{

const ByteVector client_cookie = {1, 2, 3, 4, 5, 6, 7, 8};
const ByteVector nsid = edns_option(option::nsid);
const ByteVector subnet = edns_option(option::client_subnet, {0, 1, 0, 0}); // 0.0.0.0/0
const ByteVector expire = edns_option(option::expire);
const ByteVector cookie = edns_option(option::cookie, client_cookie);
const ByteVector keepalive = edns_option(option::keepalive);
const ByteVector padding = edns_option(option::padding, ByteVector(16));
const ByteVector unknown = edns_option(100);

/// A query of the tester: the zone's SOA unless stated otherwise, no flag, no EDNS.
struct Sent {
    std::string name;
    std::uint16_t flags = 0;
    std::optional<unsigned> version = {}; ///< nullopt: no OPT record
    std::uint16_t edns_flags = 0;
    ByteVector options = {};
    std::uint16_t size = 4096;
    std::uint16_t type = type::soa;
    bool header_only = false;

    friend std::ostream& operator<<(std::ostream& out, const Sent& sent) { return out << sent.name; }
};

Message message(const Sent& sent)
{
    Message result = sent.header_only ? Message{sent.flags} : ask("dyn.example.org", sent.type, sent.flags);
    if (sent.version) {
        result.opt(sent.size, *sent.version << 16 | sent.edns_flags, sent.options);
    }
    return result;
}

bool has_cookie(const Sent& sent)
{
    return std::search(sent.options.begin(), sent.options.end(), cookie.begin(), cookie.end()) !=
           sent.options.end();
}

/// RFC 8906 section 8: the OPT record has version 0, DO as in the query, no other flag, and no unknown
/// option.
void expect_edns(const Sent& sent, const Reply& reply, bool over_tcp)
{
    ASSERT_EQ(reply.opt.has_value(), sent.version.has_value());
    if (!reply.opt) {
        return;
    }
    EXPECT_EQ(reply.opt->version, 0);
    EXPECT_EQ(reply.opt->flags, sent.edns_flags & dnssec_ok);
    const bool knows_options = sent.version == 0U;
    const bool asks_keepalive = std::search(sent.options.begin(), sent.options.end(), keepalive.begin(),
                                            keepalive.end()) != sent.options.end();
    EXPECT_EQ(reply.opt->number_of(option::cookie), knows_options && has_cookie(sent) ? 1U : 0U);
    EXPECT_EQ(reply.opt->number_of(option::keepalive), knows_options && asks_keepalive && over_tcp ? 1U : 0U);
    for (const Opt::Option& option : reply.opt->options) {
        EXPECT_TRUE(option.code == option::cookie || option.code == option::keepalive) << option.code;
    }
}

void expect_no_records(const Reply& reply)
{
    EXPECT_EQ(reply.answers.size(), 0U);
    EXPECT_EQ(reply.authorities.size(), 0U);
    EXPECT_EQ(reply.additionals.size(), 0U);
}

void expect_compliant(const Sent& sent, const Reply& reply, bool over_tcp)
{
    expect_edns(sent, reply, over_tcp);
    if ((sent.flags & 0x7800) != 0) { // section 8.1.4
        EXPECT_EQ(reply.rcode, rcode::notimp);
        EXPECT_EQ(reply.flags, qr | (sent.flags & 0x7800));
        expect_no_records(reply);
        return;
    }
    if (sent.version.value_or(0) != 0) { // sections 8.2.2, 8.2.5, 8.2.6, 8.2.9
        EXPECT_EQ(reply.rcode, rcode::badvers);
        EXPECT_EQ(reply.flags, qr | (sent.flags & rd));
        expect_no_records(reply);
        return;
    }
    EXPECT_EQ(reply.rcode, rcode::noerror);
    EXPECT_EQ(reply.flags, qr | aa | (sent.flags & rd));
    ASSERT_EQ(reply.answers.size(), sent.type == type::soa ? 1U : 0U);
    ASSERT_EQ(reply.authorities.size(), sent.type == type::soa ? 0U : 1U);
    const Record& soa = sent.type == type::soa ? reply.answers[0] : reply.authorities[0];
    EXPECT_EQ(soa.type, type::soa);
    EXPECT_EQ(soa.owner, apex);
    EXPECT_EQ(reply.additionals.size(), 0U);
}

void expect_compliant(const Sent& sent)
{
    SCOPED_TRACE(sent.name);
    expect_compliant(sent, relaxed().udp(message(sent)), false);
    expect_compliant(sent, relaxed().tcp(message(sent)), true);
}

constexpr std::uint16_t every_flag = aa | tc | rd | ra | z | ad | cd;

const std::vector<Sent> tester = {
    {"dns"},
    {"aa", aa},
    {"ad", ad},
    {"cd", cd},
    {"ra", ra},
    {"rd", rd},
    {"tc", tc},
    {"zflag", z},
    {.name = "opcode", .flags = 0x7800, .header_only = true},
    {.name = "opcodeflg", .flags = 0x7800 | every_flag, .header_only = true},
    {.name = "type666", .type = 666},
    {"tcp"},
    {"edns", 0, 0},
    {"edns1", 0, 1},
    {.name = "edns512", .version = 0, .edns_flags = dnssec_ok, .size = 512, .type = type::dnskey},
    {"ednsopt", 0, 0, 0, unknown},
    {"edns1opt", 0, 1, 0, unknown},
    {"do", 0, 0, dnssec_ok},
    {"docookie", 0, 0, dnssec_ok, cookie},
    {"edns1do", 0, 1, dnssec_ok},
    {"ednsflags", 0, 0, 0x0080},
    {"edns1flags", 0, 1, 0x0080},
    {"optlist", 0, 0, 0, join({nsid, subnet, expire, cookie})},
    {"ednsnsid", 0, 0, 0, nsid},
    {"ednscookie", 0, 0, 0, cookie},
    {"ednsexpire", 0, 0, 0, expire},
    {"ednssubnet", 0, 0, 0, subnet},
    {"ednskeepalive", 0, 0, 0, keepalive},
    {"ednspadding", 0, 0, 0, padding},
    {"edns1nsid", 0, 1, 0, nsid},
    {"edns1cookie", 0, 1, 0, cookie},
    {"edns1expire", 0, 1, 0, expire},
    {"edns1subnet", 0, 1, 0, subnet},
    {"edns1optlist", 0, 1, 0, join({nsid, subnet, expire, cookie})},
    {.name = "ednstcp", .version = 0, .edns_flags = dnssec_ok, .size = 512, .type = type::dnskey},
    {"bind11", 0, 0, dnssec_ok, cookie},
    {"dig11", rd | ad, 0, 0, cookie},
};

const Numbers every_flags = {0, aa, tc, rd, ra, z, ad, cd, every_flag, 0x7800, 0x7800 | every_flag};

/// Without EDNS, and with all combinations of version, flag and option.
std::vector<Sent> every_edns()
{
    const std::vector<ByteVector> options = {
        {},        unknown, nsid,
        subnet,    expire,  cookie,
        keepalive, padding, join({unknown, nsid, subnet, expire, cookie, keepalive, padding})};
    std::vector<Sent> all = {{" without EDNS"}};
    for (const unsigned version : {0U, 1U, 100U, 255U}) {
        for (const std::uint16_t flags : Numbers{0, dnssec_ok, 0x0080, 0x0040, 0x80C0, 0xFFFF}) {
            for (const ByteVector& option : options) {
                all.push_back({" EDNS" + std::to_string(version) + " " + std::to_string(flags) + " " +
                                   testing::PrintToString(option),
                               0, version, flags, option});
            }
        }
    }
    return all;
}

/// The tester's types except A, NS, SOA and AAAA, which the zone's apex has: the assigned ones up to 58 and
/// 99, later ones, and then 1000, 65280 and the last one.
const Numbers absent_types = {
    3,  4,  5,  7,   8,   9,   10,  11,  12,  13,  14,  15,  16,  17,   18,    19,    20,    21,   22,
    23, 24, 25, 26,  27,  29,  30,  31,  32,  33,  34,  35,  36,  37,   38,    39,    40,    42,   43,
    44, 45, 46, 47,  48,  49,  50,  51,  52,  53,  55,  56,  57,  58,   59,    60,    61,    62,   63,
    64, 65, 99, 104, 105, 106, 107, 108, 109, 256, 257, 258, 259, 1000, 32768, 32769, 65280, 65535};

} // namespace

class EdnsCompliance : public Behaviour, public testing::WithParamInterface<Sent>
{
};

TEST_P(EdnsCompliance, Holds)
{
    expect_compliant(GetParam());
}

INSTANTIATE_TEST_SUITE_P(Tester, EdnsCompliance, testing::ValuesIn(tester),
                         [](const auto& test) { return test.param.name; });

class Compliance : public Behaviour
{
};

// RFC 8906 section 8.1.2
TEST_F(Compliance, ForEveryTypeWithoutRecords)
{
    for (const std::uint16_t type : absent_types) {
        expect_compliant({.name = "type" + std::to_string(type), .type = type});
        expect_compliant({.name = "edns and type" + std::to_string(type), .version = 0, .type = type});
    }
}

TEST_F(Compliance, ForTheTypesWithRecords)
{
    const std::vector<std::pair<std::uint16_t, std::size_t>> numbers = {
        {type::a, 1}, {type::ns, 2}, {type::soa, 1}, {type::aaaa, 1}};
    for (const auto& [type, number] : numbers) {
        const Reply reply = udp(ask("dyn.example.org", type, 0));
        EXPECT_EQ(reply.rcode, rcode::noerror);
        EXPECT_EQ(reply.flags, qr | aa);
        EXPECT_EQ(reply.answers.size(), number);
        EXPECT_EQ(reply.authorities.size(), 0U);
    }
}

// Each flag, opcode, EDNS version, EDNS flag and EDNS option alone and in combination.
TEST_F(Compliance, ForEveryCombination)
{
    for (const Sent& edns : every_edns()) {
        for (const std::uint16_t flags : every_flags) {
            Sent sent = edns;
            sent.flags = flags;
            SCOPED_TRACE(testing::PrintToString(flags) + sent.name);
            expect_compliant(sent, udp(message(sent)), false);
        }
    }
}

// A client without a server cookie gets the actual error, even if the server is strict.
TEST_F(Compliance, ForErrorsOfClientsWithoutACookie)
{
    for (const Sent& sent : {Sent{"edns1cookie", 0, 1, 0, cookie},
                             Sent{.name = "opcode", .flags = 0x7800, .version = 0, .options = cookie}}) {
        expect_compliant(sent, strict().udp(message(sent)), false);
    }
    const Reply two_questions = strict().udp(message({"", 0, 0, 0, cookie}).count(4, 1));
    expect_error(two_questions, rcode::formerr);
    EXPECT_EQ(strict().udp(message({"ednscookie", 0, 0, 0, cookie})).rcode, rcode::badcookie);
}

// RFC 8906 section 8.2.7
TEST_F(Compliance, ForATruncatedReply)
{
    const Reply reply = udp(ask("big.dyn.example.org", type::a, 0).opt(512));
    EXPECT_EQ(reply.rcode, rcode::noerror);
    EXPECT_EQ(reply.flags, qr | aa | tc);
    ASSERT_TRUE(reply.opt);
    EXPECT_EQ(reply.opt->version, 0);
}

// RFC 8906 section 8.1.5, and what the tester calls signed
TEST_F(Compliance, ForASignatureThatCannotBeChecked)
{
    const ByteVector sig0 = join({{0, 0, 8, 0}, ByteVector(14), {0}, ByteVector(64)}); // RFC 2931 section 3
    const Reply reply = udp(ask("dyn.example.org", type::soa, 0)
                                .opt(4096, std::uint32_t{dnssec_ok})
                                .record(3, {0}, 24, klass::any, 0, sig0));
    EXPECT_EQ(reply.rcode, rcode::noerror);
    EXPECT_EQ(reply.answers.size(), 1U);
    ASSERT_TRUE(reply.opt);
    EXPECT_EQ(reply.opt->flags, dnssec_ok);
}

} // namespace behaviour
