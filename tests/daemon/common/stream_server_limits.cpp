// Limits on the number of connections.
#include "tests/daemon/common/stream_fixture.h"

namespace stream_test
{

TEST_F(StreamServerTest, TheConnectionThatIsIdleLongestIsEvictedFirst)
{
    start({.connections = 2});
    Client first = client();
    Client second = client();
    first.write("a\n");
    turns();
    Client third = client();
    EXPECT_EQ(first.read(2), "a\n");
    EXPECT_TRUE(first.is_open());
    EXPECT_TRUE(second.has_ended());
    EXPECT_TRUE(third.is_open());
    EXPECT_EQ(server_->open_connections(), 2U);
}

TEST_F(StreamServerTest, AConnectionWhoseAnswerIsUnderWayIsNotEvicted)
{
    start({.connections = 1});
    Client first = client();
    first.write("wait\n");
    turns();
    Client second{port_};
    second.write("b\n");
    turns();
    server_->send(lines_.last, base::as_bytes("done\n"), now_of_test);
    EXPECT_EQ(first.read(5), "done\n");
    turns(); // now the first is idle
    EXPECT_EQ(second.read(2), "b\n");
    EXPECT_TRUE(first.has_ended());
}

// At most `connections` in all, and at most three quarters of them from one client network.
TEST_F(StreamServerTest, ANetworkThatHasItsShareLosesOneOfItsOwn)
{
    start({.connections = 4, .per_network = 2});
    Client neighbour{port_, 0, "127.0.1.1"};
    turns();
    Client first{port_, 0, "127.0.0.1"};
    turns();
    Client second{port_, 0, "127.0.0.200"};
    turns();
    Client third{port_, 0, "127.0.0.3"};
    turns();
    EXPECT_TRUE(first.has_ended()); // idle longest of its network, although the neighbour is idle for longer
    EXPECT_TRUE(second.is_open());
    EXPECT_TRUE(third.is_open());
    EXPECT_TRUE(neighbour.is_open());
    EXPECT_EQ(server_->open_connections(), 3U);
}

TEST_F(StreamServerTest, ANewConnectionIsClosedIfAnswersAreUnderWayOnAllOfItsNetwork)
{
    start({.connections = 4, .per_network = 1});
    Client busy{port_, 0, "127.0.0.1"};
    busy.write("wait\n");
    turns();
    const ConnectionId id = lines_.last;
    Client newcomer{port_, 0, "127.0.0.2"};
    turns();
    EXPECT_TRUE(newcomer.has_ended());
    Client neighbour{port_, 0, "127.0.1.1"};
    neighbour.write("a\n");
    turns();
    EXPECT_EQ(neighbour.read(2), "a\n");
    server_->send(id, base::as_bytes("done\n"), now_of_test);
    EXPECT_EQ(busy.read(5), "done\n");
}

TEST_F(StreamServerTest, AFullServerAcceptsOneConnectionPerTurnAndServesAll)
{
    start({.connections = 1});
    std::vector<Client> clients;
    for (int i = 0; i < 5; ++i) {
        clients.emplace_back(port_);
        clients.back().write("a\n");
    }
    turns(20);
    for (Client& one : clients) {
        EXPECT_EQ(one.read(2), "a\n");
    }
}

TEST_F(StreamServerTest, SurvivesAReset)
{
    start();
    Client one = client();
    one.write("wait\n");
    turns();
    const ConnectionId id = lines_.last;
    one.reset();
    turns();
    EXPECT_EQ(server_->open_connections(), 0U);
    EXPECT_THAT(lines_.gone, testing::ElementsAre(id));
    server_->send(id, base::as_bytes("late"), now_of_test);
    server_->finish(id);
}

TEST_F(StreamServerTest, AWriteErrorClosesTheConnectionInTheNextTurn)
{
    start();
    Client one = client();
    one.write("wait\n");
    turns();
    one.reset();
    server_->send(lines_.last, base::as_bytes("late"), now_of_test);
    EXPECT_TRUE(lines_.gone.empty());
    turns();
    EXPECT_EQ(lines_.gone.size(), 1U);
}

TEST_F(StreamServerTest, AnAnswerThatComesTooLateIsDropped)
{
    start({.connections = 1});
    Client one = client();
    one.write("wait\n");
    turns();
    const ConnectionId old = lines_.last;
    one.reset();
    turns();
    Client two = client();
    server_->send(old, base::as_bytes("secret of another"), now_of_test);
    server_->send({7, 0}, base::as_bytes("no such slot"), now_of_test);
    EXPECT_TRUE(two.is_open());
    two.write("b\n");
    turns();
    EXPECT_EQ(two.read(2), "b\n");
    EXPECT_NE(lines_.last, old);
}

TEST_F(StreamServerTest, DropsARequestThatIsLongerThanItsBuffer)
{
    start({.max_input = 100});
    Client one = client();
    one.write(std::string(100, 'x'));
    turns();
    EXPECT_EQ(server_->open_connections(), 0U);
}

TEST_F(StreamServerTest, TakesARequestThatFillsItsBuffer)
{
    start({.max_input = 100});
    Client one = client();
    one.write(std::string(99, 'x') + "\n");
    turns();
    EXPECT_EQ(one.read(100).size(), 100U);
}

TEST_F(StreamServerTest, RepliesAreNotDelayedByNaglesAlgorithm)
{
    start();
    Client one = client();
    // the server's socket is the next descriptor after the client's
    int nodelay = 0;
    socklen_t size = sizeof nodelay;
    ASSERT_EQ(::getsockopt(one.get() + 1, IPPROTO_TCP, TCP_NODELAY, &nodelay, &size), 0);
    EXPECT_NE(nodelay, 0);
    EXPECT_NE(::fcntl(one.get() + 1, F_GETFD) & FD_CLOEXEC, 0);
    EXPECT_NE(::fcntl(one.get() + 1, F_GETFL) & O_NONBLOCK, 0);
}

/// While it exists, the process has no free descriptor.
class NoDescriptors
{
public:
    NoDescriptors()
    {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        const int next = ::dup(0);
        ::close(next);
        rlimit low = before_;
        low.rlim_cur = static_cast<rlim_t>(next);
        ::setrlimit(RLIMIT_NOFILE, &low);
    }
    NoDescriptors(const NoDescriptors&) = delete;
    NoDescriptors& operator=(const NoDescriptors&) = delete;
    ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

private:
    rlimit before_{};
};

TEST_F(StreamServerTest, DoesNotSpinIfThereIsNoFreeDescriptor)
{
    start();
    use_once();
    Client one{port_};
    {
        const NoDescriptors none;
        turns(3);
        EXPECT_EQ(server_->open_connections(), 0U);
        // paused: the loop reports nothing, and the server wants to be called in a second
        EXPECT_EQ(server_->next_timeout_ms(now_of_test), 1000);
    }
    turns();
    EXPECT_EQ(server_->open_connections(), 0U);
    now_of_test += 1s;
    server_->expire(now_of_test);
    turns();
    EXPECT_EQ(server_->open_connections(), 1U);
}

TEST_F(StreamServerTest, EvictsAnIdleConnectionIfThereIsNoFreeDescriptor)
{
    start();
    use_once();
    Client idle = client();
    Client one{port_};
    {
        const NoDescriptors none;
        turns();
    }
    EXPECT_TRUE(idle.has_ended());
    one.write("a\n");
    turns();
    EXPECT_EQ(one.read(2), "a\n");
}

TEST_F(StreamServerTest, ServesOpenConnectionsAfterItStopsAccepting)
{
    start();
    Client one = client();
    server_->stop_accepting();
    one.write("a\n");
    turns();
    EXPECT_EQ(one.read(2), "a\n");
    privsep::UniqueFd other{::socket(AF_INET, SOCK_STREAM, 0)};
    const sockaddr_in address = loopback(port_);
    EXPECT_NE(::connect(other.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
}

TEST_F(StreamServerTest, FinishesEachConnectionOnceItsAnswerIsSent)
{
    start();
    Client idle = client();
    idle.write("a\n");
    turns();
    EXPECT_EQ(idle.read(2), "a\n");
    Client waiting = client();
    waiting.write("wait\nnot this one\n");
    turns();
    server_->finish_all();
    turns();
    EXPECT_TRUE(idle.has_ended());
    EXPECT_TRUE(waiting.is_open());
    server_->send(lines_.last, base::as_bytes("done\n"), now_of_test);
    turns();
    EXPECT_EQ(waiting.read(6), "done\n");
    idle.shut_down();
    waiting.shut_down();
    turns();
    EXPECT_EQ(server_->open_connections(), 0U);
}

TEST_F(StreamServerTest, AcceptsNoConnectionBeforeStartAccepting)
{
    start({.accept_at_once = false});
    Client one = client();
    EXPECT_EQ(server_->open_connections(), 0U);
    server_->start_accepting();
    turns();
    EXPECT_EQ(server_->open_connections(), 1U);
}

TEST_F(StreamServerTest, ListensOnSeveralSocketsIPv6Too)
{
    start();
    privsep::UniqueFd six{::socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0)};
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_addr = in6addr_loopback;
    if (::bind(six.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        ASSERT_TRUE(errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL || errno == EBADF) << errno;
        return; // this kernel has no IPv6
    }
    ::listen(six.get(), 8);
    socklen_t size = sizeof address;
    ::getsockname(six.get(), reinterpret_cast<sockaddr*>(&address), &size);
    Listening four = listen_somewhere();
    std::vector<privsep::UniqueFd> listeners;
    listeners.push_back(std::move(four.socket));
    listeners.push_back(std::move(six));
    server_.emplace(loop_, std::move(listeners), StreamServer::Limits{}, lines_, test_clock);
    lines_.server = &*server_;
    privsep::UniqueFd client{::socket(AF_INET6, SOCK_STREAM, 0)};
    ASSERT_EQ(::connect(client.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::send(client.get(), "a\n", 2, 0), 2);
    turns();
    EXPECT_EQ(base::to_text(lines_.last_peer), "::1");
}

} // namespace stream_test
