// finish_all() and retire(): every client that sent its request in time gets its answer.
#include "tests/daemon/common/stream_fixture.h"

namespace stream_test
{

TEST_F(StreamServerTest, AnswersRequestsThatHaveArrivedBeforeItFinishes)
{
    start();
    Client fresh = client();
    Client again = client();
    again.write("a\n");
    turns();
    EXPECT_EQ(again.read(2), "a\n");
    fresh.write("b\n"); // the server has not read these two yet
    again.write("c\n");
    server_->finish_all();
    EXPECT_EQ(fresh.read(3), "b\n");
    EXPECT_EQ(again.read(3), "c\n");
}

TEST_F(StreamServerTest, WaitsForTheRequestOfAClientThatHasJustConnected)
{
    start();
    Client one = client();
    server_->finish_all();
    turns();
    EXPECT_TRUE(one.is_open());
    one.write("a\nnot this one\n");
    turns();
    EXPECT_EQ(one.read(3), "a\n"); // and its end
    one.shut_down();
    turns();
    EXPECT_EQ(server_->open_connections(), 0U);
}

TEST_F(StreamServerTest, WaitsForThatRequestNoLongerThan200Milliseconds)
{
    start({.timeout = 10s});
    Client silent = client();
    Client half = client();
    half.write("half a que");
    turns();
    server_->finish_all();
    EXPECT_EQ(server_->next_timeout_ms(now_of_test), 200);
    now_of_test += 199ms;
    server_->expire(now_of_test);
    EXPECT_EQ(server_->open_connections(), 2U);
    now_of_test += 1ms;
    server_->expire(now_of_test);
    EXPECT_EQ(server_->open_connections(), 0U);
    EXPECT_TRUE(silent.has_ended());
}

TEST_F(StreamServerTest, KeepsTheDeadlineOfAClientWhoseAnswerIsUnderWay)
{
    start({.timeout = 10s});
    Client waiting = client();
    Client silent = client();
    waiting.write("wait\n");
    turns();
    server_->finish_all();
    now_of_test += 200ms;
    server_->expire(now_of_test);
    EXPECT_EQ(server_->open_connections(), 1U);
    server_->send(lines_.last, base::as_bytes("done\n"), now_of_test);
    EXPECT_EQ(waiting.read(6), "done\n");
}

TEST_F(StreamServerTest, RetiresWithoutClientsThatHaveNoRequest)
{
    start({.timeout = 10s, .time_to_ask = 2s});
    Client silent = client();
    Client half = client();
    half.write("half a que");
    Client busy = client();
    busy.write("wait\n");
    turns();
    const ConnectionId of_busy = lines_.last;
    server_->retire();
    EXPECT_EQ(server_->next_timeout_ms(now_of_test), 2000);
    now_of_test += 1999ms;
    server_->expire(now_of_test);
    EXPECT_EQ(server_->open_connections(), 3U);
    now_of_test += 1ms;
    server_->expire(now_of_test);
    EXPECT_EQ(server_->open_connections(), 1U);
    EXPECT_TRUE(silent.has_ended());
    server_->send(of_busy, base::as_bytes("done\n"), now_of_test);
    EXPECT_EQ(busy.read(5), "done\n");
}

// As in a handshake: an answer is not the last one before finish().
TEST_F(StreamServerTest, RetiresButLeavesTheEndOfAConnectionToItsHandler)
{
    start({.timeout = 10s});
    Client one = client();
    one.write("a\n");
    turns();
    server_->retire();
    one.write("b\n");
    turns();
    EXPECT_EQ(one.read(4), "a\nb\n");
    one.write("bye\n");
    turns();
    EXPECT_EQ(one.read(5), "bye\n"); // and its end
}

// It has its answer, and does not close its side.
TEST_F(StreamServerTest, RetiresWithoutClientsThatWereAnswered)
{
    start({.timeout = 10s, .time_to_read = 250ms});
    Client before = client();
    before.write("bye\n");
    Client afterwards = client();
    turns();
    server_->retire();
    afterwards.write("bye\n");
    turns();
    EXPECT_EQ(server_->open_connections(), 2U);
    now_of_test += 250ms;
    server_->expire(now_of_test);
    EXPECT_EQ(server_->open_connections(), 0U);
    EXPECT_EQ(before.read(5), "bye\n");
    EXPECT_EQ(afterwards.read(5), "bye\n");
}

} // namespace stream_test
