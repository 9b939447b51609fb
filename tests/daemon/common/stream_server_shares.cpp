// One client network does not push out another: shares, and the time that each has for its request.
#include "tests/daemon/common/stream_fixture.h"

namespace stream_test
{

using testing::IsEmpty;

class StreamShares : public StreamServerTest
{
protected:
    /// Connects from 127.0.NETWORK.1; the server has had its turns.
    Client from(int network)
    {
        Client made{port_, 0, ("127.0." + std::to_string(network) + ".1").c_str()};
        turns();
        return made;
    }
    std::vector<Client> several(int count, int network)
    {
        std::vector<Client> clients;
        while (count-- > 0) {
            clients.push_back(from(network));
        }
        return clients;
    }
    static int open_among(std::vector<Client>& clients)
    {
        return static_cast<int>(std::ranges::count_if(clients, [](Client& one) { return one.is_open(); }));
    }
    void wait(Uptime time)
    {
        now_of_test += time;
        server_->expire(now_of_test);
        turns();
    }
};

TEST_F(StreamShares, AYoungConnectionIsNotEvictedForAnotherNetwork)
{
    start({.connections = 2, .per_network = 2, .protected_for = 250ms});
    std::vector<Client> early = several(2, 1);
    Client newcomer = from(2);
    newcomer.write("a\n");
    turns();
    EXPECT_THAT(lines_.gone, IsEmpty());
    EXPECT_EQ(lines_.calls, 0U) << "it is not read before it has its place";
    EXPECT_EQ(server_->next_timeout_ms(now_of_test), 250);
    wait(249ms);
    EXPECT_EQ(open_among(early), 2);
    wait(1ms);
    EXPECT_EQ(newcomer.read(2), "a\n");
    EXPECT_EQ(open_among(early), 1);
}

// The rest waits in the kernel, so a full server takes as many a quarter of a second as it has connections.
TEST_F(StreamShares, NothingElseIsAcceptedWhileAConnectionWaits)
{
    start({.connections = 2, .per_network = 2, .protected_for = 250ms});
    std::vector<Client> early = several(2, 1);
    Client first = from(2);
    Client second = from(3);
    EXPECT_EQ(server_->open_connections(), 3U);
    wait(250ms);
    first.write("a\n");
    second.write("a\n");
    turns();
    EXPECT_EQ(first.read(2), "a\n");
    EXPECT_EQ(second.read(2), "a\n");
    EXPECT_EQ(open_among(early), 0);
}

// Clients of a flood wait at one listener; whichever it is, a client of the other one is accepted next.
TEST_F(StreamShares, AFloodOfOneListenerDoesNotKeepOutTheOthers)
{
    for (const bool first_is_flooded : {true, false}) {
        start({.connections = 2, .per_network = 2, .protected_for = 250ms});
        const std::uint16_t flooded = first_is_flooded ? port_ : other_port_;
        const std::uint16_t quiet = first_is_flooded ? other_port_ : port_;
        std::vector<Client> flood;
        for (int network = 1; network <= 40; ++network) {
            flood.emplace_back(flooded, 0, ("127.0." + std::to_string(network) + ".1").c_str());
        }
        turns();
        Client client{quiet, 0, "127.0.100.1"};
        client.write("a\n");
        for (int quarters = 0; quarters < 4; ++quarters) {
            wait(250ms);
        }
        EXPECT_EQ(client.read(2), "a\n") << first_is_flooded;
        server_.reset();
        lines_.gone.clear();
    }
}

TEST_F(StreamShares, ANewConnectionWaitsNoLongerThanUntilAPlaceIsFree)
{
    start({.connections = 2, .per_network = 2, .protected_for = 250ms});
    std::vector<Client> early = several(2, 1);
    Client newcomer = from(2);
    newcomer.write("a\n");
    early.pop_back();
    turns();
    EXPECT_EQ(newcomer.read(2), "a\n");
    EXPECT_EQ(open_among(early), 1);
}

TEST_F(StreamShares, AConnectionThatWaitsMayEnd)
{
    start({.connections = 2, .per_network = 2, .protected_for = 250ms});
    std::vector<Client> early = several(2, 1);
    {
        Client newcomer = from(2);
        newcomer.reset();
    }
    turns();
    EXPECT_EQ(server_->open_connections(), 2U);
    Client next = from(3);
    next.write("a\n");
    wait(250ms);
    EXPECT_EQ(next.read(2), "a\n");
}

// No other process will answer it.
TEST_F(StreamShares, AConnectionThatWaitsIsServedWhenTheServerFinishes)
{
    start({.connections = 2, .per_network = 2, .protected_for = 250ms});
    std::vector<Client> early = several(2, 1);
    Client newcomer = from(2);
    newcomer.write("a\n");
    server_->finish_all();
    turns();
    EXPECT_EQ(newcomer.read(2), "a\n");
}

TEST_F(StreamShares, AFinishedConnectionIsNotProtected)
{
    start({.connections = 2, .per_network = 2, .protected_for = 250ms});
    std::vector<Client> early = several(2, 1);
    early[0].write("a\n"); // as after 100 Continue, more is to come
    early[1].write("bye\n");
    turns();
    EXPECT_EQ(early[0].read(2), "a\n");
    EXPECT_EQ(early[1].read(4), "bye\n");
    Client newcomer = from(2);
    newcomer.write("a\n");
    turns();
    EXPECT_EQ(newcomer.read(2), "a\n");
    EXPECT_TRUE(early[0].is_open());
    EXPECT_TRUE(early[1].has_ended());
}

// A request in two segments, and more connections of one attacker than there is room for.
TEST_F(StreamShares, ANetworkWithItsShareEvictsItsOwnHoweverYoung)
{
    start({.connections = 4, .per_network = 3, .protected_for = 250ms});
    std::vector<Client> attacker = several(10, 1);
    Client honest = from(2);
    honest.write("half ");
    turns();
    for (Client& more : several(10, 1)) {
        attacker.push_back(std::move(more));
    }
    honest.write("a request\n");
    turns();
    EXPECT_EQ(honest.read(15), "half a request\n");
    EXPECT_EQ(open_among(attacker), 3);
}

// The first networks fill the server; no network has per_network connections.
TEST_F(StreamShares, AFullServerIsSharedEqually)
{
    start({.connections = 12, .per_network = 9, .protected_for = 250ms});
    std::vector<Client> one = several(9, 1);
    std::vector<Client> two = several(3, 2);
    wait(250ms);
    for (Client& more : several(7, 2)) {
        two.push_back(std::move(more));
    }
    EXPECT_EQ(open_among(one), 6);
    EXPECT_EQ(open_among(two), 6);
    wait(250ms);
    std::vector<Client> three = several(7, 3);
    EXPECT_EQ(open_among(three), 4);
    EXPECT_EQ(open_among(one), 4);
    EXPECT_EQ(open_among(two), 4);
}

// However old its connection and however many come from the others.
TEST_F(StreamShares, ANetworkBelowItsFairShareLosesNothing)
{
    start({.connections = 6, .per_network = 4, .protected_for = 250ms});
    Client honest = from(9);
    std::vector<Client> attackers;
    for (int round = 0; round < 5; ++round) {
        for (int network = 1; network <= 3; ++network) {
            for (Client& more : several(4, network)) {
                attackers.push_back(std::move(more));
            }
        }
        wait(250ms);
    }
    EXPECT_TRUE(honest.is_open());
    honest.write("a\n");
    turns();
    EXPECT_EQ(honest.read(2), "a\n");
}

// With more networks than connections each has the protected time, and then the oldest goes.
TEST_F(StreamShares, WithMoreNetworksThanConnectionsTheOldestIsEvicted)
{
    start({.connections = 2, .per_network = 1, .protected_for = 250ms});
    Client first = from(1);
    wait(100ms);
    Client second = from(2);
    Client third = from(3);
    EXPECT_EQ(server_->next_timeout_ms(now_of_test), 150);
    wait(150ms);
    EXPECT_TRUE(first.has_ended());
    EXPECT_TRUE(second.is_open());
    Client fourth = from(4);
    wait(100ms);
    EXPECT_TRUE(second.has_ended());
    Client fifth = from(5);
    wait(149ms);
    third.write("a\n"); // the time that it waited for its place does not count
    turns();
    EXPECT_EQ(third.read(2), "a\n");
}

TEST_F(StreamShares, LoopbackMayBeExempt)
{
    start({.connections = 4, .per_network = 2, .exempts_loopback = true});
    std::vector<Client> proxied = several(4, 1);
    EXPECT_EQ(open_among(proxied), 4);
    proxied.push_back(from(1));
    EXPECT_EQ(open_among(proxied), 4);
    EXPECT_TRUE(proxied[0].has_ended());
}

TEST_F(StreamShares, ExemptConnectionsAreProtectedFromEachOther)
{
    start({.connections = 2, .per_network = 1, .exempts_loopback = true, .protected_for = 250ms});
    std::vector<Client> proxied = several(2, 1);
    Client newcomer = from(1);
    EXPECT_EQ(open_among(proxied), 2);
    newcomer.write("a\n");
    wait(250ms);
    EXPECT_EQ(newcomer.read(2), "a\n");
    EXPECT_EQ(open_among(proxied), 1);
}

TEST_F(StreamShares, AnAnswerThatBeginsRenewsTheDeadline)
{
    start({.timeout = 3s, .renewed_by_request = true});
    Client one = client();
    wait(2900ms);
    one.write("wait\n");
    turns();
    wait(2999ms);
    EXPECT_EQ(server_->open_connections(), 1U);
    EXPECT_EQ(server_->next_timeout_ms(now_of_test), 1);
    wait(1ms);
    EXPECT_EQ(server_->open_connections(), 0U) << "the handler does not answer";
    EXPECT_THAT(lines_.late, testing::ElementsAre(lines_.last));
}

TEST_F(StreamShares, AnOverdueAnswerIsReadInPeace)
{
    start({.timeout = 3s, .renewed_by_request = true});
    lines_.answers_late = true;
    Client waits = client();
    Client silent = client();
    waits.write("wait\n");
    turns();
    const ConnectionId id = lines_.last;
    wait(3s);
    EXPECT_EQ(waits.read(6), "sorry\n");
    EXPECT_TRUE(waits.has_ended());
    EXPECT_THAT(lines_.gone, testing::Not(testing::Contains(id))) << "a reset would overtake the reply";
    server_->send(id, base::as_bytes("done\n"), now_of_test);
    EXPECT_EQ(server_->next_timeout_ms(now_of_test), 250);
    wait(250ms);
    EXPECT_THAT(lines_.gone, testing::Contains(id));
}

} // namespace stream_test
