// The OPT record and its options, except cookies.
#include "tests/behaviour/fixture.h"

namespace behaviour
{

class EdnsRows : public Behaviour
{
protected:
    static Message host(std::uint16_t size = 4096, std::uint32_t ttl = 0, const ByteVector& options = {})
    {
        return ask("host.dyn.example.org", type::a).opt(size, ttl, options);
    }
    static Message host_with(const ByteVector& options) { return host(4096, 0, options); }

    /// Expects an answer whose OPT record has no option.
    static void expect_no_option(const Reply& reply)
    {
        expect_host_address(reply);
        ASSERT_TRUE(reply.opt);
        EXPECT_EQ(reply.opt->options.size(), 0U);
    }
    static void expect_badvers(std::uint8_t version)
    {
        // the options of an unknown version may have any form
        for (const ByteVector& options : {ByteVector{}, ByteVector{1, 2, 3}}) {
            const Reply reply = udp(host(4096, std::uint32_t{version} << 16, options));
            expect_error(reply, rcode::badvers);
            ASSERT_TRUE(reply.opt);
            EXPECT_EQ(reply.opt->version, 0);
            EXPECT_EQ(reply.opt->flags, 0);
        }
    }
};

// edns0: RFC 6891 6.1.1
TEST_F(EdnsRows, Edns0)
{
    const Reply reply = udp(host());
    expect_host_address(reply);
    EXPECT_EQ(reply.rcode, 0U) << "including the upper eight bits";
    ASSERT_TRUE(reply.opt);
    EXPECT_EQ(reply.opt->version, 0);
    EXPECT_EQ(reply.opt->flags, 0);
    EXPECT_GE(reply.opt->size, 512);
    EXPECT_EQ(reply.opt->options.size(), 0U);
}

// edns-size-advertised: RFC 9715 3.1, DNS flag day 2020
TEST_F(EdnsRows, EdnsSizeAdvertised)
{
    for (const std::uint16_t size : Numbers{512, 1232, 4096, 65535}) {
        const Reply reply = udp(host(size));
        ASSERT_TRUE(reply.opt);
        EXPECT_EQ(reply.opt->size, 1232);
    }
}

// edns-size-tiny: RFC 6891 6.2.3
TEST_F(EdnsRows, EdnsSizeTiny)
{
    for (const std::uint16_t size : Numbers{0, 1, 511}) {
        expect_no_option(udp(host(size)));
    }
}

// edns-badvers: RFC 6891 6.1.3
TEST_F(EdnsRows, EdnsBadvers)
{
    expect_badvers(1);
}

// badvers-aa: RFC 6891 6.1.3, RFC 1035 4.1.1
TEST_F(EdnsRows, BadversAa)
{
    EXPECT_EQ(udp(host(4096, 0x00010000)).flags, 0x8100);
}

// edns-255: RFC 6891 6.1.3
TEST_F(EdnsRows, Edns255)
{
    expect_badvers(255);
}

// edns-two-opt: RFC 6891 6.1.1
TEST_F(EdnsRows, EdnsTwoOpt)
{
    expect_error(udp(host().opt()), rcode::formerr);
}

// edns-opt-owner: RFC 6891 6.1.2
TEST_F(EdnsRows, EdnsOptOwner)
{
    for (const ByteVector& owner : {wire("x"), ByteVector{0xC0, 12}}) {
        expect_error(udp(ask("host.dyn.example.org", type::a).record(3, owner, type::opt, 4096, 0, {})),
                     rcode::formerr);
    }
}

// edns-opt-in-answer: RFC 6891 6.1.1
TEST_F(EdnsRows, EdnsOptInAnswer)
{
    for (const std::size_t section : {1U, 2U}) {
        const Reply reply =
            udp(ask("host.dyn.example.org", type::a).record(section, {0}, type::opt, 4096, 0, {}));
        expect_error(reply, rcode::formerr);
        EXPECT_FALSE(reply.opt);
    }
}

// edns-do-echo: RFC 3225 3, RFC 6891 6.1.4
TEST_F(EdnsRows, EdnsDoEcho)
{
    for (const auto& [asked, expected] : {std::pair{0x8000U, 0x8000}, {0xFFFFU, 0x8000}, {0x7FFFU, 0}}) {
        const Reply reply = udp(host(4096, asked));
        expect_host_address(reply);
        ASSERT_TRUE(reply.opt);
        EXPECT_EQ(reply.opt->flags, expected);
    }
}

// edns-unknown-option: RFC 6891 6.1.2
TEST_F(EdnsRows, EdnsUnknownOption)
{
    for (const std::uint16_t code : Numbers{0, 100, 65001, 65535}) {
        expect_no_option(udp(host_with(edns_option(code))));
        expect_no_option(udp(host_with(edns_option(code, {1, 2, 3}))));
    }
}

// edns-option-overrun: RFC 6891 6.1.2
TEST_F(EdnsRows, EdnsOptionOverrun)
{
    for (const ByteVector& options : {ByteVector{0, 100, 0, 1}, ByteVector{0, 100, 0xFF, 0xFF, 1, 2, 3}}) {
        expect_error(udp(host_with(options)), rcode::formerr);
    }
}

// edns-option-cut: RFC 6891 6.1.2
TEST_F(EdnsRows, EdnsOptionCut)
{
    expect_error(udp(host_with({0, 100, 0})), rcode::formerr);
    expect_error(udp(host_with(join({edns_option(100), {0, 100, 0}}))), rcode::formerr);
}

// edns-refused-opt: RFC 6891 6.1.1
TEST_F(EdnsRows, EdnsRefusedOpt)
{
    const Reply reply = udp(ask("www.example.net", type::a).opt());
    expect_error(reply, rcode::refused);
    EXPECT_TRUE(reply.opt);
}

// edns-formerr-opt: RFC 6891 7
TEST_F(EdnsRows, EdnsFormerrOpt)
{
    const Reply reply = udp(host_with({0, 100, 0, 1}));
    expect_error(reply, rcode::formerr);
    ASSERT_TRUE(reply.opt);
    EXPECT_EQ(reply.opt->version, 0);
}

// nsid-unasked: RFC 5001 2.1
TEST_F(EdnsRows, NsidUnasked)
{
    const Reply reply = strict().udp(host()); // has an NSID
    ASSERT_TRUE(reply.opt);
    EXPECT_EQ(reply.opt->number_of(option::nsid), 0U);
}

// nsid: RFC 5001; our choice: the text that is configured
TEST_F(EdnsRows, Nsid)
{
    const Reply reply = strict().udp(host_with(edns_option(option::nsid)));
    expect_host_address(reply);
    EXPECT_EQ(reply.find_option(option::nsid), (ByteVector{'n', 's', '1'}));
}

// nsid-not-echoed-empty: RFC 5001 2.1
TEST_F(EdnsRows, NsidNotEchoedEmpty)
{
    expect_no_option(udp(host_with(edns_option(option::nsid)))); // no NSID is configured
}

// ede-refused: RFC 8914 4.21; our choice: 20, Not Authoritative
TEST_F(EdnsRows, EdeRefused)
{
    EXPECT_EQ(udp(ask("www.example.net", type::a).opt()).find_option(option::extended_error),
              (ByteVector{0, 20}));
    EXPECT_EQ(udp(host()).find_option(option::extended_error), std::nullopt);
}

// keepalive-udp: RFC 7828 3.2.2
TEST_F(EdnsRows, KeepaliveUdp)
{
    expect_no_option(udp(host_with(edns_option(option::keepalive))));
    expect_no_option(udp(host_with(edns_option(option::keepalive, {0, 10}))));
}

// keepalive-tcp: RFC 7828 3.3.2; our choice: the timeout of a connection in units of 100 ms
TEST_F(EdnsRows, KeepaliveTcp)
{
    const Reply reply = tcp(host_with(edns_option(option::keepalive)));
    expect_host_address(reply);
    EXPECT_EQ(reply.find_option(option::keepalive), (ByteVector{2, 88}));
    expect_no_option(tcp(host()));
}

// ecs: RFC 7871 7.2.2
TEST_F(EdnsRows, Ecs)
{
    const ByteVector subnet = {0, 1, 24, 0, 198, 51, 100}; // 198.51.100.0/24
    expect_no_option(udp(host_with(edns_option(option::client_subnet, subnet))));
}

// padding-udp: RFC 7830 3; our choice: no padding where nothing is encrypted (RFC 7830 section 6)
TEST_F(EdnsRows, PaddingUdp)
{
    expect_no_option(udp(host_with(edns_option(option::padding, ByteVector(100)))));
    expect_no_option(tcp(host_with(edns_option(option::padding, ByteVector(100)))));
}

} // namespace behaviour
