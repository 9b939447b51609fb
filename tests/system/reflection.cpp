// A flood of queries for large records from many networks of one /16. The responders are stopped while their
// sockets fill, so that they read all of it at once.
#include <csignal>
#include <gtest/gtest.h>
#include <vector>

#include "tests/system/hostile_packets.h"
#include "tests/system/hostile_sockets.h"

namespace
{

using hostile::udp_from;
using privsep::UniqueFd;
using support::Daemon;

constexpr int reflected_limit = 40; // rate_limit=
constexpr std::size_t most_bytes = std::size_t{2} * reflected_limit * 256;
constexpr std::size_t header_bytes = 28; // of IPv4 and UDP
constexpr int victim_networks = 16;
constexpr int queries_each = 12;

support::DaemonStart with_large_texts(int workers)
{
    support::DaemonStart start;
    start.config = support::server_config("rate_limit = " + std::to_string(reflected_limit) +
                                          "\nworkers = " + std::to_string(workers) + "\n") +
                   "[@big]\n";
    for (int i = 0; i < 4; ++i) {
        start.config += "txt = \"" + std::to_string(i) + std::string(248, 'x') + "\"\n";
    }
    return start;
}

std::string large_query(const std::string& options = "")
{
    constexpr std::uint16_t txt = 16;
    return hostile::header(0, {1, 0, 0, 1}) +
           hostile::question(hostile::wire_name("big.dyn.example.org"), txt) + hostile::opt(options);
}

void stop_and_wait(pid_t pid)
{
    ::kill(pid, SIGSTOP);
    EXPECT_TRUE(support::eventually(
        [pid] { return support::read_proc(pid, "stat").find(") T ") != std::string::npos; }));
}

class Reflection : public testing::TestWithParam<int>
{
};

TEST_P(Reflection, ManyNetworksOfA16GetNoMoreThanItsLimit)
{
    Daemon daemon{with_large_texts(GetParam())};
    std::vector<UniqueFd> victims;
    for (int i = 0; i < victim_networks; ++i) {
        victims.push_back(udp_from("127.5." + std::to_string(i) + ".1", daemon));
    }
    for (const pid_t responder : daemon.all_of("responder")) {
        stop_and_wait(responder);
    }
    for (int i = 0; i < queries_each; ++i) {
        for (const UniqueFd& victim : victims) {
            support::send_all(victim.get(), large_query());
        }
    }
    for (const pid_t responder : daemon.all_of("responder")) {
        ::kill(responder, SIGCONT);
    }
    // a worker answers in order, and a client with cookies always gets a reply
    const UniqueFd last = udp_from("127.5.99.1", daemon);
    support::send_all(last.get(), large_query(hostile::option(10, "8 octets")));
    EXPECT_TRUE(support::receive(last.get()).has_value());
    std::size_t bytes = 0;
    int whole = 0;
    std::string room(2048, '\0');
    for (const UniqueFd& victim : victims) {
        for (ssize_t size = 0; (size = ::recv(victim.get(), room.data(), room.size(), MSG_DONTWAIT)) > 0;) {
            bytes += static_cast<std::size_t>(size) + header_bytes;
            whole += room[7] != 0 ? 1 : 0;
        }
    }
    EXPECT_LE(bytes, most_bytes);
    EXPECT_GE(whole, 10) << "the queries have arrived, and the limit has room";
}

INSTANTIATE_TEST_SUITE_P(Workers, Reflection, testing::Values(1, 4),
                         [](const auto& workers) { return std::to_string(workers.param); });

} // namespace
