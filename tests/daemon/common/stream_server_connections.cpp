// One connection, as its client sees it.
#include "tests/daemon/common/stream_fixture.h"

namespace stream_test
{

TEST_F(StreamServerTest, AnswersSeveralRequestsOfOneWriteInOrder)
{
    start();
    Client one = client();
    one.write("a\nbb\nccc\n");
    turns();
    EXPECT_EQ(one.read(9), "a\nbb\nccc\n");
    EXPECT_TRUE(one.is_open());
    EXPECT_EQ(lines_.last_peer, base::Address{(base::Address4{{127, 0, 0, 1}})});
}

TEST_F(StreamServerTest, AssemblesARequestFromSingleBytes)
{
    start();
    Client one = client();
    for (const char c : std::string{"word\n"}) {
        one.write({&c, 1});
        turns(2);
    }
    EXPECT_EQ(one.read(5), "word\n");
}

// More requests than one call handles must not wait for more input.
TEST_F(StreamServerTest, AnswersManyPipelinedRequestsWithoutFurtherInput)
{
    start();
    Client one = client();
    std::string sent;
    for (int i = 0; i < 1000; ++i) {
        sent += "x\n";
    }
    one.write(sent);
    one.shut_down();
    turns(60);
    EXPECT_EQ(one.read(sent.size() + 1), sent);
    EXPECT_EQ(server_->open_connections(), 0U);
}

TEST_F(StreamServerTest, HandlesABoundedNumberOfRequestsPerTurn)
{
    start();
    Client one = client();
    std::string sent;
    for (int i = 0; i < 1000; ++i) {
        sent += "x\n";
    }
    one.write(sent);
    turns(1);
    EXPECT_GT(lines_.calls, 0U);
    EXPECT_LE(lines_.calls, 64U);
}

// RFC 7766 section 6.2.4, RFC 9293 section 3.6
TEST_F(StreamServerTest, AnswersAClientThatHasShutDownItsSideAndThenCloses)
{
    start();
    Client one = client();
    one.write("a\nb\n");
    one.shut_down();
    turns();
    EXPECT_EQ(one.read(5), "a\nb\n");
    EXPECT_EQ(server_->open_connections(), 0U);
    EXPECT_EQ(lines_.gone.size(), 1U);
}

TEST_F(StreamServerTest, KeepsAConnectionWhoseClientHasShutDownItsSideUntilTheAnswerIsSent)
{
    start();
    Client one = client();
    one.write("wait\nb\n");
    one.shut_down();
    turns();
    EXPECT_EQ(server_->open_connections(), 1U);
    server_->send(lines_.last, base::as_bytes("done\n"), now_of_test);
    EXPECT_TRUE(lines_.gone.empty()); // never from within send()
    turns();
    EXPECT_EQ(one.read(8), "done\nb\n");
    EXPECT_EQ(server_->open_connections(), 0U);
}

TEST_F(StreamServerTest, TellsTheHandlerThatTheRestOfARequestWillNotCome)
{
    start();
    Client one = client();
    one.write("half");
    turns();
    EXPECT_FALSE(lines_.saw_end);
    one.shut_down();
    turns();
    EXPECT_TRUE(lines_.saw_end);
    EXPECT_TRUE(one.has_ended());
}

TEST_F(StreamServerTest, ReadsNoRequestWhileAnAnswerIsUnderWay)
{
    start();
    Client one = client();
    one.write("wait\nb\n");
    turns();
    EXPECT_EQ(lines_.calls, 1U);
    EXPECT_TRUE(one.is_open());
    server_->send(lines_.last, base::as_bytes("done\n"), now_of_test);
    turns();
    EXPECT_EQ(one.read(7), "done\nb\n");
}

// RFC 9112 section 9.6
TEST_F(StreamServerTest, DrainsWhatAClientSendsAfterTheLastRequest)
{
    start();
    Client one = client();
    one.write("bye\n");
    turns();
    one.write(std::string(100000, 'z'));
    turns();
    EXPECT_EQ(one.read(4), "bye\n");
    EXPECT_TRUE(one.has_ended());
    EXPECT_EQ(server_->open_connections(), 1U);
    EXPECT_EQ(lines_.calls, 1U);
    one.shut_down();
    turns();
    EXPECT_EQ(server_->open_connections(), 0U);
}

TEST_F(StreamServerTest, ClosesAnUnfinishedConnectionAtTheDeadline)
{
    start();
    Client one = client();
    EXPECT_EQ(server_->next_timeout_ms(now_of_test), 3000);
    now_of_test += 2999ms;
    server_->expire(now_of_test);
    EXPECT_EQ(server_->open_connections(), 1U);
    EXPECT_EQ(server_->next_timeout_ms(now_of_test), 1);
    now_of_test += 1ms;
    EXPECT_EQ(server_->next_timeout_ms(now_of_test), 0);
    server_->expire(now_of_test);
    EXPECT_EQ(server_->open_connections(), 0U);
    EXPECT_EQ(server_->next_timeout_ms(now_of_test), -1);
    EXPECT_TRUE(one.has_ended());
}

TEST_F(StreamServerTest, NeitherInputNorRepliesMoveADeadlineThatCountsFromAccept)
{
    start();
    Client one = client();
    now_of_test += 2s;
    one.write("a\n");
    turns();
    now_of_test += 1s;
    server_->expire(now_of_test);
    EXPECT_EQ(server_->open_connections(), 0U);
}

TEST_F(StreamServerTest, AReplyRenewsTheDeadlineIfSoConfigured)
{
    start({.renewed_by_reply = true});
    Client first = client();
    Client second = client();
    now_of_test += 2s;
    first.write("a\n");
    second.write("no line end");
    turns();
    now_of_test += 1s;
    server_->expire(now_of_test);
    EXPECT_EQ(first.read(2), "a\n");
    EXPECT_TRUE(first.is_open());
    EXPECT_TRUE(second.has_ended() || errno == ECONNRESET);
    EXPECT_EQ(server_->next_timeout_ms(now_of_test), 2000);
}

// A client that does not read its reply, or only slowly, has its time from the last reply that was sent
// whole.
TEST_F(StreamServerTest, ASlowReaderLosesItsConnection)
{
    start({.renewed_by_reply = true});
    Client slow = client(4096);
    slow.write("big\n");
    turns();
    for (int i = 0; i < 3; ++i) {
        now_of_test += 1s;
        slow.read(50000);
        turns();
        server_->expire(now_of_test);
    }
    EXPECT_EQ(server_->open_connections(), 0U);
}

TEST_F(StreamServerTest, ReadsNothingWhileTooMuchIsUnsent)
{
    start({.renewed_by_reply = true});
    Client slow = client(4096);
    slow.write("big\nbig\nbig\na\n");
    turns(20);
    EXPECT_EQ(lines_.calls, 1U);
    std::string got;
    for (int i = 0; i < 3000 && got.size() < 3 * lines_.big + 2; ++i) {
        got += slow.read(std::min<std::size_t>(20000, 3 * lines_.big + 2 - got.size()));
        turns(2);
    }
    EXPECT_EQ(got.size(), 3 * lines_.big + 2);
    EXPECT_EQ(got.substr(got.size() - 2), "a\n");
}

TEST_F(StreamServerTest, FinishesWritingBeforeItCloses)
{
    start();
    Client slow = client(4096);
    slow.write("wait\n");
    turns();
    server_->send(lines_.last, std::vector<std::uint8_t>(lines_.big, 'b'), now_of_test);
    server_->finish(lines_.last);
    std::size_t got = 0;
    for (int i = 0; i < 3000 && got < lines_.big; ++i) {
        got += slow.read(std::min<std::size_t>(20000, lines_.big - got)).size();
        turns(2);
    }
    EXPECT_EQ(got, lines_.big);
    EXPECT_TRUE(slow.has_ended());
}

} // namespace stream_test
