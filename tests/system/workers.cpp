// Several responders: each client network has its own worker, and clients of the other workers do not notice
// that their number changes or that one dies.
#include <algorithm>
#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <poll.h>
#include <set>
#include <sstream>

#include "tests/support/daemon.h"
#include "tests/system/steady_client.h"

namespace
{

using privsep::UniqueFd;
using support::Daemon;
using support::DaemonStart;
using support::SteadyClient;
using testing::HasSubstr;
using namespace std::string_literals;

constexpr int networks = 64;

std::string config(int workers, const std::string& more = "")
{
    return support::server_config("rate_limit = 0\nworkers = " + std::to_string(workers) + "\n" + more) +
           support::sample_hosts();
}

DaemonStart with_workers(int workers, const std::string& more = "")
{
    DaemonStart start;
    start.config = config(workers, more);
    return start;
}

/// An address in another /16 for each number: the kernel chooses the worker by it.
std::string client_of(int network)
{
    return "127." + std::to_string(network) + ".9.1";
}

/// A query for the A record of home.
const std::string query = "\x12\x34\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x04home\x03"
                          "dyn\x07"
                          "example\x03org\x00\x00\x01\x00\x01"s;
const std::string framed = "\0"s + static_cast<char>(query.size()) + query;

UniqueFd asked_over_udp(std::uint16_t port, const std::string& from, const std::string& to = "127.0.0.1")
{
    UniqueFd fd = support::connect_udp(port, to, from);
    support::send_all(fd.get(), query);
    return fd;
}

/// The last byte of the address in the answer; none if there is no answer.
std::optional<int> answer(int fd)
{
    const auto reply = support::receive(fd);
    return reply && (*reply)[7] == 1 ? std::optional{static_cast<unsigned char>(reply->back())}
                                     : std::nullopt;
}

/// By the number of each worker that has logged its statistics since the last call: the value of `field`.
std::map<int, int> statistics(Daemon& daemon, const std::string& field, std::size_t workers)
{
    const std::size_t before = daemon.process().output().size();
    daemon.process().signal(SIGUSR1);
    std::map<int, int> result;
    EXPECT_TRUE(support::eventually([&] {
        std::istringstream lines{daemon.process().output().substr(before)};
        for (std::string line; std::getline(lines, line);) {
            const std::string process = "nanodnsd-responder-";
            const std::size_t at = line.find(' ' + field + '=');
            if (line.rfind(process, 0) == 0 && at != std::string::npos && !lines.eof()) {
                result[std::stoi(line.substr(process.size()))] =
                    std::stoi(line.substr(at + field.size() + 2));
            }
        }
        return result.size() == workers;
    }));
    return result;
}

TEST(Workers, AllAnswerOverUdpAndTcpOnEveryAddress)
{
    Daemon daemon{with_workers(3, "listen = 127.0.0.1 127.0.0.2\n")};
    EXPECT_EQ(daemon.all_of("responder").size(), 3U);
    for (const std::string to : {"127.0.0.1", "127.0.0.2"}) {
        for (int i = 0; i < networks; ++i) {
            const UniqueFd udp = asked_over_udp(daemon.udp(), client_of(i), to);
            ASSERT_TRUE(support::receive(udp.get())) << to << ' ' << i;
            const UniqueFd tcp = support::connect_tcp(daemon.tcp(), to, client_of(i));
            support::send_all(tcp.get(), framed);
            ASSERT_TRUE(support::receive(tcp.get())) << to << ' ' << i;
        }
        for (const auto& [worker, count] : statistics(daemon, "udp", 3)) {
            EXPECT_GT(count, 0) << worker << " over UDP on " << to;
        }
    }
}

TEST(Workers, AllGetConnections)
{
    Daemon daemon{with_workers(3)};
    for (int i = 0; i < networks; ++i) {
        const UniqueFd tcp = support::connect_tcp(daemon.tcp(), "127.0.0.1", client_of(i));
        support::send_all(tcp.get(), framed);
        ASSERT_TRUE(support::receive(tcp.get()));
    }
    for (const auto& [worker, count] : statistics(daemon, "tcp", 3)) {
        EXPECT_GT(count, 0) << worker;
    }
}

// One worker serves all queries of a /16, so only one counts them.
TEST(Workers, DoNotMultiplyTheRateLimitOfANetwork)
{
    DaemonStart start;
    start.config = support::server_config("rate_limit = 1\nworkers = 4\n") + support::sample_hosts();
    Daemon daemon{start};
    for (int i = 1; i < 100; ++i) {
        asked_over_udp(daemon.udp(), "127.9." + std::to_string(i) + ".1");
    }
    EXPECT_TRUE(support::eventually([&] {
        const auto counts = statistics(daemon, "udp", 4);
        return std::count_if(counts.begin(), counts.end(), [](const auto& c) { return c.second > 0; }) == 1;
    }));
}

// The client gets "ok updated" when every worker has the change.
TEST(Workers, AllHaveAnUpdateBeforeItsClientGetsTheReply)
{
    Daemon daemon{with_workers(4)};
    for (int i = 1; i <= 20; ++i) {
        ASSERT_EQ(
            daemon.update("hostname=home.dyn.example.org&token=secret&ipv4=192.0.2." + std::to_string(i)),
            "200 ok updated");
        for (int network = 0; network < networks; ++network) {
            const UniqueFd fd = asked_over_udp(daemon.udp(), client_of(network));
            ASSERT_EQ(answer(fd.get()), i) << "of network " << network;
        }
    }
    for (const auto& [worker, count] : statistics(daemon, "udp", 4)) {
        EXPECT_GT(count, 0) << worker;
    }
}

// Queries for the dead worker wait for its successor.
TEST(Workers, ContinueIfOneDies)
{
    Daemon daemon{with_workers(3)};
    ASSERT_EQ(daemon.update("hostname=home.dyn.example.org&token=secret&ipv4=192.0.2.7"), "200 ok updated");
    const pid_t gone = daemon.all_of("responder").at(1);
    ::kill(gone, SIGSTOP);
    std::vector<UniqueFd> clients;
    for (int i = 0; i < networks; ++i) {
        clients.push_back(asked_over_udp(daemon.udp(), client_of(i)));
    }
    std::set<int> waiting;
    ASSERT_TRUE(support::eventually([&] {
        waiting.clear();
        for (const UniqueFd& fd : clients) {
            pollfd answered{fd.get(), POLLIN, 0};
            if (::poll(&answered, 1, 0) == 0) {
                waiting.insert(fd.get());
            }
        }
        return waiting.size() < networks;
    }));
    EXPECT_EQ(daemon.update("hostname=home.dyn.example.org&token=secret&ipv4=192.0.2.7"), "200 ok unchanged");
    ::kill(gone, SIGKILL);
    EXPECT_TRUE(daemon.logs("responder-2 (pid " + std::to_string(gone) + ") was killed by signal 9"));
    for (const UniqueFd& fd : clients) {
        EXPECT_EQ(answer(fd.get()), 7);
    }
    EXPECT_FALSE(waiting.empty());
}

struct Change {
    int before;
    int after;
};

class ReloadedWorkers : public testing::TestWithParam<Change>
{
};

TEST_P(ReloadedWorkers, LeaveNoQueryUnanswered)
{
    Daemon daemon{with_workers(GetParam().before)};
    std::vector<std::unique_ptr<SteadyClient>> clients;
    for (int i = 0; i < 8; ++i) {
        clients.push_back(std::make_unique<SteadyClient>(daemon.udp(), client_of(i)));
    }
    const auto all_are_answered = [&] {
        for (const auto& client : clients) {
            const std::uint32_t before = client->answered();
            ASSERT_TRUE(support::eventually([&] { return client->answered() > before + 20; }));
        }
    };
    for (int round = 0; round < 3; ++round) {
        daemon.configure(config(GetParam().after));
        ASSERT_TRUE(daemon.reload());
        EXPECT_TRUE(support::eventually(
            [&] { return daemon.all_of("responder").size() == static_cast<std::size_t>(GetParam().after); }));
        all_are_answered();
        daemon.configure(config(GetParam().before));
        ASSERT_TRUE(daemon.reload());
        all_are_answered();
    }
    for (const auto& client : clients) {
        EXPECT_EQ(client->stop(SteadyClient::Readers::several), 0U) << daemon.process().output();
    }
}

INSTANTIATE_TEST_SUITE_P(Each, ReloadedWorkers,
                         testing::Values(Change{1, 3}, Change{3, 1}, Change{2, 5}, Change{3, 2}),
                         [](const auto& change) {
                             return "From" + std::to_string(change.param.before) + "To" +
                                    std::to_string(change.param.after);
                         });

TEST(Workers, AnswerOverTcpAfterAReloadWithAnyNumber)
{
    Daemon daemon{with_workers(2)};
    for (const int workers : {5, 1, 3}) {
        daemon.configure(config(workers));
        ASSERT_TRUE(daemon.reload());
        for (int i = 0; i < networks; ++i) {
            const UniqueFd tcp = support::connect_tcp(daemon.tcp(), "127.0.0.1", client_of(i));
            support::send_all(tcp.get(), framed);
            EXPECT_TRUE(support::receive(tcp.get())) << workers << ' ' << i;
        }
    }
}

// Another process that binds the port with SO_REUSEPORT must not get some of our packets.
TEST(Workers, DoNotShareAPortWithAnotherDaemon)
{
    Daemon first{with_workers(2)};
    DaemonStart start = with_workers(2);
    const std::string any_port = "[udp]\nport = 0\n";
    start.config.replace(start.config.find(any_port), any_port.size(),
                         "[udp]\nport = " + std::to_string(first.udp()) + "\n");
    start.wait_until_it_serves = false;
    Daemon second{start};
    EXPECT_EQ(second.process().wait(), 1);
    EXPECT_THAT(second.process().output(), HasSubstr("Address already in use"));
}

} // namespace
