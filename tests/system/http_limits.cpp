// Limits over HTTP: no client network pushes out another's connection. Nothing here depends on time: an
// attacker's answered request shows that its earlier connections were accepted or closed.
#include <deque>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/system/hostile_sockets.h"
#include "tests/system/own_network.h"

namespace
{

using privsep::UniqueFd;
using support::Daemon;
using testing::EndsWith;
using testing::StartsWith;

const std::string owner = "203.0.113.1";

/// Keeps many connections open, and opens new ones.
class Attacker
{
public:
    Attacker(const Daemon& daemon, std::string address) : daemon_(daemon), address_(std::move(address)) {}

    /// Returns once the updater has had all of them.
    void connect(int count)
    {
        constexpr std::size_t kept = 64;
        while (count-- > 0) {
            kept_.push_back(http());
            if (kept_.size() > kept) {
                kept_.pop_front();
            }
        }
        const UniqueFd last = http();
        support::send_all(last.get(), "GET /nothing HTTP/1.1\r\n\r\n");
        EXPECT_THAT(support::receive_all(last.get()), StartsWith("HTTP/1.1 404 "));
    }

private:
    UniqueFd http() const { return hostile::socket_from(address_, daemon_.http(), {SOCK_STREAM, 0}); }

    const Daemon& daemon_;
    std::string address_;
    std::deque<UniqueFd> kept_;
};

/// An update whose request comes in two segments, between which `something` happens. Returns the reply.
template <typename Something>
std::string update_in_two_segments(const Daemon& daemon, int number, Something something)
{
    const UniqueFd client = hostile::socket_from(owner, daemon.http(), {SOCK_STREAM, 0});
    support::send_all(client.get(),
                      "GET /api/update?hostname=home.dyn.example.org&token=secret&ipv4=192.0.2." +
                          std::to_string(number) + " HTTP/1.1\r\nHost: ");
    something();
    support::send_all(client.get(), "ns.example.org\r\n\r\n");
    return support::receive_all(client.get());
}

support::DaemonStart quiet()
{
    support::DaemonStart start;
    start.options = {};
    start.config = support::server_config("", "", "timeout = 1h\n") + support::sample_hosts();
    return start;
}

TEST(HttpLimits, OneAddressDoesNotShutOutAClientWhoseRequestComesInTwoSegments)
{
    hostile::in_own_network({owner, "192.0.2.1"}, [] {
        Daemon daemon{quiet()};
        Attacker attacker{daemon, "192.0.2.1"};
        attacker.connect(100);
        for (int i = 1; i <= 10; ++i) {
            EXPECT_THAT(update_in_two_segments(daemon, i, [&] { attacker.connect(100); }),
                        EndsWith("\r\n\r\nok updated"));
        }
    });
}

// All connections are in use: the owner's first waits up to a quarter of a second for its place.
TEST(HttpLimits, FourNetworksDoNotShutOutAFifth)
{
    hostile::in_own_network({owner, "192.0.2.1", "198.51.100.1", "10.0.0.1", "10.0.1.1"}, [] {
        Daemon daemon{quiet()};
        std::deque<Attacker> attackers;
        for (const char* address : {"192.0.2.1", "198.51.100.1", "10.0.0.1", "10.0.1.1"}) {
            attackers.emplace_back(daemon, address);
        }
        const auto attack = [&] {
            for (Attacker& attacker : attackers) {
                attacker.connect(70);
            }
        };
        attack();
        for (int i = 1; i <= 3; ++i) {
            EXPECT_THAT(update_in_two_segments(daemon, i, attack), EndsWith("\r\n\r\nok updated"));
        }
    });
}

// A proxy stands for many clients.
TEST(HttpLimits, LoopbackMayHaveAllConnections)
{
    Daemon daemon{quiet()};
    std::vector<UniqueFd> clients;
    for (int i = 0; i < 64; ++i) {
        clients.push_back(support::connect_tcp(daemon.http()));
        support::send_all(clients.back().get(), "GET /nothing HTTP/1.1\r\n");
    }
    for (const UniqueFd& client : clients) {
        support::send_all(client.get(), "\r\n");
        EXPECT_THAT(support::receive_all(client.get()), StartsWith("HTTP/1.1 404 "));
    }
}

} // namespace
