// finish_all(): every client that sent its request in time gets its answer.
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

} // namespace stream_test
