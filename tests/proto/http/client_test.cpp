#include "proto/http/client.h"

#include <gtest/gtest.h>
#include <string>

namespace http
{
namespace
{

using ipc::ProxyHeader;

base::Address address(std::string_view text)
{
    const auto parsed = base::parse_address(text);
    EXPECT_TRUE(parsed) << text;
    return parsed.value_or(base::Address{});
}

TrustedProxies proxies(ProxyHeader header)
{
    TrustedProxies result{{}, header};
    for (const char* network : {"192.0.2.0/28", "2001:db8:1::/48", "127.0.0.1"}) {
        result.networks.push_back(*base::parse_network(network));
    }
    return result;
}

/// "unknown, PROXY" or the client's address.
std::string client_behind(std::string_view peer, const std::string& fields, ProxyHeader header)
{
    const std::string text = fields + "\r\n";
    Request request;
    request.header = text;
    const base::Address from = peer == "unix" ? base::Address{} : address(peer);
    const Client client = client_of(request, from, proxies(header));
    return (client.is_known ? "" : "unknown, ") + base::to_text(client.address);
}

std::string by_list(const std::string& value, std::string_view peer = "192.0.2.1")
{
    return client_behind(peer, "X-Forwarded-For: " + value + "\r\n", ProxyHeader::x_forwarded_for);
}

std::string by_forwarded(const std::string& value)
{
    return client_behind("192.0.2.1", "Forwarded: " + value + "\r\n", ProxyHeader::forwarded);
}

const std::string unknown = "unknown, 192.0.2.1";

TEST(Client, IsThePeerIfThatIsNoTrustedProxy)
{
    EXPECT_EQ(by_list("198.51.100.1", "192.0.2.16"), "192.0.2.16");
    EXPECT_EQ(by_list("198.51.100.1", "2001:db8:2::1"), "2001:db8:2::1");
    EXPECT_EQ(by_list("nonsense", "127.0.0.2"), "127.0.0.2");
}

TEST(Client, IsTheRightmostHopThatIsNotTrusted)
{
    EXPECT_EQ(by_list("198.51.100.1"), "198.51.100.1");
    EXPECT_EQ(by_list("203.0.113.1, 198.51.100.1"), "198.51.100.1");
    EXPECT_EQ(by_list("203.0.113.1,198.51.100.1 ,\t192.0.2.2,2001:db8:1::7"), "198.51.100.1");
    EXPECT_EQ(by_list("198.51.100.1, ::ffff:192.0.2.3"), "198.51.100.1");
    EXPECT_EQ(by_list("2001:db8:5::1", "::1"), "::1");
    EXPECT_EQ(by_list("2001:db8:5::1", "127.0.0.1"), "2001:db8:5::1");
    EXPECT_EQ(by_list("::ffff:198.51.100.1"), "198.51.100.1");
}

// A client behind the proxies' own machines.
TEST(Client, IsTheFirstHopIfAllAreTrusted)
{
    EXPECT_EQ(by_list("192.0.2.5"), "192.0.2.5");
    EXPECT_EQ(by_list("192.0.2.5, 192.0.2.6"), "192.0.2.5");
}

TEST(Client, IsTheProxyWithoutTheField)
{
    EXPECT_EQ(client_behind("192.0.2.1", "X-Forwarded: a\r\n", ProxyHeader::x_forwarded_for), "192.0.2.1");
}

TEST(Client, IsReadFromTheConfiguredFieldOnly)
{
    const std::string both = "Forwarded: for=198.51.100.1\r\nX-Forwarded-For: 198.51.100.2\r\n";
    EXPECT_EQ(client_behind("192.0.2.1", both, ProxyHeader::x_forwarded_for), "198.51.100.2");
    EXPECT_EQ(client_behind("192.0.2.1", both, ProxyHeader::forwarded), "198.51.100.1");
    const std::string other = "Forwarded: for=198.51.100.1\r\nX-Real-IP: 198.51.100.3\r\n";
    EXPECT_EQ(client_behind("192.0.2.1", other, ProxyHeader::x_forwarded_for), "192.0.2.1");
}

// RFC 9110 section 5.3: lines are joined in their order.
TEST(Client, IsInTheLastLineOfTheField)
{
    const auto in_lines = [](const std::string& lines) {
        return client_behind("192.0.2.1", lines, ProxyHeader::x_forwarded_for);
    };
    EXPECT_EQ(in_lines("X-Forwarded-For: 203.0.113.1\r\nA: b\r\nx-forwarded-for: 198.51.100.1\r\n"),
              "198.51.100.1");
    EXPECT_EQ(in_lines("X-Forwarded-For: 198.51.100.1\r\nX-Forwarded-For: 192.0.2.2\r\n"), "198.51.100.1");
    EXPECT_EQ(in_lines("X-Forwarded-For: 198.51.100.1\r\nX-Forwarded-For:\r\n"), "198.51.100.1");
    EXPECT_EQ(in_lines("X-Forwarded-For:\r\nX-Forwarded-For: , ,\r\n"), unknown);
}

TEST(Client, MayHaveAPortAndBrackets)
{
    EXPECT_EQ(by_list("198.51.100.1:4711"), "198.51.100.1");
    EXPECT_EQ(by_list("[2001:db8::1]"), "2001:db8::1");
    EXPECT_EQ(by_list("[2001:db8::1]:65535"), "2001:db8::1");
    EXPECT_EQ(by_list("2001:db8::1"), "2001:db8::1");
}

TEST(Client, IsUnknownIfItsHopIsNoAddress)
{
    for (const char* hop : {"unknown",
                            "_hidden",
                            "unix:",
                            "localhost",
                            "198.51.100.1:",
                            "198.51.100.1:65536",
                            "198.51.100.1:x",
                            "198.51.100",
                            "[2001:db8::1",
                            "2001:db8::1]",
                            "[198.51.100.1]",
                            "[2001:db8::1]80",
                            "[]",
                            "[]:80",
                            "fe80::1%eth0",
                            "\"198.51.100.1\"",
                            "198.51.100.1 198.51.100.2",
                            "for=198.51.100.1",
                            ":",
                            ":80"}) {
        EXPECT_EQ(by_list(hop), unknown) << hop;
        EXPECT_EQ(by_list("203.0.113.1, " + std::string{hop} + ", 192.0.2.2"), unknown) << hop;
        EXPECT_EQ(by_list(std::string{hop} + ", 198.51.100.1"), "198.51.100.1") << hop;
    }
}

TEST(Client, IsAtMost32HopsAway)
{
    std::string trusted;
    for (std::size_t i = 1; i < max_hops; ++i) {
        trusted += ", 192.0.2.2";
    }
    EXPECT_EQ(by_list("198.51.100.1" + trusted), "198.51.100.1");
    EXPECT_EQ(by_list("198.51.100.1, 192.0.2.2" + trusted), unknown);
    EXPECT_EQ(by_list("192.0.2.3" + trusted), "192.0.2.3");
    EXPECT_EQ(by_list("192.0.2.4, 192.0.2.3" + trusted), unknown);
    EXPECT_EQ(by_list("nonsense, 198.51.100.1" + trusted), "198.51.100.1");
}

// RFC 7239 section 4
TEST(Client, IsTheParameterForOfForwarded)
{
    EXPECT_EQ(by_forwarded("for=198.51.100.1"), "198.51.100.1");
    EXPECT_EQ(by_forwarded("For=\"198.51.100.1:4711\";proto=https"), "198.51.100.1");
    EXPECT_EQ(by_forwarded("proto=https;by=203.0.113.43;FOR=\"[2001:db8::1]:_gazonk\""), "2001:db8::1");
    EXPECT_EQ(by_forwarded("for=198.51.100.1:80"), "198.51.100.1");
    EXPECT_EQ(by_forwarded("proto=http ; for=\"\\1\\98.51.100.1\" ;"), "198.51.100.1");
    EXPECT_EQ(by_forwarded("for=203.0.113.1, for=198.51.100.1;by=\"a,b\", For=192.0.2.9"), "198.51.100.1");
}

TEST(Client, IsUnknownIfForwardedIsMalformedThere)
{
    for (const char* hop :
         {"for=unknown", "for=_hidden", "for=\"_SEVKISEK\"", "for=", "for=\"\"", "for", "198.51.100.1",
          "proto=https", "for=198.51.100.1;for=198.51.100.2", "for=\"198.51.100.1\"x", "for=\"198.51.100.1",
          "for=198.51.100.1\"", "for=\"[2001:db8::1]:_\"", "for=\"[2001:db8::1]:_a b\"", "=198.51.100.1",
          "for=\"198.51.100.1\\", "for=\"198.51.100.1\\\"", "proto;for=198.51.100.1"}) {
        EXPECT_EQ(by_forwarded(hop), unknown) << hop;
        EXPECT_EQ(by_forwarded(std::string{hop} + ", for=198.51.100.1"), "198.51.100.1") << hop;
    }
}

// A client cannot make its own part swallow what the proxy adds.
TEST(Client, IsWhatTheProxyAddsWhateverStandsBefore)
{
    for (const char* forged :
         {"for=203.0.113.1;x=\"", "\"", "for=203.0.113.1;x=\"\\", "\\", "\\\"", ",,,", ";;"}) {
        for (const char* added :
             {"for=198.51.100.1", "for=\"198.51.100.1\"", "for=\"198.51.100.1:1\";x=\"a,\\\"b\\\\\""}) {
            EXPECT_EQ(by_forwarded(std::string{forged} + ", " + added), "198.51.100.1") << forged << added;
            EXPECT_EQ(by_forwarded(std::string{forged} + "\r\nForwarded: " + added), "198.51.100.1");
        }
    }
}

TEST(Client, OfAUnixSocketIsWhatTheProxySays)
{
    EXPECT_EQ(by_list("198.51.100.1", "unix"), "198.51.100.1");
    EXPECT_EQ(by_list("198.51.100.1, 192.0.2.2", "unix"), "198.51.100.1");
    EXPECT_EQ(by_list("unix:", "unix"), "unknown, 127.0.0.1");
    EXPECT_EQ(client_behind("unix", "", ProxyHeader::x_forwarded_for), "unknown, 127.0.0.1");
}

TEST(Client, IsThePeerBeforeTheRequestIsRead)
{
    EXPECT_EQ(client_of(address("192.0.2.1")).address, address("192.0.2.1"));
    EXPECT_TRUE(client_of(address("192.0.2.1")).is_known);
    EXPECT_EQ(client_of(base::Address{}).address, address("127.0.0.1"));
    EXPECT_FALSE(client_of(base::Address{}).is_known);
}

} // namespace
} // namespace http
