// Which connection is evicted for a new one: never one whose answer is under way.
#include "tests/daemon/common/stream_fixture.h"

namespace stream_test
{

// Clients connect and send in one turn: if a connection were closed before it is read, a reset would lose the
// request.
TEST_F(StreamServerTest, ARequestIsAnsweredBeforeItsConnectionIsEvictedForTheSameNetwork)
{
    start({.connections = 20, .per_network = 2});
    std::vector<Client> clients;
    for (int i = 0; i < 5; ++i) {
        clients.emplace_back(port_);
        clients.back().write("a\n");
    }
    turns(20);
    EXPECT_EQ(server_->open_connections(), 2U);
    for (Client& one : clients) {
        EXPECT_EQ(one.read(2), "a\n");
    }
    EXPECT_TRUE(clients[0].has_ended());
    EXPECT_TRUE(clients[3].is_open());
    EXPECT_TRUE(clients[4].is_open());
}

// More clients than are read for one eviction: no request is lost unread.
TEST_F(StreamServerTest, ManyRequestsAreAnsweredBeforeAConnectionIsEvicted)
{
    start({.connections = 40, .per_network = 30});
    std::vector<Client> clients;
    for (int i = 0; i < 30; ++i) {
        clients.push_back(client());
    }
    Client newcomer{port_}; // the loop reports it before the requests
    for (Client& one : clients) {
        one.write("a\n");
    }
    turns(20);
    int answered = 0;
    for (Client& one : clients) {
        answered += one.read(2) == "a\n" ? 1 : 0;
    }
    EXPECT_EQ(answered, 30);
    EXPECT_TRUE(newcomer.is_open());
    EXPECT_EQ(server_->open_connections(), 30U);
}

// A client that sends or reads single bytes is still idle: its place in the queue does not change.
TEST_F(StreamServerTest, SingleBytesDoNotMakeAConnectionLessIdle)
{
    start({.connections = 2});
    Client first = client();
    Client second = client();
    first.write("half");
    turns();
    Client third{port_};
    first.write("more");
    turns();
    EXPECT_TRUE(second.is_open());
    EXPECT_TRUE(third.is_open());
    EXPECT_FALSE(first.is_open());
}

// Clients that do not read their replies cannot keep others out.
TEST_F(StreamServerTest, AClientThatDoesNotReadIsEvictedAfterAWhile)
{
    start({.connections = 1, .renewed_by_reply = true});
    Client slow = client(4096);
    slow.write("big\n");
    turns();
    Client good{port_};
    good.write("a\n");
    turns();
    EXPECT_EQ(server_->next_timeout_ms(now_of_test), 250);
    now_of_test += 249ms;
    slow.read(50000); // reading a little gains no time
    server_->expire(now_of_test);
    turns();
    EXPECT_TRUE(good.is_open()) << "a reply is not cut off before the client had time to read";
    EXPECT_EQ(lines_.gone.size(), 0U);
    now_of_test += 1ms;
    server_->expire(now_of_test);
    turns();
    EXPECT_EQ(good.read(2), "a\n");
    EXPECT_EQ(lines_.gone.size(), 1U);
}

TEST_F(StreamServerTest, AnIdleConnectionIsEvictedFirstThenTheOneThatStalledFirst)
{
    start({.connections = 3});
    Client first = client(4096);
    Client second = client(4096);
    Client idle = client();
    second.write("big\n");
    turns();
    now_of_test += 1ms;
    first.write("big\n");
    turns();
    now_of_test += 1s;
    Client third{port_};
    turns();
    EXPECT_TRUE(idle.has_ended());
    third.write("wait\n");
    turns();
    Client fourth{port_};
    fourth.write("a\n");
    turns();
    EXPECT_EQ(fourth.read(2), "a\n");
    ASSERT_EQ(lines_.gone.size(), 2U);
    std::string rest = second.read(lines_.big);
    EXPECT_LT(rest.size(), lines_.big) << "the second client stalled first";
    EXPECT_TRUE(third.is_open());
}

TEST_F(StreamServerTest, InAFullNetworkAClientThatDoesNotReadIsEvictedToo)
{
    start({.connections = 4, .per_network = 1});
    Client slow = client(4096);
    slow.write("big\n");
    turns();
    Client early = client();
    EXPECT_TRUE(early.has_ended()) << "the other client still has time to read";
    now_of_test += 250ms;
    Client good = client();
    good.write("a\n");
    turns();
    EXPECT_EQ(good.read(2), "a\n");
    EXPECT_EQ(server_->open_connections(), 1U);
}

// Output that a client does not read takes kernel memory, which stays after the connection is closed.
TEST_F(StreamServerTest, TheKernelBuffersLittleAndNotForLong)
{
    start({.timeout = 7s});
    Client one = client();
    const auto option = [&](int level, int name) {
        int value = 0;
        socklen_t size = sizeof value;
        EXPECT_EQ(::getsockopt(one.get() + 1, level, name, &value, &size), 0);
        return value;
    };
    EXPECT_EQ(option(SOL_SOCKET, SO_SNDBUF), 2 * 65536); // socket(7): the kernel doubles it
    EXPECT_EQ(option(IPPROTO_TCP, TCP_USER_TIMEOUT), 7000);
}

// A client that has read its reply is as idle as the others from then on.
TEST_F(StreamServerTest, AClientThatHasReadItsReplyIsNotStalledAnyMore)
{
    start({.connections = 2});
    Client reader = client(4096);
    reader.write("big\n");
    turns();
    std::size_t got = 0;
    for (int i = 0; i < 3000 && got < lines_.big; ++i) {
        got += reader.read(std::min<std::size_t>(20000, lines_.big - got)).size();
        turns(2);
    }
    ASSERT_EQ(got, lines_.big);
    now_of_test += 1s;
    Client busy = client();
    busy.write("wait\n");
    turns();
    reader.write("big\n");
    turns();
    Client newcomer{port_};
    turns();
    EXPECT_EQ(server_->next_timeout_ms(now_of_test), 250);
    EXPECT_EQ(lines_.gone.size(), 0U);
}

// The client does not read, but an answer is under way. A pause of no length would be a busy loop.
TEST_F(StreamServerTest, AConnectionWhoseAnswerIsUnderWayStaysAndTheServerPauses)
{
    start({.connections = 1, .pause_output = 16U << 20});
    Client one = client(4096);
    one.write("big\nwait\n");
    turns();
    now_of_test += 1s;
    Client newcomer{port_};
    turns();
    EXPECT_EQ(lines_.gone.size(), 0U);
    EXPECT_EQ(server_->next_timeout_ms(now_of_test), 1000);
}

} // namespace stream_test
