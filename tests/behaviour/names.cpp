// Names of every legal form, and names outside the zone.
#include "tests/behaviour/fixture.h"

namespace behaviour
{

namespace
{

/// A name below the apex: three labels of 63 bytes and one of `last` bytes; 255 bytes in all if `last` is 45.
ByteVector long_name(std::size_t last)
{
    const std::string label(63, 'x');
    return wire(label + "." + label + "." + label + "." + std::string(last, 'y') + ".dyn.example.org");
}

} // namespace

class Names : public Behaviour
{
protected:
    static void expect_refused(std::string_view name, std::uint16_t type)
    {
        const Reply reply = udp(ask(name, type));
        expect_error(reply, rcode::refused);
        EXPECT_EQ(reply.flags, qr | rd);
        EXPECT_EQ(reply.question, join({wire(name), two_bytes(type), {0, 1}}));
    }
};

// qname-minimised: RFC 9156 2.1
TEST_F(Names, QnameMinimised)
{
    expect_nxdomain(wire("_.dyn.example.org"));
}

// label-underscore: RFC 2181 11, RFC 8552
TEST_F(Names, LabelUnderscore)
{
    expect_negative(udp(ask("_acme-challenge.host.dyn.example.org", type::txt)), rcode::nxdomain);
    expect_negative(udp(ask("_acme-challenge.dyn.example.org", type::txt)), rcode::nxdomain);
}

// label-digit: RFC 1123 2.1, RFC 2181 11
TEST_F(Names, LabelDigit)
{
    expect_nxdomain(wire("3com.dyn.example.org"));
    expect_nxdomain(wire("42.dyn.example.org"));
}

// label-wildcard: RFC 4592 2.1.1
TEST_F(Names, LabelWildcard)
{
    expect_nxdomain(wire("*.dyn.example.org"));
    expect_nxdomain(wire("*.host.dyn.example.org"));
}

// label-binary: RFC 2181 11
TEST_F(Names, LabelBinary)
{
    expect_nxdomain(join({{6, 0, 0xFF, '.', '\n', '\\', 0xC0}, apex}));
    ByteVector every_byte;
    for (unsigned first : {0U, 63U, 126U}) { // three labels of 63 bytes
        every_byte.push_back(63);
        for (unsigned i = 0; i < 63; ++i) {
            every_byte.push_back(static_cast<std::uint8_t>(first + i));
        }
    }
    expect_nxdomain(join({every_byte, apex}));
}

// label-63: RFC 1035 2.3.4
TEST_F(Names, Label63)
{
    expect_nxdomain(wire(std::string(63, 'a') + ".dyn.example.org"));
}

// name-255: RFC 1035 2.3.4
TEST_F(Names, Name255)
{
    ASSERT_EQ(long_name(45).size(), 255U);
    expect_nxdomain(long_name(45));
}

// name-256: RFC 1035 2.3.4
TEST_F(Names, Name256)
{
    ASSERT_EQ(long_name(46).size(), 256U);
    expect_error(udp(Message{}.question(long_name(46), type::a)), rcode::formerr);
}

// refused-outside: RFC 8906 3.1.1, RFC 8499
TEST_F(Names, RefusedOutside)
{
    expect_refused("www.example.net", type::a);
    expect_refused("www.example.org", type::aaaa);
    expect_refused("example.com", type::ns);
}

// refused-aa: RFC 1035 4.1.1
TEST_F(Names, RefusedAa)
{
    EXPECT_EQ(udp(ask("www.example.net", type::a)).flags, 0x8100);
    EXPECT_EQ(tcp(ask("www.example.net", type::a)).flags, 0x8100);
}

// refused-parent: RFC 8906 3.1.1
TEST_F(Names, RefusedParent)
{
    expect_refused("example.org", type::soa);
    expect_refused("org", type::ns);
}

// refused-root: RFC 8906 3.1.1
TEST_F(Names, RefusedRoot)
{
    expect_refused(".", type::ns);
}

// suffix-boundary: RFC 1034 3.1
TEST_F(Names, SuffixBoundary)
{
    expect_refused("xdyn.example.org", type::a);
    expect_refused("host\\.dyn.example.org", type::a); // one label with a dot in it
}

} // namespace behaviour
