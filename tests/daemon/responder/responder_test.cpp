// The whole responder but its sandbox: real sockets, a thread in place of the process.
#include "daemon/responder/responder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>

#include "proto/ipc/zone_feed.h"

namespace
{

using base::Bytes;
using Octets = std::vector<std::uint8_t>;

dns::Name name(std::string_view text)
{
    return *dns::Name::from_text(text);
}

/// A query of class IN, with RD.
Octets query(std::uint16_t id, std::string_view owner, dns::Type type)
{
    Octets room(512);
    base::Writer out{room};
    dns::Header{id, dns::flag::rd, 1, 0, 0, 0}.write(out);
    out.bytes(name(owner).wire());
    out.u16(static_cast<std::uint16_t>(type));
    out.u16(1);
    room.resize(out.size());
    return room;
}

sockaddr_in address(const char* text, std::uint16_t port)
{
    sockaddr_in result{};
    result.sin_family = AF_INET;
    result.sin_port = htons(port);
    ::inet_pton(AF_INET, text, &result.sin_addr);
    return result;
}

privsep::UniqueFd bound(int type, std::uint16_t& port)
{
    privsep::UniqueFd socket{::socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    sockaddr_in any = address("0.0.0.0", port);
    EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&any), sizeof any), 0);
    socklen_t size = sizeof any;
    ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&any), &size);
    port = ntohs(any.sin_port);
    return socket;
}

privsep::UniqueFd connected(int type, const char* to, std::uint16_t port)
{
    privsep::UniqueFd socket{::socket(AF_INET, type | SOCK_CLOEXEC, 0)};
    const timeval limit{5, 0};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    const sockaddr_in there = address(to, port);
    EXPECT_EQ(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&there), sizeof there), 0);
    return socket;
}

