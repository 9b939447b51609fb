// issue 3, item 6: what many and bad clients over TCP cannot do to the good ones. RFC 7766 section 6.2.3.
#include <algorithm>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include "tests/system/hostile_packets.h"
#include "tests/system/hostile_sockets.h"

namespace
{

using hostile::framed;
using hostile::good;
using hostile::is_open;
using hostile::receive_message;
using hostile::tcp_from;
using privsep::UniqueFd;
using support::Daemon;

/// A host whose answer is more than a kilobyte.
support::DaemonStart start(const std::string& tcp)
{
    support::DaemonStart result;
    result.config = support::server_config("", tcp) + support::sample_hosts() + "[@big]\n";
    for (int i = 0; i < 80; ++i) {
        result.config += "a = 192.0.2." + std::to_string(i) + "\n";
    }
    result.options = {}; // nobody reads a line for each query while the test goes on
    return result;
}

/// Its time alone frees no place within a test's patience.
const std::string patient = "connections = 16\ntimeout = 1h\n";

std::string address(int network, int host)
{
    return "127.3." + std::to_string(network) + "." + std::to_string(host);
}

bool is_answered(const UniqueFd& socket)
{
    support::send_all(socket.get(), framed(good()));
    const std::string reply = receive_message(socket);
    return reply.size() > 12 && (reply[3] & 0xF) == 0 && reply[7] == 1;
}

std::vector<UniqueFd> connect_from(const Daemon& daemon, int network, int count)
{
    std::vector<UniqueFd> clients;
    for (int i = 1; i <= count; ++i) {
        clients.push_back(tcp_from(address(network, i), daemon));
    }
    return clients;
}

std::vector<bool> open_ones(const std::vector<UniqueFd>& clients)
{
    std::vector<bool> open;
    std::transform(clients.begin(), clients.end(), std::back_inserter(open), is_open);
    return open;
}

/// The last `count` of `all`.
std::vector<bool> last(std::size_t count, std::size_t all)
{
    std::vector<bool> result(all);
    std::fill(result.end() - static_cast<std::ptrdiff_t>(count), result.end(), true);
    return result;
}

/// By turns: says nothing, half a length, half a message, asks for very much and reads nothing.
void stall(const UniqueFd& client, int kind)
{
    switch (kind % 4) {
    case 0:
        return;
    case 1:
        support::send_all(client.get(), framed(good()).substr(0, 1));
        return;
    case 2:
        support::send_all(client.get(), framed(good()).substr(0, 20));
        return;
    default:
        std::string many;
        for (int i = 0; i < 500; ++i) {
            many += framed(good("big.dyn.example.org"));
        }
        support::send_all(client.get(), many);
    }
}

// One kind alone, so that no other of them makes room, and all of them together.
TEST(TcpLimits, TwoHundredStalledClientsDoNotKeepAGoodOneFromItsAnswer)
{
    const std::vector<std::function<int(int)>> mixes = {
        [](int) { return 0; }, [](int) { return 1; },   [](int) { return 2; },
        [](int) { return 3; }, [](int i) { return i; },
    };
    for (const auto& kind : mixes) {
        Daemon daemon{start(patient)};
        std::vector<UniqueFd> stalled;
        for (int i = 0; i < 200; ++i) {
            stalled.push_back(tcp_from(address(i / 50, i % 50 + 1), daemon, 4096));
            stall(stalled.back(), kind(i));
        }
        for (int i = 0; i < 3; ++i) {
            EXPECT_TRUE(is_answered(tcp_from("127.9.9.9", daemon)));
        }
        EXPECT_TRUE(is_answered(tcp_from(address(0, 200), daemon))) << "one of their own network";
    }
}

TEST(TcpLimits, AreConnectionsInAllAndThreeQuartersANetwork)
{
    Daemon daemon{start(patient)};
    const auto first = connect_from(daemon, 1, 20);
    EXPECT_TRUE(is_answered(first.back())); // accepted last: what became of the others is decided
    EXPECT_EQ(open_ones(first), last(12, 20));
    const auto second = connect_from(daemon, 2, 20);
    EXPECT_TRUE(is_answered(second.back()));
    EXPECT_EQ(open_ones(second), last(12, 20));
    EXPECT_EQ(open_ones(first), last(4, 20));
}

TEST(TcpLimits, OneConnectionServesAnyNetwork)
{
    Daemon daemon{start("connections = 1\ntimeout = 1h\n")};
    const UniqueFd first = tcp_from(address(1, 1), daemon);
    EXPECT_TRUE(is_answered(first));
    EXPECT_TRUE(is_answered(tcp_from(address(2, 1), daemon)));
    EXPECT_FALSE(is_open(first));
}

TEST(TcpLimits, TheOneIdleLongestGoesFirst)
{
    Daemon daemon{start("connections = 2\ntimeout = 1h\n")};
    const UniqueFd first = tcp_from(address(1, 1), daemon);
    const UniqueFd second = tcp_from(address(2, 1), daemon);
    EXPECT_TRUE(is_answered(second));
    EXPECT_TRUE(is_answered(first));
    EXPECT_TRUE(is_answered(tcp_from(address(3, 1), daemon)));
    EXPECT_FALSE(is_open(second));
    EXPECT_TRUE(is_open(first));
}

// All ask at once, and many more than there are places for: whoever is let in is answered before he goes.
TEST(TcpLimits, WhoWasPromisedAnAnswerGetsIt)
{
    Daemon daemon{start(patient)};
    std::vector<UniqueFd> clients;
    for (int i = 0; i < 200; ++i) {
        clients.push_back(tcp_from(address(i % 5, i % 200 + 1), daemon));
        support::send_all(clients.back().get(), framed(good()));
    }
    for (const UniqueFd& client : clients) {
        EXPECT_EQ(receive_message(client).size(), 57U);
    }
}

/// Does `something` at a client's leisure until the server ends the connection; false where it never does.
bool is_closed_while(const UniqueFd& client, const std::function<void()>& something)
{
    const auto until = std::chrono::steady_clock::now() + support::patience;
    while (std::chrono::steady_clock::now() < until) {
        something();
        pollfd end{client.get(), POLLRDHUP, 0};
        if (::poll(&end, 1, 20) > 0) {
            return true;
        }
    }
    return false;
}

TEST(TcpLimits, WhoTricklesBytesLosesItsConnection)
{
    Daemon daemon{start("timeout = 1s\n")};
    const UniqueFd client = tcp_from(address(1, 1), daemon);
    support::send_all(client.get(), "\xFF\xFF");
    EXPECT_TRUE(is_closed_while(client, [&] { support::send_all(client.get(), "x"); }));
}

// The predecessor lets such a one stay for as long as it likes.
TEST(TcpLimits, WhoTricklesWholeQueriesBeforeAHalfOneLosesItsConnection)
{
    Daemon daemon{start("timeout = 1s\n")};
    const UniqueFd client = tcp_from(address(1, 1), daemon);
    EXPECT_TRUE(is_answered(client));
    EXPECT_TRUE(is_answered(client));
    support::send_all(client.get(), framed(std::string(4000, 'x')).substr(0, 5));
    EXPECT_TRUE(is_closed_while(client, [&] { support::send_all(client.get(), "x"); }));
}

TEST(TcpLimits, WhoReadsATrickleLosesItsConnection)
{
    Daemon daemon{start("timeout = 1s\n")};
    const UniqueFd client = tcp_from(address(1, 1), daemon, 4096);
    stall(client, 3);
    char byte = 0;
    EXPECT_TRUE(is_closed_while(client, [&] { ::recv(client.get(), &byte, 1, MSG_DONTWAIT); }));
}

// RFC 7766 section 6.2.3: and who asks now and then keeps it, for longer than the timeout.
TEST(TcpLimits, WhoAsksAgainInTimeKeepsItsConnection)
{
    Daemon daemon{start("timeout = 1s\n")};
    const UniqueFd idle = tcp_from(address(2, 1), daemon);
    const UniqueFd client = tcp_from(address(1, 1), daemon);
    EXPECT_TRUE(is_closed_while(idle, [&] { ASSERT_TRUE(is_answered(client)); }));
    EXPECT_TRUE(is_answered(client));
}

} // namespace
