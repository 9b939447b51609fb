// The replies of an authoritative server, row by row: the real daemon, over real sockets.
//
// A test is named after its row; the comment above it gives the row's name and source. rows.txt lists all
// rows, and tests/rules/behaviour.cpp checks that each has its test. One daemon serves all tests of a
// program. Every reply is also checked for the properties that hold for all replies (see Server).
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/behaviour/message.h"
#include "tests/behaviour/reply.h"
#include "tests/support/daemon.h"

namespace behaviour
{

/// Twelve bits (RFC 1035 section 4.1.1, RFC 6891 section 9, RFC 7873 section 8).
namespace rcode
{
inline constexpr unsigned noerror = 0;
inline constexpr unsigned formerr = 1;
inline constexpr unsigned nxdomain = 3;
inline constexpr unsigned notimp = 4;
inline constexpr unsigned refused = 5;
inline constexpr unsigned badvers = 16;
inline constexpr unsigned badcookie = 23;
} // namespace rcode

/// The loopback addresses between which a datagram is sent.
struct Ends {
    std::string client = "127.0.0.1";
    std::string server = "127.0.0.1";
};

/// A daemon for the zone dyn.example.org, on all addresses.
///
/// Every reply must be well formed. It must have QR set, RA, Z, AD and CD clear, the query's ID and opcode,
/// for QUERY its RD bit, and the query's question or none. A UDP reply must come from the address and port
/// that the query was sent to, and be no longer than 1232 bytes and the client's limit. A test fails if this
/// does not hold.
class Server
{
public:
    /// `more`: additional lines of [server].
    explicit Server(const std::string& more, const std::string& tcp_timeout);

    Reply udp(const Message& message, const Ends& ends = {}) const;
    Reply tcp(const Message& message) const;
    /// The checked reply over UDP to any bytes; nullopt if there is none. A normal query is sent afterwards:
    /// its answer shows that no other reply comes.
    std::optional<Reply> exchange(const ByteVector& message, std::size_t limit = 512,
                                  const Ends& ends = {}) const;
    /// Parses a reply and checks the common properties; returns a default one if it is malformed.
    static Reply check(const ByteVector& query, const ByteVector& reply, std::size_t limit);

    std::uint16_t tcp_port() const noexcept { return daemon_.tcp(); }
    /// Fails the test if a responder was restarted.
    static void expect_all_alive();

private:
    void expect_alive() const;

    support::Daemon daemon_;
    std::optional<pid_t> responder_;
};

/// Cookies relaxed, no NSID, a TCP timeout of a minute: no connection ends in a test because of the timeout.
const Server& relaxed();
/// Cookies strict, NSID "ns1", a given cookie secret.
const Server& strict();
/// A TCP timeout of 1 s.
const Server& impatient();

/// A TCP connection.
class Stream
{
public:
    explicit Stream(const Server& server);

    void send(const ByteVector& bytes) const;
    /// From now on, each call sends a segment of its own.
    void send_at_once() const;
    /// With the length prefix of two bytes (RFC 1035 section 4.2.2).
    static ByteVector frame(const ByteVector& message) { return join({two_bytes(message.size()), message}); }
    void shut_down() const;
    /// The next message; nullopt if the server has closed the connection.
    std::optional<ByteVector> receive() const;
    /// Waits for the server to close the connection; true if it sent nothing before.
    bool is_closed() const;
    /// Sends a query and returns the checked reply; a default one if there is none.
    Reply ask(const Message& message) const;

private:
    privsep::UniqueFd fd_;
};

inline const ByteVector apex = wire("dyn.example.org");
inline const ByteVector host4 = {192, 0, 2, 1};
inline const ByteVector host6 = {0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

class Behaviour : public testing::Test
{
protected:
    void TearDown() override { Server::expect_all_alive(); }

    static Reply udp(const Message& message, const Ends& ends = {}) { return relaxed().udp(message, ends); }
    static Reply tcp(const Message& message) { return relaxed().tcp(message); }
    static std::optional<Reply> exchange(const ByteVector& message) { return relaxed().exchange(message); }

    /// Expects only the zone's SOA in the authority section, with the TTL of negative answers.
    static void expect_negative(const Reply& reply, unsigned rcode);
    /// Expects an error without AA, records and TC.
    static void expect_error(const Reply& reply, unsigned rcode);
    static void expect_nxdomain(const ByteVector& name);
    /// Expects the only address of host.dyn.example.org.
    static void expect_host_address(const Reply& reply);
};

} // namespace behaviour
