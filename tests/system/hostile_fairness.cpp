// One kind of client does not starve the others, and replies to a flood are limited. The responder is stopped
// while its sockets fill, so that the result does not depend on time.
#include <array>
#include <csignal>
#include <cstring>
#include <ctime>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/if_ether.h>
#include <sys/wait.h>

#include "tests/system/hostile_packets.h"
#include "tests/system/hostile_sockets.h"
#include "tests/system/own_network.h"

namespace
{

using hostile::framed;
using hostile::good;
using hostile::tcp_from;
using hostile::udp_from;
using privsep::UniqueFd;
using support::Daemon;

support::DaemonStart start(const std::string& more_of_server = "")
{
    support::DaemonStart result;
    result.config = support::server_config(more_of_server) + support::sample_hosts();
    result.options = {};
    return result;
}

/// Stops the responder: from now on, clients' packets wait in the kernel.
class Stopped
{
public:
    explicit Stopped(const Daemon& daemon) : pid_(daemon.child("responder").value())
    {
        ::kill(pid_, SIGSTOP);
        const auto is_stopped = [this] {
            return support::read_proc(pid_, "stat").find(") T ") != std::string::npos;
        };
        EXPECT_TRUE(support::eventually(is_stopped));
    }
    Stopped(const Stopped&) = delete;
    Stopped& operator=(const Stopped&) = delete;
    ~Stopped() { ::kill(pid_, SIGCONT); }

private:
    pid_t pid_;
};

/// When the kernel received the next packet; none on a timeout or at the end.
std::optional<double> arrival(const UniqueFd& socket, std::size_t size)
{
    std::string bytes(size, '\0');
    alignas(cmsghdr) std::array<char, 64> control{};
    iovec part{bytes.data(), size};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t got = ::recvmsg(socket.get(), &message, 0);
    const cmsghdr* header = CMSG_FIRSTHDR(&message);
    if (got <= 0 || header == nullptr || header->cmsg_type != SCM_TIMESTAMPNS) {
        return std::nullopt;
    }
    timespec when{};
    std::memcpy(&when, CMSG_DATA(header), sizeof when);
    return static_cast<double>(when.tv_sec) + static_cast<double>(when.tv_nsec) * 1e-9;
}

void tell_arrivals(const UniqueFd& socket)
{
    const int on = 1;
    const int buffer = 1 << 20;
    ASSERT_EQ(::setsockopt(socket.get(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on), 0);
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
}

/// The kernel starts to record arrival times some time after the first socket asks for them.
UniqueFd with_arrivals_noted(const Daemon& daemon)
{
    UniqueFd probe = tcp_from("127.4.3.1", daemon);
    tell_arrivals(probe);
    EXPECT_TRUE(support::eventually([&] {
        support::send_all(probe.get(), framed(good()));
        return arrival(probe, 512).has_value();
    }));
    return probe;
}

TEST(HostileFairness, AFullUdpSocketDoesNotKeepATcpClientWaiting)
{
    Daemon daemon{start()};
    const UniqueFd probe = with_arrivals_noted(daemon);
    constexpr int flood = 400;
    const UniqueFd udp = udp_from("127.4.1.1", daemon);
    tell_arrivals(udp);
    std::optional<UniqueFd> tcp;
    {
        const Stopped stopped{daemon};
        for (int i = 0; i < flood; ++i) {
            support::send_all(udp.get(), good());
        }
        tcp.emplace(tcp_from("127.4.2.1", daemon));
        tell_arrivals(*tcp);
        support::send_all(tcp->get(), framed(good()));
    }
    const double answered = arrival(*tcp, 512).value();
    int before = 0;
    for (int i = 0; i < flood; ++i) {
        before += arrival(udp, 512).value() < answered ? 1 : 0;
    }
    EXPECT_LE(before, 4 * 32) << "a batch per turn: one turn to accept, one to read, and two as tolerance";
}

TEST(HostileFairness, PipelinesOverTcpDoNotKeepAUdpClientWaiting)
{
    Daemon daemon{start()};
    const UniqueFd probe = with_arrivals_noted(daemon);
    constexpr int queries = 1000;
    const std::size_t reply = good().size() + 16; // one A record
    const UniqueFd udp = udp_from("127.4.1.1", daemon);
    tell_arrivals(udp);
    std::vector<UniqueFd> pipelines;
    {
        const Stopped stopped{daemon};
        std::string all;
        for (int i = 0; i < queries; ++i) {
            all += framed(good());
        }
        for (int i = 0; i < 4; ++i) {
            pipelines.push_back(tcp_from("127.4.2.1", daemon));
            tell_arrivals(pipelines.back());
            support::send_all(pipelines.back().get(), all);
        }
        support::send_all(udp.get(), good());
    }
    const double answered = arrival(udp, 512).value();
    for (const UniqueFd& pipeline : pipelines) {
        support::receive_exactly(pipeline.get(), (queries - 1) * (2 + reply));
        EXPECT_LT(answered, arrival(pipeline, 2 + reply).value());
    }
}

struct Heard {
    int answered = 0;
    int truncated = 0;
    int badcookie = 0;
    int formerr = 0;
    std::size_t bytes = 0;
};

/// Receives all replies that have arrived.
Heard listen(const UniqueFd& socket)
{
    Heard heard;
    std::array<char, 2048> room{};
    for (ssize_t size = 0; (size = ::recv(socket.get(), room.data(), room.size(), MSG_DONTWAIT)) > 0;) {
        heard.bytes += static_cast<std::size_t>(size);
        const bool truncated = (room[2] & 2) != 0;
        const bool bad = (room[3] & 0xF) == 7 && room[7] == 0; // the low bits of 23
        heard.truncated += truncated ? 1 : 0;
        heard.badcookie += bad ? 1 : 0;
        heard.formerr += (room[3] & 0xF) == 1 ? 1 : 0;
        heard.answered += !truncated && (room[3] & 0xF) == 0 && room[7] == 1 ? 1 : 0;
        EXPECT_TRUE(!truncated || room[7] == 0) << "a truncated reply has no records";
    }
    return heard;
}

std::string with_cookie(const std::string& cookie)
{
    return hostile::header(0, {1, 0, 0, 1}) +
           hostile::question(hostile::wire_name("printer.dyn.example.org")) +
           hostile::opt(hostile::option(10, cookie));
}

class HostileRates : public testing::Test
{
protected:
    /// Over TCP, which has no rate limit.
    std::string learn_cookie(const std::string& from) const
    {
        const UniqueFd tcp = tcp_from(from, daemon_);
        support::send_all(tcp.get(), framed(with_cookie("8 octets")));
        const std::string reply = hostile::receive_message(tcp);
        const std::size_t at = reply.find("8 octets");
        EXPECT_NE(at, std::string::npos);
        return reply.substr(std::min(at, reply.size()), 24);
    }
    /// Sends one batch to the stopped responder, which then reads all of it at once.
    static void send(const UniqueFd& client, const std::string& message, int times)
    {
        for (int i = 0; i < times; ++i) {
            support::send_all(client.get(), message);
        }
    }
    void wait_until_all_is_answered() const
    {
        const UniqueFd last = udp_from("127.200.1.1", daemon_);
        support::send_all(last.get(), good());
        EXPECT_TRUE(support::receive(last.get()).has_value());
    }

    Daemon daemon_{start("rate_limit = 5\n")};
};

TEST_F(HostileRates, ANetworkGetsItsLimitThenEverySecondReplyTruncatedAndAnotherNetworkAll)
{
    const UniqueFd flood = udp_from("127.4.1.1", daemon_);
    const UniqueFd neighbour = udp_from("127.4.1.254", daemon_);
    const UniqueFd innocent = udp_from("127.4.2.1", daemon_);
    {
        const Stopped stopped{daemon_};
        send(flood, good(), 20);
        send(neighbour, good(), 2);
        send(innocent, good(), 5);
    }
    wait_until_all_is_answered();
    const Heard heard = listen(flood);
    EXPECT_EQ(heard.answered, 5);
    EXPECT_EQ(heard.truncated, 7);
    const Heard next = listen(neighbour); // over the limit: dropped and truncated by turns
    EXPECT_EQ(next.answered, 0);
    EXPECT_EQ(next.truncated, 1);
    EXPECT_EQ(listen(innocent).answered, 5);
}

TEST_F(HostileRates, ErrorsCountToo)
{
    const UniqueFd flood = udp_from("127.4.1.1", daemon_);
    {
        const Stopped stopped{daemon_};
        send(flood, good().substr(0, 20), 5);
        send(flood, good(), 4);
    }
    wait_until_all_is_answered();
    const Heard heard = listen(flood);
    EXPECT_EQ(heard.formerr, 5);
    EXPECT_EQ(heard.answered, 0);
    EXPECT_EQ(heard.truncated, 2);
}

// RFC 7873 section 5.2.3: a client with a valid server cookie has proved its address and has a higher limit.
// A client that sends only a client cookie, or a wrong server cookie, always gets a good one.
TEST_F(HostileRates, AGoodCookieHasAHigherLimitAndAClientCookieGetsBadcookieBeyondIt)
{
    const std::string cookie = learn_cookie("127.4.1.7");
    const UniqueFd flood = udp_from("127.4.1.1", daemon_);
    const UniqueFd proven = udp_from("127.4.1.7", daemon_);
    const UniqueFd stolen = udp_from("127.4.1.8", daemon_);
    {
        const Stopped stopped{daemon_};
        send(flood, with_cookie("8 octets"), 11);
        send(proven, with_cookie(cookie), 10);
        send(stolen, with_cookie(cookie), 4);
    }
    wait_until_all_is_answered();
    const Heard heard = listen(flood);
    EXPECT_EQ(heard.answered, 5);
    EXPECT_EQ(heard.badcookie, 6);
    EXPECT_EQ(heard.truncated, 0);
    EXPECT_EQ(listen(proven).answered, 10);
    const Heard thief = listen(stolen);
    EXPECT_EQ(thief.answered, 0);
    EXPECT_EQ(thief.badcookie, 4);
}

// Beyond the limit, the victim gets fewer bytes than the attacker sends.
TEST_F(HostileRates, BeyondTheLimitAFloodGrowsSmaller)
{
    const UniqueFd flood = udp_from("127.4.1.1", daemon_);
    {
        const Stopped stopped{daemon_};
        send(flood, good(), 5);
        send(flood, good(), 12);
    }
    wait_until_all_is_answered();
    const std::size_t within = 5 * (good().size() + 16);
    const std::size_t sent = 12 * good().size();
    const Heard heard = listen(flood);
    EXPECT_EQ(heard.answered, 5);
    EXPECT_LT((heard.bytes - within) * 10, sent * 7);
}

// A server cookie has 16 bytes (RFC 9018 section 4): BADCOOKIE has no more beyond the query.
TEST_F(HostileRates, BadcookieIsAsLongAsTheQueryAndAServerCookie)
{
    const UniqueFd flood = udp_from("127.4.1.1", daemon_);
    const std::string asked = with_cookie("8 octets");
    {
        const Stopped stopped{daemon_};
        send(flood, good(), 12); // with the others, as many as are taken at a time: so all have one time
        listen(flood);
        send(flood, asked, 20);
    }
    wait_until_all_is_answered();
    std::array<char, 2048> room{};
    int badcookie = 0;
    for (ssize_t size = 0; (size = ::recv(flood.get(), room.data(), room.size(), MSG_DONTWAIT)) > 0;) {
        if ((room[3] & 0xF) == 7) {
            ++badcookie;
            EXPECT_EQ(static_cast<std::size_t>(size), asked.size() + 16);
        }
    }
    EXPECT_EQ(badcookie, 20);
}

// A resolver with cookies asks eight times. Each query is answered, if need be after BADCOOKIE.
TEST(HostileCookies, AResolverWithCookiesLosesNothingUnderALowLimit)
{
    for (const char* cookies : {"strict", "relaxed"}) {
        Daemon daemon{start(std::string{"rate_limit = 3\ncookies = "} + cookies + "\n")};
        const UniqueFd client = udp_from("127.4.1.1", daemon);
        std::string cookie = "8 octets";
        int answered = 0;
        for (int i = 0; i < 16 && answered < 8; ++i) {
            support::send_all(client.get(), with_cookie(cookie));
            const std::string reply = support::receive(client.get()).value_or("");
            ASSERT_FALSE(reply.empty()) << "no query is dropped";
            EXPECT_EQ(reply[2] & 2, 0) << "nor sent to TCP";
            const std::size_t at = reply.find("8 octets");
            ASSERT_NE(at, std::string::npos);
            cookie = reply.substr(at, 24);
            answered += (reply[3] & 0xF) == 0 ? 1 : 0;
        }
        EXPECT_EQ(answered, 8) << cookies;
    }
}

// RFC 9715 section 3.1 (R1), checked in a captured packet.
TEST(HostileFragments, NoReplyMayBeFragmented)
{
    hostile::in_own_network({}, [] { // the traffic of other tests would fill the socket
        Daemon daemon{start()};
        const UniqueFd capture{::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(ETH_P_IP))};
        ASSERT_TRUE(capture) << "this test needs to be root";
        const timeval limit{support::patience.count(), 0};
        ::setsockopt(capture.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        const UniqueFd client = udp_from("127.4.1.1", daemon);
        support::send_all(client.get(), good());
        const std::string of_the_daemon =
            "\x7f" + std::string("\0\0\1\x7f\4\1\1", 7) + hostile::u16(daemon.udp());
        std::string packet;
        do {
            packet = support::receive(capture.get()).value();
        } while (packet.substr(12, 10) != of_the_daemon);
        EXPECT_EQ(packet[6] & 0xE0, 0x40) << "only DF is set (RFC 791 section 3.1)";
    });
}

} // namespace
