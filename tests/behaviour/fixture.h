// What an authoritative server answers, row by row: the real daemon, asked over real sockets.
//
// A test is named after its row, whose name and source stand above it; rows.txt lists all rows, and
// tests/rules/behaviour.cpp holds the two together. A daemon is started once for all the tests that a program
// runs. Every reply is checked for what holds of each (see Server), whatever the row asks besides.
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

/// Loopback addresses that a datagram comes from and goes to.
struct Ends {
    std::string client = "127.0.0.1";
    std::string server = "127.0.0.1";
};

/// A daemon for the zone dyn.example.org, on all addresses.
///
/// Each reply is well formed, has the id, the opcode and, for QUERY, the RD bit of its query, QR, none of RA,
/// Z, AD and CD, and the query's question or none; one over UDP comes from the address and port that were
/// asked and is no longer than 1232 bytes and what the client takes. A test fails where this does not hold.
class Server
{
public:
    /// `more`: further lines of [server].
    explicit Server(const std::string& more, const std::string& tcp_timeout);

    Reply udp(const Message& message, const Ends& ends = {}) const;
    Reply tcp(const Message& message) const;
    /// The reply over UDP to any bytes, checked; nothing where there is none. Whatever was sent, a query
    /// behind it is answered: that is how it is known that nothing else comes.
    std::optional<Reply> exchange(const ByteVector& message, std::size_t limit = 512,
                                  const Ends& ends = {}) const;
    /// Takes a reply apart and checks what holds of each; a default one where it is malformed.
    static Reply check(const ByteVector& query, const ByteVector& reply, std::size_t limit);

    std::uint16_t tcp_port() const noexcept { return daemon_.tcp(); }
    /// Fails the test where a responder is not the one that was started.
    static void expect_all_alive();

private:
    void expect_alive() const;

    support::Daemon daemon_;
    std::optional<pid_t> responder_;
};

/// Cookies relaxed, no NSID, a TCP timeout of a minute: a connection that ends in a test did so for a reason.
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
    /// From now on, what is sent by one call is a segment of its own.
    void send_at_once() const;
    /// With the two bytes of length in front (RFC 1035 section 4.2.2).
    static ByteVector frame(const ByteVector& message) { return join({two_bytes(message.size()), message}); }
    void shut_down() const;
    /// The next message; nothing where the server has closed.
    std::optional<ByteVector> receive() const;
    /// Waits for the server to close; whether it sent nothing before it did.
    bool is_closed() const;
    /// Asks and takes the reply, checked; a default one where there is none.
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

    /// The zone's SOA and nothing else in the authority section, at the TTL of negative answers.
    static void expect_negative(const Reply& reply, unsigned rcode);
    /// An error without AA, records and TC.
    static void expect_error(const Reply& reply, unsigned rcode);
    static void expect_nxdomain(const ByteVector& name);
    /// The one address of host.dyn.example.org.
    static void expect_host_address(const Reply& reply);
};

} // namespace behaviour
