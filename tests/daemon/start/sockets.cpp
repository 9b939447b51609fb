#include "daemon/start/listen.h"
#include "tests/support/failure.h"

#include <algorithm>
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iterator>
#include <netinet/in.h>
#include <set>
#include <sys/socket.h>
#include <sys/un.h>
#include <tuple>
#include <unistd.h>

namespace
{

using ipc::Endpoint;
using ipc::Service;
using supervisor::Sockets;

/// The endpoints of all services but the control socket, which has no address.
std::vector<Endpoint> on(const char* address, std::uint16_t port = 0)
{
    std::vector<Endpoint> all;
    for (const Service service : ipc::services) {
        if (service != Service::control) {
            all.push_back({service, *base::parse_address(address), port, false});
        }
    }
    return all;
}

std::vector<Endpoint> loopback(std::uint16_t port = 0)
{
    return on("127.0.0.1", port);
}

std::vector<Endpoint> on_two_addresses()
{
    std::vector<Endpoint> all = loopback();
    std::ranges::copy(on("127.0.0.2"), std::back_inserter(all));
    return all;
}

std::uint16_t port_of(int fd)
{
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
}

int option(int fd, int level, int name)
{
    int value = -1;
    socklen_t size = sizeof value;
    ::getsockopt(fd, level, name, &value, &size);
    return value;
}

TEST(Sockets, ShareOneFreePortAmongTheAddressesOfAService)
{
    const Sockets sockets = supervisor::bind_sockets(on_two_addresses(), 1);
    const auto udp = sockets.of(Service::dns_udp);
    ASSERT_EQ(udp.size(), 2U);
    EXPECT_NE(port_of(udp[0]), 0);
    EXPECT_EQ(port_of(udp[0]), port_of(udp[1]));
}

// RFC 2181 section 4.1: a reply comes from the address that was asked. A socket of one address has no other.
// A socket of all addresses needs the destination of each packet.
TEST(Sockets, ReportTheDestinationIfTheyHaveMoreThanOneAddress)
{
    const auto tells = [](const char* address, int level, int name) {
        const Sockets sockets = supervisor::bind_sockets(on(address), 1);
        return option(sockets.of(Service::dns_udp).front(), level, name) == 1;
    };
    EXPECT_FALSE(tells("127.0.0.1", IPPROTO_IP, IP_PKTINFO));
    EXPECT_TRUE(tells("0.0.0.0", IPPROTO_IP, IP_PKTINFO));
    EXPECT_FALSE(tells("::1", IPPROTO_IPV6, IPV6_RECVPKTINFO));
    EXPECT_TRUE(tells("::", IPPROTO_IPV6, IPV6_RECVPKTINFO));
}

// RFC 9715 section 3.1
TEST(Sockets, DoNotFragment)
{
    const Sockets sockets = supervisor::bind_sockets(loopback(), 1);
    EXPECT_EQ(option(sockets.of(Service::dns_udp).front(), IPPROTO_IP, IP_MTU_DISCOVER), IP_PMTUDISC_PROBE);
}

// Over IPv6 only the sender fragments (RFC 8200 section 4.5).
TEST(Sockets, DoNotFragmentOverIpv6)
{
    const Sockets sockets = supervisor::bind_sockets(on("::1"), 1);
    const int udp = sockets.of(Service::dns_udp).front();
    EXPECT_EQ(option(udp, IPPROTO_IPV6, IPV6_MTU_DISCOVER), IPV6_PMTUDISC_PROBE);
    EXPECT_EQ(option(udp, IPPROTO_IPV6, IPV6_DONTFRAG), 1);
}

TEST(Sockets, ReportWhichPortIsTakenAndWhatToDo)
{
    const Sockets first = supervisor::bind_sockets(loopback(), 1);
    const std::uint16_t taken = port_of(first.of(Service::dns_tcp).front());
    EXPECT_EQ(
        support::failure_of([&] { supervisor::bind_sockets(loopback(taken), 1); }),
        "cannot listen on tcp 127.0.0.1 port " + std::to_string(taken) +
            ": Address already in use: another server uses it; stop that server, or set listen= or port=");
}

// At boot the daemon may start before the network has its addresses.
TEST(Sockets, AreBoundToAnAddressThatDoesNotExistYet)
{
    for (const char* absent : {"192.0.2.77", "2001:db8::77"}) {
        const Sockets sockets = supervisor::bind_sockets(on(absent), 2);
        for (const Service service : ipc::services) {
            const std::size_t count = service == Service::control ? 0 : 1; // it is bound by itself
            EXPECT_EQ(sockets.of(service).size(), ipc::is_dns(service) ? 2 : count) << absent; // workers
        }
    }
}

TEST(Sockets, OfADuplicateAddressAreAnError)
{
    std::vector<Endpoint> twice = on("192.0.2.77", 5353);
    std::ranges::copy(on("192.0.2.77", 5353), std::back_inserter(twice));
    EXPECT_THAT(support::failure_of([&] { supervisor::bind_sockets(twice, 1); }),
                testing::HasSubstr("Address already in use"));
}

TEST(Sockets, KnowWhichAddressesAReloadLacks)
{
    Sockets sockets = supervisor::bind_sockets(loopback(), 1);
    EXPECT_FALSE(sockets.missing(loopback()));
    EXPECT_EQ(sockets.missing(loopback(53)), "tcp 127.0.0.1 port 53");

    sockets = supervisor::bind_sockets(on_two_addresses(), 1);
    EXPECT_FALSE(sockets.missing(loopback()));
}

TEST(Sockets, ReleaseUnwantedAddressesAndTakeThemBack)
{
    Sockets sockets = supervisor::bind_sockets(on_two_addresses(), 1);
    const auto before = sockets.of(Service::dns_udp);
    Sockets others = sockets.split_off_all_but(on("127.0.0.2"));
    EXPECT_EQ(sockets.of(Service::dns_udp), std::vector{before[1]});
    EXPECT_EQ(others.of(Service::dns_udp), std::vector{before[0]});
    EXPECT_EQ(others.of(Service::http).size(), 1U);
    sockets.take_back(std::move(others));
    EXPECT_THAT(sockets.of(Service::dns_udp), testing::UnorderedElementsAreArray(before));
    EXPECT_FALSE(sockets.missing(on_two_addresses()));
}

// With one worker the port is not shared. With several, only the daemon's own sockets share it.
TEST(Sockets, ShareAPortOnlyAmongWorkers)
{
    const Sockets one = supervisor::bind_sockets(loopback(), 1);
    EXPECT_EQ(option(one.of(Service::dns_udp).front(), SOL_SOCKET, SO_REUSEPORT), 0);
    const Sockets several = supervisor::bind_sockets(loopback(), 3);
    EXPECT_EQ(option(several.of(Service::http).front(), SOL_SOCKET, SO_REUSEPORT), 0);
    std::set<int> ports;
    std::set<int> sockets;
    for (std::uint16_t i = 0; i < 3; ++i) {
        for (const int fd : several.of(Service::dns_udp, {i, 3})) {
            ports.insert(port_of(fd));
            sockets.insert(fd);
        }
    }
    EXPECT_EQ(ports.size(), 1U);
    EXPECT_EQ(sockets.size(), 3U);
}

class TakenPort : public testing::TestWithParam<int>
{
};

// Another process of the same user could share the port if our first socket were bound with SO_REUSEPORT.
TEST_P(TakenPort, IsAnErrorEvenIfItsOwnerWouldShare)
{
    const privsep::UniqueFd other{::socket(AF_INET, GetParam() | SOCK_CLOEXEC, 0)};
    const int on = 1;
    ::setsockopt(other.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::bind(other.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    if (GetParam() == SOCK_STREAM) {
        ::listen(other.get(), 1);
    }
    std::vector<Endpoint> wanted = loopback();
    const Service service = GetParam() == SOCK_STREAM ? Service::dns_tcp : Service::dns_udp;
    std::ranges::find(wanted, service, &Endpoint::service)->port = port_of(other.get());
    EXPECT_THAT(support::failure_of([&] { supervisor::bind_sockets(wanted, 2); }),
                testing::HasSubstr("Address already in use"));
}

INSTANTIATE_TEST_SUITE_P(Each, TakenPort, testing::Values(SOCK_DGRAM, SOCK_STREAM),
                         [](const auto& type) { return type.param == SOCK_DGRAM ? "Udp" : "Tcp"; });

// For any number of workers after a reload, each socket is read and each worker reads one.
TEST(Sockets, AreAllReadByAnyNumberOfWorkers)
{
    for (const std::uint16_t bound : std::initializer_list<std::uint16_t>{1, 2, 3, 5}) {
        const Sockets sockets = supervisor::bind_sockets(loopback(), bound);
        for (std::uint16_t workers = 1; workers < 8; ++workers) {
            std::set<int> seen;
            std::size_t given = 0;
            for (std::uint16_t i = 0; i < workers; ++i) {
                const auto own = sockets.of(Service::dns_udp, {i, workers});
                EXPECT_FALSE(own.empty());
                EXPECT_EQ(own.size(), sockets.of(Service::dns_tcp, {i, workers}).size());
                seen.insert(own.begin(), own.end());
                given += own.size();
            }
            EXPECT_EQ(seen.size(), bound);
            EXPECT_EQ(sockets.are_shared_by(workers), given > seen.size()) << bound << ' ' << workers;
        }
    }
}

supervisor::PassedSocket passed(int family, int type, const char* name, bool listening)
{
    privsep::UniqueFd fd{::socket(family, type | SOCK_CLOEXEC, 0)};
    if (listening) {
        ::listen(fd.get(), 1);
    }
    return {std::move(fd), name};
}

/// It listens at a name that the kernel chooses (unix(7)).
supervisor::PassedSocket passed_unix_stream(const char* name)
{
    supervisor::PassedSocket socket = passed(AF_UNIX, SOCK_STREAM, name, false);
    const sockaddr_un any{AF_UNIX, {}};
    EXPECT_EQ(::bind(socket.fd.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any.sun_family), 0);
    EXPECT_EQ(::listen(socket.fd.get(), 1), 0);
    return socket;
}

TEST(PassedSockets, AreDistinguishedByNameTypeAndFamily)
{
    std::vector<supervisor::PassedSocket> all;
    all.push_back(passed(AF_INET, SOCK_STREAM, "http", true));
    all.push_back(passed(AF_INET, SOCK_STREAM, "dns", true));
    all.push_back(passed(AF_INET, SOCK_DGRAM, "dns", false));
    all.push_back(passed(AF_INET, SOCK_DGRAM, "dns", false));
    all.push_back(passed(AF_INET, SOCK_STREAM, "dns", false));  // does not listen
    all.push_back(passed(AF_INET, SOCK_DGRAM, "http", false));  // of the wrong type
    all.push_back(passed(AF_INET, SOCK_DGRAM, "other", false)); // for another purpose
    all.push_back(passed(AF_UNIX, SOCK_DGRAM, "dns", false));
    const Sockets sockets = supervisor::adopt_sockets(std::move(all));
    EXPECT_EQ(sockets.of(Service::dns_udp).size(), 2U);
    EXPECT_EQ(sockets.of(Service::dns_tcp).size(), 1U);
    EXPECT_EQ(sockets.of(Service::http).size(), 1U);
    EXPECT_FALSE(sockets.missing(loopback(53))) << "no socket is bound if sockets are passed";
}

// A proxy on the same machine connects to it.
TEST(PassedSockets, OfUnixStreamsAreForHttpByTheirNameOnly)
{
    std::vector<supervisor::PassedSocket> all;
    all.push_back(passed(AF_INET, SOCK_DGRAM, "dns", false));
    for (const char* name : {"http", "dns", "https", "unknown", "nanodnsd.socket"}) {
        all.push_back(passed_unix_stream(name));
    }
    all.push_back(passed(AF_UNIX, SOCK_STREAM, "http", false)); // does not listen
    all.push_back(passed(AF_UNIX, SOCK_SEQPACKET, "http", true));
    const int http = all[1].fd.get();
    const Sockets sockets = supervisor::adopt_sockets(std::move(all));
    EXPECT_EQ(sockets.of(Service::http), std::vector{http});
    EXPECT_TRUE(sockets.of(Service::dns_tcp).empty());
    EXPECT_THAT(sockets.summary(), testing::HasSubstr(", http on a Unix socket"));
}

/// A socket on `port` of a loopback address that no other process uses; 0: any port.
supervisor::PassedSocket bound(int type, std::uint16_t port, const char* name)
{
    supervisor::PassedSocket socket = passed(AF_INET, type, name, false);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    constexpr std::uint32_t net = 0x7F400000; // 127.64.0.0/10
    address.sin_addr.s_addr = htonl(net | static_cast<std::uint32_t>(::getpid()));
    address.sin_port = htons(port);
    EXPECT_EQ(::bind(socket.fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    if (type == SOCK_STREAM) {
        ::listen(socket.fd.get(), 1);
    }
    return socket;
}

class UnnamedSockets : public testing::TestWithParam<const char*>
{
};

TEST_P(UnnamedSockets, AreDistinguishedByTypeAndPort)
{
    std::vector<supervisor::PassedSocket> all;
    all.push_back(bound(SOCK_STREAM, 0, GetParam()));
    all.push_back(bound(SOCK_DGRAM, 0, GetParam()));
    all.push_back(bound(SOCK_STREAM, port_of(all.back().fd.get()), GetParam()));
    all.push_back(passed(AF_UNIX, SOCK_DGRAM, GetParam(), false));
    const std::vector<int> fds{all[0].fd.get(), all[1].fd.get(), all[2].fd.get()};
    const Sockets sockets = supervisor::adopt_sockets(std::move(all));
    EXPECT_EQ(sockets.of(Service::http), std::vector{fds[0]});
    EXPECT_EQ(sockets.of(Service::dns_udp), std::vector{fds[1]});
    EXPECT_EQ(sockets.of(Service::dns_tcp), std::vector{fds[2]});
}

TEST_P(UnnamedSockets, AreForHttpsOnItsPort)
{
    std::vector<supervisor::PassedSocket> all;
    all.push_back(bound(SOCK_DGRAM, 0, GetParam()));
    all.push_back(bound(SOCK_STREAM, 443, GetParam()));
    const Sockets sockets = supervisor::adopt_sockets(std::move(all));
    EXPECT_TRUE(sockets.of(Service::http).empty());
    EXPECT_EQ(sockets.of(Service::https).size(), 1U);
}

TEST_P(UnnamedSockets, AreAnErrorIfAllAreStreams)
{
    EXPECT_THAT(support::failure_of([] {
                    std::vector<supervisor::PassedSocket> all;
                    all.push_back(bound(SOCK_STREAM, 0, GetParam()));
                    supervisor::adopt_sockets(std::move(all));
                }),
                testing::HasSubstr("set FileDescriptorName=dns or FileDescriptorName=http"));
}

INSTANTIATE_TEST_SUITE_P(Each, UnnamedSockets, testing::Values("unknown", "connection", "my-dns.socket"),
                         [](const auto& name) { return "Name" + std::to_string(name.index); });

TEST(PassedSockets, AreAnErrorIfNoneIsForDns)
{
    EXPECT_THAT(support::failure_of([] {
                    std::vector<supervisor::PassedSocket> all;
                    all.push_back(bound(SOCK_STREAM, 0, "http"));
                    supervisor::adopt_sockets(std::move(all));
                }),
                testing::StartsWith("no DNS socket is among the passed sockets"));
}

// RFC 2181 section 4.1. It does not depend on the service manager's PassPacketInfo= (systemd.socket(5)).
TEST(PassedSockets, ReportTheDestinationIfTheyHaveMoreThanOneAddress)
{
    const auto tells = [](const char* address, bool told_before) {
        supervisor::PassedSocket socket = passed(AF_INET6, SOCK_DGRAM, "dns", false);
        const int fd = socket.fd.get();
        for (const auto& [level, name, value] :
             {std::tuple{IPPROTO_IPV6, IPV6_V6ONLY, 0}, std::tuple{IPPROTO_IP, IP_PKTINFO, int{told_before}},
              std::tuple{IPPROTO_IPV6, IPV6_RECVPKTINFO, int{told_before}}}) {
            ::setsockopt(fd, level, name, &value, sizeof value);
        }
        sockaddr_in6 bound{};
        bound.sin6_family = AF_INET6;
        ::inet_pton(AF_INET6, address, &bound.sin6_addr);
        EXPECT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&bound), sizeof bound), 0) << address;
        std::vector<supervisor::PassedSocket> all;
        all.push_back(std::move(socket));
        const Sockets sockets = supervisor::adopt_sockets(std::move(all));
        EXPECT_EQ(option(fd, IPPROTO_IP, IP_PKTINFO), option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO));
        return option(fd, IPPROTO_IP, IP_PKTINFO) == 1;
    };
    EXPECT_TRUE(tells("::", false));
    EXPECT_TRUE(tells("::ffff:0.0.0.0", false));
    EXPECT_FALSE(tells("::1", true));
    EXPECT_FALSE(tells("::ffff:127.0.0.1", true));
}

// systemd.socket(5): ReceiveBuffer= may exceed net.core.rmem_max, which is our own limit.
TEST(PassedSockets, KeepTheirReceiveBuffers)
{
    for (const int room : {1 << 14, 1 << 23}) {
        supervisor::PassedSocket socket = passed(AF_INET, SOCK_DGRAM, "dns", false);
        const int fd = socket.fd.get();
        ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
        const int before = option(fd, SOL_SOCKET, SO_RCVBUF);
        std::vector<supervisor::PassedSocket> all;
        all.push_back(std::move(socket));
        const Sockets sockets = supervisor::adopt_sockets(std::move(all));
        EXPECT_EQ(option(fd, SOL_SOCKET, SO_RCVBUF), before);
    }
}

} // namespace
