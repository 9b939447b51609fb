// Which of several sockets of one address gets a client's packets, tested with real sockets.
#include "daemon/start/steering.h"

#include <arpa/inet.h>
#include <array>
#include <cstdlib>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <random>
#include <sched.h>
#include <set>
#include <sys/socket.h>
#include <thread>

#include "daemon/start/listen.h"

namespace
{

using privsep::UniqueFd;
using supervisor::Service;
using supervisor::Sockets;

constexpr std::uint16_t workers = 4;

Sockets bind(const char* address)
{
    std::vector<ipc::Endpoint> wanted;
    for (const ipc::Service service : ipc::services) {
        wanted.push_back({service, *base::parse_address(address), 0, false});
    }
    return supervisor::bind_sockets(wanted, workers);
}

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

SocketAddress address_of(int fd)
{
    SocketAddress address;
    EXPECT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&address.storage), &address.size), 0);
    return address;
}

/// Binds to any free port of the address, which no interface needs to have.
UniqueFd client(int type, const std::string& from)
{
    const bool ipv4 = from.find(':') == std::string::npos;
    UniqueFd fd{::socket(ipv4 ? AF_INET : AF_INET6, type | SOCK_CLOEXEC, 0)};
    const int on = 1;
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_FREEBIND, &on, sizeof on);
    SocketAddress address;
    address.storage.ss_family = ipv4 ? AF_INET : AF_INET6;
    if (ipv4) {
        ::inet_pton(AF_INET, from.c_str(), &reinterpret_cast<sockaddr_in&>(address.storage).sin_addr);
    } else {
        ::inet_pton(AF_INET6, from.c_str(), &reinterpret_cast<sockaddr_in6&>(address.storage).sin6_addr);
    }
    EXPECT_EQ(::bind(fd.get(), address.get(), ipv4 ? sizeof(sockaddr_in) : sizeof(sockaddr_in6)), 0) << from;
    return fd;
}

/// The number of the worker that gets the packets of a client with this address.
std::size_t worker_for(const Sockets& sockets, Service service, const std::string& from)
{
    std::array<pollfd, workers> waiting{};
    for (std::uint16_t i = 0; i < workers; ++i) {
        waiting.at(i) = {sockets.of(service, {i, workers}).at(0), POLLIN, 0};
    }
    const bool is_udp = service == Service::dns_udp;
    const UniqueFd fd = client(is_udp ? SOCK_DGRAM : SOCK_STREAM, from);
    const SocketAddress to = address_of(waiting[0].fd);
    EXPECT_EQ(::connect(fd.get(), to.get(), to.size), 0);
    EXPECT_TRUE(!is_udp || ::send(fd.get(), "x", 1, 0) == 1);
    constexpr int patience_ms = 20000;
    EXPECT_EQ(::poll(waiting.data(), waiting.size(), patience_ms), 1)
        << "more than one worker or none got the packet";
    for (std::size_t i = 0; i < workers; ++i) {
        if (waiting.at(i).revents != 0) {
            char byte = 0;
            const UniqueFd accepted{is_udp ? -1 : ::accept(waiting.at(i).fd, nullptr, nullptr)};
            EXPECT_TRUE(!is_udp || ::recv(waiting.at(i).fd, &byte, 1, 0) == 1);
            return i;
        }
    }
    return workers;
}

template <typename From>
std::set<std::size_t> workers_for(const Sockets& sockets, Service service, int clients, From from)
{
    std::set<std::size_t> result;
    for (int i = 0; i < clients; ++i) {
        result.insert(worker_for(sockets, service, from(std::to_string(i))));
    }
    return result;
}

class Steering : public testing::TestWithParam<Service>
{
};

// A /16 goes to one worker, which alone keeps its limits.
TEST_P(Steering, SendsANetworkOfIpv4ToOneWorker)
{
    const Sockets sockets = bind("127.0.0.1");
    for (const std::string network : {"127.1.", "127.255.", "127.0."}) {
        const auto within = [&](const auto& i) { return network + i + "." + i; };
        EXPECT_EQ(workers_for(sockets, GetParam(), 64, within).size(), 1U);
    }
}

TEST_P(Steering, SendsManyNetworksOfIpv4ToAllWorkers)
{
    const Sockets sockets = bind("127.0.0.1");
    const auto second = [](const auto& i) { return "127." + i + ".0.1"; };
    EXPECT_EQ(workers_for(sockets, GetParam(), 64, second).size(), workers);
}

/// Runs `test` in a network namespace in which all of fd00::/8 is local; false if it cannot be made.
bool in_a_network_of_its_own(const std::function<void()>& test)
{
    bool is_there = false;
    std::thread{[&] { // unshare(2) is for one thread
        is_there = ::unshare(CLONE_NEWNET) == 0 &&
                   std::system("ip link set lo up && ip addr add fd00::1/128 dev lo nodad && "
                               "ip route add local fd00::/8 dev lo") == 0;
        if (is_there) {
            test();
        }
    }}
        .join();
    return is_there;
}

