// Limits over TCP: neither many nor hostile clients keep out good ones. RFC 7766 section 6.2.3.
#include <algorithm>
#include <chrono>
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

/// With a host whose answer has more than 1024 bytes.
support::DaemonStart start(const std::string& tcp)
{
    support::DaemonStart result;
    result.config = support::server_config("", tcp) + support::sample_hosts() + "[@big]\n";
    for (int i = 0; i < 80; ++i) {
        result.config += "a = 192.0.2." + std::to_string(i) + "\n";
    }
    result.options = {}; // no -v: the test does not read a line for each query
    return result;
}

/// A timeout so long that it frees no connection during the test.
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

/// By `kind`: sends nothing, half a length, half a message, or many queries without reading the replies.
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

// Each kind alone, so that clients of another kind do not make room, and all kinds together.
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
        EXPECT_TRUE(is_answered(tcp_from(address(0, 200), daemon)))
            << "a client in the network of the stalled ones";
    }
}

TEST(TcpLimits, AreConnectionsInAllAndThreeQuartersOfThemPerNetworkOrAFairShare)
{
    Daemon daemon{start(patient)};
    const auto first = connect_from(daemon, 1, 20);
    EXPECT_TRUE(is_answered(first.back())); // accepted last, so the others are accepted or closed
    EXPECT_EQ(open_ones(first), last(12, 20));
    const auto second = connect_from(daemon, 2, 20);
    EXPECT_TRUE(is_answered(second.back()));
    EXPECT_EQ(open_ones(second), last(8, 20)) << "a full server is shared equally";
    EXPECT_EQ(open_ones(first), last(8, 20));
}

TEST(TcpLimits, OneConnectionServesAnyNetwork)
{
    Daemon daemon{start("connections = 1\ntimeout = 1h\n")};
    const UniqueFd first = tcp_from(address(1, 1), daemon);
    EXPECT_TRUE(is_answered(first));
    EXPECT_TRUE(is_answered(tcp_from(address(2, 1), daemon)));
    EXPECT_FALSE(is_open(first));
}

TEST(TcpLimits, TheConnectionIdleLongestIsClosedFirst)
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

// Many more clients than the limit ask at once. Each accepted query is answered before its connection is
// closed.
TEST(TcpLimits, EveryAcceptedQueryIsAnswered)
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

/// Repeats `something` until the server closes the connection; false if it does not within `patience`.
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

TEST(TcpLimits, AClientThatTricklesBytesIsClosed)
{
    Daemon daemon{start("timeout = 1s\n")};
    const UniqueFd client = tcp_from(address(1, 1), daemon);
    support::send_all(client.get(), "\xFF\xFF");
    EXPECT_TRUE(is_closed_while(client, [&] { support::send_all(client.get(), "x"); }));
}

// The predecessor never closes such a connection.
TEST(TcpLimits, AClientThatTricklesAQueryAfterWholeOnesIsClosed)
{
    Daemon daemon{start("timeout = 1s\n")};
    const UniqueFd client = tcp_from(address(1, 1), daemon);
    EXPECT_TRUE(is_answered(client));
    EXPECT_TRUE(is_answered(client));
    support::send_all(client.get(), framed(std::string(4000, 'x')).substr(0, 5));
    EXPECT_TRUE(is_closed_while(client, [&] { support::send_all(client.get(), "x"); }));
}

TEST(TcpLimits, AClientThatReadsSlowlyIsClosed)
{
    Daemon daemon{start("timeout = 1s\n")};
    const UniqueFd client = tcp_from(address(1, 1), daemon, 4096);
    stall(client, 3);
    char byte = 0;
    EXPECT_TRUE(is_closed_while(client, [&] { ::recv(client.get(), &byte, 1, MSG_DONTWAIT); }));
}

// RFC 7766 section 6.2.3: each query restarts the timeout.
TEST(TcpLimits, AClientThatAsksInTimeStaysConnected)
{
    using Clock = std::chrono::steady_clock;
    Daemon daemon{start("timeout = 1s\n")};
    bool has_asked_in_time = false;
    for (int i = 0; i < 20 && !has_asked_in_time; ++i) { // on a busy machine, it may ask too late
        const UniqueFd idle = tcp_from(address(2, 1), daemon);
        const UniqueFd client = tcp_from(address(1, 1), daemon);
        Clock::time_point asked = Clock::now();
        Clock::duration longest{};
        bool stays = true;
        const auto ask = [&] {
            const Clock::time_point before = asked;
            asked = Clock::now();
            stays = stays && is_answered(client);
            longest = std::max(longest, Clock::now() - before);
        };
        EXPECT_TRUE(is_closed_while(idle, ask));
        ask();
        has_asked_in_time = longest < std::chrono::seconds{1};
        EXPECT_TRUE(stays || !has_asked_in_time);
    }
    EXPECT_TRUE(has_asked_in_time);
}

} // namespace
