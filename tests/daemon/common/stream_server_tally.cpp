// What is counted of connections: how many are open, and how the others ended.
#include "tests/daemon/common/stream_fixture.h"

namespace stream_test
{

using common::OfConnections;

TEST_F(StreamServerTest, CountsOpenConnectionsAndThoseThatTheClientEnds)
{
    start();
    {
        Client one = client();
        one.write("a\n");
        Client other = client();
        EXPECT_EQ(one.read(2), "a\n");
        EXPECT_EQ(counted(OfConnections::open), 2U);
    }
    turns();
    EXPECT_EQ(counted(OfConnections::open), 0U);
    EXPECT_EQ(counted(OfConnections::finished), 2U);
    EXPECT_EQ(counted(OfConnections::failed), 0U);
}

TEST_F(StreamServerTest, CountsAnAnsweredConnectionAsFinishedWhateverItsClientDoes)
{
    start({.timeout = 3s});
    Client stays = client();
    stays.write("bye\n");
    Client resets = client();
    resets.write("bye\n");
    turns();
    EXPECT_EQ(resets.read(4), "bye\n");
    resets.reset();
    turns();
    now_of_test += 3s;
    server_->expire(now_of_test);
    EXPECT_EQ(counted(OfConnections::open), 0U);
    EXPECT_EQ(counted(OfConnections::finished), 2U);
}

TEST_F(StreamServerTest, CountsConnectionsThatTimeOut)
{
    start({.timeout = 3s});
    Client idle = client();
    Client waits = client();
    waits.write("wait\n");
    turns();
    now_of_test += 3s;
    server_->expire(now_of_test);
    EXPECT_EQ(counted(OfConnections::timed_out), 2U);
    EXPECT_EQ(counted(OfConnections::open), 0U);
}

TEST_F(StreamServerTest, CountsConnectionsThatAreEvictedOrReset)
{
    start({.connections = 1});
    Client first = client();
    Client second = client();
    EXPECT_TRUE(first.has_ended());
    EXPECT_EQ(counted(OfConnections::evicted), 1U);
    EXPECT_EQ(counted(OfConnections::open), 1U);
    second.reset();
    turns();
    EXPECT_EQ(counted(OfConnections::failed), 1U);
    EXPECT_EQ(counted(OfConnections::open), 0U);
}

TEST_F(StreamServerTest, CountsConnectionsForWhichThereIsNoRoom)
{
    start({.connections = 4, .per_network = 1});
    Client busy{port_, 0, "127.0.0.1"};
    busy.write("wait\n");
    turns();
    Client refused{port_, 0, "127.0.0.2"};
    turns();
    EXPECT_TRUE(refused.has_ended());
    EXPECT_EQ(counted(OfConnections::refused), 1U);
    EXPECT_EQ(counted(OfConnections::open), 1U);
}

} // namespace stream_test