// A /32: only the first four bytes count.
TEST_P(Steering, SendsANetworkOfIpv6ToOneWorkerAndManyToAll)
{
    const auto test = [] {
        const Sockets sockets = bind("fd00::1");
        const auto within = [](const auto& i) { return "fd01:2:" + i + ":4" + i + "::" + i; };
        EXPECT_EQ(workers_for(sockets, GetParam(), 64, within).size(), 1U);
        for (const std::string format : {"fd01:*00:3:4::1", "fd01:*:3:4::1", "fd*::1"}) {
            const auto across = [&](const auto& i) {
                const std::string two_digits = i.size() == 1 ? "1" + i : i;
                return std::string{format}.replace(format.find('*'), 1, two_digits);
            };
            EXPECT_EQ(workers_for(sockets, GetParam(), 64, across).size(), workers) << format;
        }
    };
    ASSERT_TRUE(in_a_network_of_its_own(test)) << "this test needs to be root";
}

INSTANTIATE_TEST_SUITE_P(Each, Steering, testing::Values(Service::dns_udp, Service::dns_tcp),
                         [](const auto& service) {
                             return service.param == Service::dns_udp ? "udp" : "tcp";
                         });

/// The worker that the program selects for a packet whose source address starts with these bytes.
std::uint32_t worker_by(const std::vector<sock_filter>& program, bool ipv4, std::uint32_t source)
{
    const std::uint32_t first = static_cast<std::uint32_t>(SKF_NET_OFF) + (ipv4 ? 12 : 8);
    std::uint32_t a = 0;
    std::uint32_t x = 0;
    for (const sock_filter& step : program) {
        switch (step.code) {
        case BPF_LD | BPF_W | BPF_ABS:
            EXPECT_EQ(step.k, first);
            a = source;
            break;
        case BPF_MISC | BPF_TAX:
            x = a;
            break;
        case BPF_ALU | BPF_MUL | BPF_K:
            a *= step.k;
            break;
        case BPF_ALU | BPF_RSH | BPF_K:
            a >>= step.k;
            break;
        case BPF_ALU | BPF_MOD | BPF_K:
            a %= step.k;
            break;
        case BPF_ALU | BPF_XOR | BPF_X:
            a ^= x;
            break;
        case BPF_RET | BPF_A:
            return a;
        default:
            ADD_FAILURE() << "unknown code " << step.code;
            return workers;
        }
    }
    return workers;
}

/// How many workers get packets of 64 networks that differ in one byte: the one `bits` above the word's end.
std::size_t workers_by(const std::vector<sock_filter>& program, bool ipv4, unsigned bits)
{
    std::set<std::uint32_t> found;
    for (std::uint32_t byte = 0; byte < 64; ++byte) {
        found.insert(worker_by(program, ipv4, 0x0A000001 ^ byte << bits));
    }
    return found.size();
}

// Networks that differ only in their first bytes are spread as well as others.
TEST(SteeringProgram, SpreadsNetworksThatDifferInOneByteWithAnyKey)
{
    std::mt19937 keys; // NOLINT(cert-msc32-c,cert-msc51-cpp): the same ones each time
    for (int i = 0; i < 1000; ++i) {
        const auto key = static_cast<std::uint32_t>(keys());
        const auto ipv4 = supervisor::steering_program(true, workers, key);
        const auto ipv6 = supervisor::steering_program(false, workers, key);
        for (const unsigned bits : {24U, 16U}) {
            EXPECT_EQ(workers_by(ipv4, true, bits), workers) << key << ' ' << bits;
            EXPECT_EQ(workers_by(ipv6, false, bits), workers) << key << ' ' << bits;
        }
        for (const unsigned bits : {8U, 0U}) {
            EXPECT_EQ(workers_by(ipv4, true, bits), 1U) << key << ' ' << bits;
            EXPECT_EQ(workers_by(ipv6, false, bits), workers) << key << ' ' << bits;
        }
    }
}

// An attacker who can choose a network must not be able to choose the worker, and so its victims.
TEST(SteeringProgram, DependsOnItsKey)
{
    const auto same = [](const sock_filter& a, const sock_filter& b) {
        return a.code == b.code && a.k == b.k;
    };
    const auto one = supervisor::steering_program(true, 4, 0x12345679);
    const auto other = supervisor::steering_program(true, 4, 0x9ABCDEF1);
    EXPECT_FALSE(std::equal(one.begin(), one.end(), other.begin(), other.end(), same));
}

TEST(SteeringProgram, IsRefusedBySocketsThatShareNothing)
{
    const UniqueFd alone{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    EXPECT_FALSE(supervisor::steer_by_network(alone.get(), true, 2, 1));
}

} // namespace