void write_all(int socket, Bytes octets)
{
    EXPECT_EQ(::send(socket, octets.data(), octets.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(octets.size()));
}

Octets framed(const Octets& message)
{
    Octets frame{static_cast<std::uint8_t>(message.size() >> 8), static_cast<std::uint8_t>(message.size())};
    frame.insert(frame.end(), message.begin(), message.end());
    return frame;
}

/// Empty where nothing comes.
Octets read_exactly(int socket, std::size_t size)
{
    Octets octets(size);
    return ::recv(socket, octets.data(), size, MSG_WAITALL) == static_cast<ssize_t>(size) ? octets : Octets{};
}

Octets read_frame(int socket)
{
    const Octets length = read_exactly(socket, 2);
    return length.empty() ? Octets{}
                          : read_exactly(socket, static_cast<std::size_t>(length[0] << 8 | length[1]));
}

/// A connected socket takes only what comes from the address that it asked.
Octets ask_udp(int socket, const Octets& message)
{
    write_all(socket, message);
    Octets reply(65535);
    const ssize_t size = ::recv(socket, reply.data(), reply.size(), 0);
    reply.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return reply;
}

std::uint8_t rcode(const Octets& reply)
{
    return reply.size() < 12 ? 0xFF : reply[3] & 0xF;
}

class ResponderTest : public testing::Test
{
protected:
    void SetUp() override
    {
        setup_.udp_sockets = 1;
        setup_.tcp_sockets = 1;
        setup_.apex = name("example.org");
        setup_.name_servers = {name("ns.example.net")};
        setup_.mailbox = name("hostmaster.example.org");
    }

    void start(bool feed_is_complete = true)
    {
        privsep::Inherited inherited;
        auto [their_control, our_control] = privsep::Channel::pair();
        auto [their_feed, our_feed] = privsep::Channel::pair();
        control_ = Control{std::move(our_control)};
        feed_ = Keeper{std::move(our_feed)};
        inherited.control = privsep::ControlChannel{std::move(their_control)};
        ipc::append_record<ipc::ResponderPart>(inherited.setup, setup_);
        ipc::append_record<ipc::ResponderPart>(
            inherited.setup, ipc::HostSetup{name("home.example.org"), 60, {{1, {192, 0, 2, 1}}}});
        privsep::UniqueFd udp = bound(SOCK_DGRAM, udp_port_);
        const int on = 1;
        ::setsockopt(udp.get(), IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
        privsep::UniqueFd tcp = bound(SOCK_STREAM, tcp_port_);
        ::listen(tcp.get(), 64);
        inherited.descriptors.push_back(std::move(udp));
        inherited.descriptors.push_back(std::move(tcp));
        inherited.descriptors.push_back(their_feed.release());
        responder_.emplace(inherited);
        thread_ = std::thread{[this] {
            try {
                responder_->serve(7);
            } catch (const std::exception& failure) {
                failure_ = failure.what();
            }
        }};
        if (feed_is_complete) {
            complete(1);
        }
    }
    void complete(std::uint32_t serial)
    {
        EXPECT_EQ(feed_.send(ipc::Complete{serial}), privsep::Transfer::done);
        EXPECT_EQ(std::get<ipc::Ready>(hear()).walls, 7U);
    }
    /// Waits for what the responder says.
    ipc::ChildToSupervisor hear()
    {
        wait_for(control_.get());
        std::optional<ipc::ChildToSupervisor> message;
        EXPECT_EQ(control_.receive(message), privsep::Transfer::done);
        return message.value_or(ipc::Pong{});
    }
    /// Orders are taken one after the other, so all before it are obeyed when the answer is there.
    void ping()
    {
        EXPECT_EQ(control_.send(ipc::Ping{42}), privsep::Transfer::done);
        EXPECT_EQ(std::get<ipc::Pong>(hear()).number, 42U);
    }
    static void wait_for(int fd)
    {
        privsep::EventLoop loop;
        struct Nothing final : privsep::Watcher {
            void ready(std::uint32_t /*events*/) override {}
        } nothing;
        loop.add(fd, EPOLLIN, nothing);
        loop.turn(5000);
        loop.remove(fd, nothing);
    }
    void quit()
    {
        control_.send(ipc::Quit{});
        thread_.join();
    }
    void TearDown() override
    {
        if (thread_.joinable()) {
            quit();
        }
        EXPECT_EQ(failure_, expected_failure_);
    }
    privsep::UniqueFd udp(const char* to = "127.0.0.1") { return connected(SOCK_DGRAM, to, udp_port_); }
    privsep::UniqueFd tcp() { return connected(SOCK_STREAM, "127.0.0.1", tcp_port_); }

    using Control = privsep::TypedChannel<ipc::SupervisorToChild, ipc::ChildToSupervisor>;
    using Keeper = privsep::TypedChannel<ipc::KeeperToResponder, std::monostate>;

    ipc::ResponderSetup setup_;
    Control control_;
    Keeper feed_;
    std::uint16_t udp_port_ = 0;
    std::uint16_t tcp_port_ = 0;
    std::optional<responder::Responder> responder_;
    std::thread thread_;
    std::string failure_;
    std::string expected_failure_;
};

const Octets asked = query(0x1234, "home.example.org", dns::Type::a);
const Octets address_record = {0xC0, 0x0C, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1};

// basic-a
TEST_F(ResponderTest, AnswersOverUdp)
{
    start();
    Octets expected = asked;
    expected[2] = 0x85;
    expected[7] = 1;
    expected.insert(expected.end(), address_record.begin(), address_record.end());
    EXPECT_EQ(ask_udp(udp().get(), asked), expected);
}

// udp-source-address: RFC 2181 section 4.1
TEST_F(ResponderTest, RepliesFromTheAddressThatWasAsked)
{
    start();
    EXPECT_EQ(rcode(ask_udp(udp("127.0.0.77").get(), asked)), 0);
}

// short-header, empty-datagram, qr-set-dropped: no reply, and the next query is answered
TEST_F(ResponderTest, GoesOnAfterWhatIsNoQuery)
{
    start();
    const auto client = udp();
    for (std::size_t size = 0; size < 12; ++size) {
        write_all(client.get(), Bytes{asked}.first(size));
    }
    Octets reply = asked;
    reply[2] |= 0x80;
    write_all(client.get(), reply);
    const Octets answer = ask_udp(client.get(), query(0x4321, "home.example.org", dns::Type::a));
    ASSERT_GE(answer.size(), 2U);
    EXPECT_EQ(answer[0], 0x43); // of the last one: the others got none
}

TEST_F(ResponderTest, CallsADatagramThatIsTooLongAFormatError)
{
    start();
    Octets too_long = asked;
    too_long.resize(1300);
    EXPECT_EQ(rcode(ask_udp(udp().get(), too_long)), 1);
    too_long.resize(1232); // what the OPT record promises to take: octets behind the message are ignored
    EXPECT_EQ(rcode(ask_udp(udp().get(), too_long)), 0);
}

TEST_F(ResponderTest, AnswersMoreThanABatch)
{
    start();
    const auto client = udp();
    for (std::uint16_t id = 0; id < 100; ++id) {
        write_all(client.get(), query(id, "home.example.org", dns::Type::a));
    }
    std::vector<bool> seen(100);
    for (int i = 0; i < 100; ++i) {
        Octets reply(512);
        ASSERT_GT(::recv(client.get(), reply.data(), reply.size(), 0), 12);
        seen.at(reply[1]) = true;
    }
    EXPECT_THAT(seen, testing::Each(true));
}

// tcp-basic, tcp-reuse, tcp-pipeline: RFC 7766 section 6.2.1.1
TEST_F(ResponderTest, AnswersTwentyPipelinedQueriesOverTcp)
{
    start();
    const auto client = tcp();
    Octets sent;
    for (std::uint16_t id = 0; id < 20; ++id) {
        const Octets frame = framed(query(id, "home.example.org", dns::Type::a));
        sent.insert(sent.end(), frame.begin(), frame.end());
    }
    write_all(client.get(), sent);
    for (std::uint16_t id = 0; id < 20; ++id) {
        const Octets reply = read_frame(client.get());
        ASSERT_EQ(reply.size(), asked.size() + address_record.size());
        EXPECT_EQ(reply[1], id);
    }
}

// tcp-octet-by-octet: RFC 1035 section 4.2.2
TEST_F(ResponderTest, AnswersWhatComesInSingleOctets)
{
    start();
    const auto client = tcp();
    for (const std::uint8_t octet : framed(asked)) {
        write_all(client.get(), {&octet, 1});
    }
    EXPECT_EQ(rcode(read_frame(client.get())), 0);
}

// tcp-half-close: RFC 7766 section 6.2.4
TEST_F(ResponderTest, AnswersAClientThatHasShutDownItsSide)
{
    start();
    for (int i = 0; i < 20; ++i) {
        const auto client = tcp();
        write_all(client.get(), framed(asked));
        ::shutdown(client.get(), SHUT_WR);
        EXPECT_EQ(rcode(read_frame(client.get())), 0);
    }
}

// tcp-zero-length, tcp-short-message, tcp-qr-set
TEST_F(ResponderTest, ClosesAConnectionThatSpeaksNoDns)
{
    start();
    Octets reply = asked;
    reply[2] |= 0x80;
    for (const Octets& message : {Octets{}, Octets{1, 2, 3, 4, 5}, reply}) {
        const auto client = tcp();
        write_all(client.get(), framed(message));
        char octet = 0;
        EXPECT_LE(::recv(client.get(), &octet, 1, 0), 0);
    }
    const auto client = tcp();
    write_all(client.get(), framed(asked));
    EXPECT_EQ(rcode(read_frame(client.get())), 0);
}

// tcp-large-query, and the largest that there is
TEST_F(ResponderTest, TakesMessagesUpToTheLimitOfTheLength)
{
    start();
    for (const std::size_t size : {std::size_t{12000}, std::size_t{65535}}) {
        const auto client = tcp();
        Octets large = asked;
        large.resize(size);
        write_all(client.get(), framed(large));
        EXPECT_EQ(rcode(read_frame(client.get())), 0) << size;
    }
}

// tcp-stalled-frame: RFC 7766 section 6.2.3
TEST_F(ResponderTest, AStalledClientHoldsUpNobody)
{
    start();
    const auto stalled = tcp();
    write_all(stalled.get(), Octets{0xFF, 0xFF});
    const auto client = tcp();
    write_all(client.get(), framed(asked));
    EXPECT_EQ(rcode(read_frame(client.get())), 0);
}

TEST_F(ResponderTest, AnswersNobodyBeforeTheZoneIsWhole)
{
    start(false);
    const auto client = udp();
    write_all(client.get(), asked);
    ping();
    Octets room(512);
    EXPECT_EQ(::recv(client.get(), room.data(), room.size(), MSG_DONTWAIT), -1);
    complete(1);
    EXPECT_GT(::recv(client.get(), room.data(), room.size(), 0), 12); // the query has waited
}

TEST_F(ResponderTest, FollowsTheFeed)
{
    start();
    feed_.send(ipc::HostRecords{ipc::HostIndex{0}, 2, base::Address4{{198, 51, 100, 9}}, std::nullopt});
    const auto client = udp();
    Octets reply;
    for (int i = 0; i < 1000 && (reply.empty() || reply.back() != 9); ++i) {
        reply = ask_udp(client.get(), asked);
    }
    ASSERT_FALSE(reply.empty());
    EXPECT_EQ(reply.back(), 9);
}

// DESIGN: the keeper may die, the responder goes on
TEST_F(ResponderTest, GoesOnWithoutAKeeperAndTakesTheNextOne)
{
    start();
    feed_.close();
    const auto client = udp();
    EXPECT_EQ(rcode(ask_udp(client.get(), asked)), 0);
    auto [theirs, ours] = privsep::Channel::pair();
    control_.send(ipc::Attach{ipc::Peer::keeper, 0}, theirs.get());
    ping();
    feed_ = Keeper{std::move(ours)};
    feed_.send(ipc::HostRecords{ipc::HostIndex{0}, 2, std::nullopt, std::nullopt});
    Octets reply;
    for (int i = 0; i < 1000 && (reply.empty() || reply[7] != 0); ++i) {
        reply = ask_udp(client.get(), asked);
    }
    EXPECT_EQ(reply[7], 0); // no answer: NODATA
}

TEST_F(ResponderTest, ClosesAFeedThatSpeaksOfAHostThatThereIsNot)
{
    start();
    feed_.send(ipc::HostRecords{ipc::HostIndex{1}, 2, base::Address4{}, std::nullopt});
    wait_for(feed_.get());
    std::uint8_t octet = 0;
    EXPECT_EQ(::recv(feed_.get(), &octet, 1, 0), 0);
    EXPECT_EQ(rcode(ask_udp(udp().get(), asked)), 0);
}

TEST_F(ResponderTest, ClosesAFeedThatIsMalformed)
{
    start();
    ::send(feed_.get(), "\xFF", 1, MSG_NOSIGNAL);
    wait_for(feed_.get());
    std::uint8_t octet = 0;
    EXPECT_EQ(::recv(feed_.get(), &octet, 1, 0), 0);
    EXPECT_EQ(rcode(ask_udp(udp().get(), asked)), 0);
}

TEST_F(ResponderTest, QuitsWithoutWaitingWhereNothingIsOpen)
{
    start();
    quit();
}

TEST_F(ResponderTest, QuitsBeforeItWasReady)
{
    start(false);
    quit();
}

TEST_F(ResponderTest, EndsWithoutItsSupervisor)
{
    start();
    expected_failure_ = "the supervisor is gone";
    control_.close();
    thread_.join();
}

// rate_limit=3: the predecessor's meaning
TEST_F(ResponderTest, HoldsBackWhatIsOverTheRateLimit)
{
    setup_.rate_limit = 3;
    start();
    const auto client = udp();
    for (std::uint16_t id = 0; id < 8; ++id) {
        write_all(client.get(), query(id, "home.example.org", dns::Type::a));
    }
    const auto by_tcp = tcp(); // over TCP there is no limit
    for (int i = 0; i < 8; ++i) {
        write_all(by_tcp.get(), framed(asked));
        EXPECT_EQ(rcode(read_frame(by_tcp.get())), 0);
    }
    int answered = 0;
    int truncated = 0;
    Octets reply(512);
    while (::recv(client.get(), reply.data(), reply.size(), MSG_DONTWAIT) > 0) {
        ++((reply[2] & 2) != 0 ? truncated : answered);
    }
    EXPECT_EQ(answered, 3);
    EXPECT_EQ(truncated, 2);
}

TEST_F(ResponderTest, ReportsStatisticsWhenAsked)
{
    start();
    ask_udp(udp().get(), asked);
    ask_udp(udp().get(), query(1, "other.example", dns::Type::a));
    testing::internal::CaptureStderr();
    control_.send(ipc::ReportStatistics{});
    ping();
    const std::string log = testing::internal::GetCapturedStderr();
    EXPECT_THAT(log, testing::HasSubstr("statistics:\n"));
    EXPECT_THAT(log, testing::HasSubstr("requests: ipv4=2 ipv6=0 udp=2 tcp=0 edns=0\n"));
    EXPECT_THAT(log, testing::HasSubstr("responses: total=2 trunc=0 edns0=0\n"));
    EXPECT_THAT(log, testing::HasSubstr("queries: success=1 empty=0 formerr=0 servfail=0 nxdomain=0 notimp=0 "
                                        "refused=1 badvers=0 badcookie=0 dropped=0\n"));
    testing::internal::CaptureStderr();
    control_.send(ipc::ReportStatistics{});
    ping();
    EXPECT_THAT(testing::internal::GetCapturedStderr(), testing::HasSubstr("requests: ipv4=0")); // begun anew
}

TEST_F(ResponderTest, RefusesASetupThatDoesNotFitItsDescriptors)
{
    privsep::Inherited inherited;
    ipc::append_record<ipc::ResponderPart>(inherited.setup, setup_);
    EXPECT_THROW(responder::Responder{inherited}, std::runtime_error);
}

TEST_F(ResponderTest, RefusesAMalformedSetup)
{
    privsep::Inherited inherited;
    EXPECT_THROW(responder::Responder{inherited}, std::runtime_error);
    inherited.setup = {0, 0, 0, 1, 99};
    EXPECT_THROW(responder::Responder{inherited}, std::runtime_error);
}

} // namespace
