// Who has to go for a newcomer: never one that was just promised an answer.
#include "tests/daemon/common/stream_fixture.h"

namespace stream_test
{

// Accepted and asked in one turn: closed unread, the question would be lost with a reset.
TEST_F(StreamServerTest, WhoHasAskedIsAnsweredBeforeHeMakesRoomInHisNetwork)
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

// More than are heard for one newcomer: still nobody's question is thrown away unread.
TEST_F(StreamServerTest, ManyWhoHaveAskedAreAnsweredBeforeOneOfThemGoes)
{
    start({.connections = 40, .per_network = 30});
    std::vector<Client> clients;
    for (int i = 0; i < 30; ++i) {
        clients.push_back(client());
    }
    Client newcomer{port_}; // the loop hears of it before it hears of the questions
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

// A byte now and then, read or sent, is no answer: it neither keeps a place nor moves one in the queue.
TEST_F(StreamServerTest, TricklingBytesDoNotMakeOneLessIdle)
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

// Stalled clients do not keep a good one from its answer, those that read nothing among them.
TEST_F(StreamServerTest, WhoTakesNoReplyMakesRoomAfterAWhile)
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
    slow.read(50000); // a trickle wins no time
    server_->expire(now_of_test);
    turns();
    EXPECT_TRUE(good.is_open()) << "a reply that was just promised is not cut off";
    EXPECT_EQ(lines_.gone.size(), 0U);
    now_of_test += 1ms;
    server_->expire(now_of_test);
    turns();
    EXPECT_EQ(good.read(2), "a\n");
    EXPECT_EQ(lines_.gone.size(), 1U);
}

TEST_F(StreamServerTest, OfThoseWhoTakeNoReplyTheFirstGoesAndAnIdleOneBeforeThem)
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
    EXPECT_LT(rest.size(), lines_.big) << "the second was the first that took nothing";
    EXPECT_TRUE(third.is_open());
}

TEST_F(StreamServerTest, InAFullNetworkWhoTakesNoReplyGoesLikewise)
{
    start({.connections = 4, .per_network = 1});
    Client slow = client(4096);
    slow.write("big\n");
    turns();
    Client early = client();
    EXPECT_TRUE(early.has_ended()) << "the other one was just promised an answer";
    now_of_test += 250ms;
    Client good = client();
    good.write("a\n");
    turns();
    EXPECT_EQ(good.read(2), "a\n");
    EXPECT_EQ(server_->open_connections(), 1U);
}

// What the kernel holds for a client that reads nothing is memory too, and stays when the connection is
// closed.
TEST_F(StreamServerTest, TheKernelHoldsLittleAndNotForLong)
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

// Whoever reads his reply is as idle as the others from then on.
TEST_F(StreamServerTest, WhoHasTakenHisReplyIsNotHeldAgainstIt)
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

// It reads nothing, and yet an answer of its is under way. And a pause that is over at once is a busy loop.
TEST_F(StreamServerTest, WhoseAnswerIsUnderWayStaysAndTheServerWaits)
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
