#include "daemon/common/stream_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <string>
#include <sys/resource.h>
#include <sys/socket.h>

namespace
{

using base::Uptime;
using common::ConnectionId;
using common::Consumed;
using common::StreamServer;
using namespace std::chrono_literals;

Uptime now_of_test{};
Uptime test_clock() noexcept
{
    return now_of_test;
}

sockaddr_in loopback(std::uint16_t port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

struct Listening {
    privsep::UniqueFd socket;
    std::uint16_t port;
};

Listening listen_somewhere()
{
    privsep::UniqueFd socket{::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    sockaddr_in address = loopback(0);
    EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(socket.get(), 64), 0);
    socklen_t size = sizeof address;
    ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
    return {std::move(socket), ntohs(address.sin_port)};
}

/// A blocking client; what it has to read is waited for by the kernel, after the server had its turns.
class Client
{
public:
    explicit Client(std::uint16_t port, int receive_buffer = 0)
        : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        if (receive_buffer != 0) {
            ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
        }
        const timeval limit{5, 0};
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        const sockaddr_in address = loopback(port);
        EXPECT_EQ(::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    }
    void write(std::string_view text)
    {
        EXPECT_EQ(::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(text.size()));
    }
    void shut_down() { ::shutdown(socket_.get(), SHUT_WR); }
    void reset()
    {
        const linger at_once{1, 0};
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        socket_.reset();
    }
    /// Exactly `size` octets; fewer where the connection ends.
    std::string read(std::size_t size)
    {
        std::string text(size, '\0');
        const ssize_t got = ::recv(socket_.get(), text.data(), size, MSG_WAITALL);
        text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        return text;
    }
    bool has_ended()
    {
        char octet = 0;
        return ::recv(socket_.get(), &octet, 1, 0) == 0;
    }
    bool is_open()
    {
        char octet = 0;
        return ::recv(socket_.get(), &octet, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN;
    }
    int get() const { return socket_.get(); }

private:
    privsep::UniqueFd socket_;
};

/// Answers each line with itself, but for some words.
class Lines final : public common::StreamHandler
{
public:
    Consumed received(ConnectionId id, base::Bytes input, bool ended, const base::Address& peer) override
    {
        last = id;
        last_peer = peer;
        saw_end = saw_end || ended;
        ++calls;
        const std::string_view text = base::as_text(input);
        const std::size_t end = text.find('\n');
        if (end == std::string_view::npos) {
            return {};
        }
        const std::string_view line = text.substr(0, end);
        Consumed result{end + 1};
        if (line == "drop") {
            result.close_now = true;
        } else if (line == "wait") {
            result.busy = true;
        } else if (line == "big") {
            server->send(id, std::vector<std::uint8_t>(big, 'b'), now_of_test);
        } else {
            server->send(id, input.first(end + 1), now_of_test);
        }
        if (line == "bye") {
            server->finish(id);
        }
        return result;
    }
    void closed(ConnectionId id) override { gone.push_back(id); }

    StreamServer* server = nullptr;
    ConnectionId last;
    base::Address last_peer;
    bool saw_end = false;
    unsigned calls = 0;
    std::size_t big = 8U << 20;
    std::vector<ConnectionId> gone;
};

class StreamServerTest : public testing::Test
{
protected:
    StreamServer& start(StreamServer::Limits limits = {})
    {
        now_of_test = 100s;
        Listening listening = listen_somewhere();
        port_ = listening.port;
        std::vector<privsep::UniqueFd> listeners;
        listeners.push_back(std::move(listening.socket));
        server_.emplace(loop_, std::move(listeners), limits, lines_, test_clock);
        lines_.server = &*server_;
        return *server_;
    }
    /// Loopback delivers at once, so a few turns that do not wait are enough.
    void turns(int count = 8)
    {
        while (count-- > 0) {
            loop_.turn(0);
        }
    }
    Client client(int receive_buffer = 0)
    {
        Client made{port_, receive_buffer};
        turns();
        return made;
    }

    privsep::EventLoop loop_;
    Lines lines_;
    std::optional<StreamServer> server_;
    std::uint16_t port_ = 0;
};

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

TEST_F(StreamServerTest, PutsARequestTogetherFromSingleOctets)
{
    start();
    Client one = client();
    for (const char c : std::string{"word\n"}) {
        one.write({&c, 1});
        turns(2);
    }
    EXPECT_EQ(one.read(5), "word\n");
}

// More requests than one call works off must not wait for more input.
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

TEST_F(StreamServerTest, DoesABoundedNumberOfRequestsATurn)
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

TEST_F(StreamServerTest, WaitsForTheAnswerUnderWayOfAClientThatHasShutDownItsSide)
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

TEST_F(StreamServerTest, TellsTheHandlerThatAnUnfinishedRequestWillNotBeFinished)
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

TEST_F(StreamServerTest, TakesNoRequestWhileAnAnswerIsUnderWay)
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

TEST_F(StreamServerTest, DropsAConnectionWhereTheHandlerSaysSo)
{
    start();
    Client one = client();
    one.write("drop\nx\n");
    turns();
    EXPECT_TRUE(one.has_ended() || errno == ECONNRESET);
    EXPECT_EQ(server_->open_connections(), 0U);
}

// RFC 9112 section 9.6
TEST_F(StreamServerTest, DrainsWhatAClientSendsBehindTheLastRequest)
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

TEST_F(StreamServerTest, ClosesWhatIsNeverFinishedAtTheDeadline)
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

TEST_F(StreamServerTest, NeitherOctetsNorRepliesMoveADeadlineCountedFromAccept)
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

TEST_F(StreamServerTest, AReplyRenewsTheDeadlineWhereThatIsAsked)
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

// A client that reads no reply, or a trickle of one, has its time from the last reply that went out whole.
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

TEST_F(StreamServerTest, ReadsNothingMoreWhileTooMuchIsUnsent)
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

TEST_F(StreamServerTest, TheOneThatIsIdleLongestGoesFirst)
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

TEST_F(StreamServerTest, NobodyWhoIsOwedAnAnswerIsEvicted)
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

TEST_F(StreamServerTest, AFullServerAcceptsOneATurnSoThatTheOthersAreServed)
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

TEST_F(StreamServerTest, AWriteErrorEndsTheConnectionInTheNextTurn)
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

TEST_F(StreamServerTest, AnAnswerThatComesTooLateFindsNobody)
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

TEST_F(StreamServerTest, RepliesAreNotHeldBackForFullSegments)
{
    start();
    Client one = client();
    // the connection's socket is the next descriptor behind the client's
    int nodelay = 0;
    socklen_t size = sizeof nodelay;
    ASSERT_EQ(::getsockopt(one.get() + 1, IPPROTO_TCP, TCP_NODELAY, &nodelay, &size), 0);
    EXPECT_NE(nodelay, 0);
    EXPECT_NE(::fcntl(one.get() + 1, F_GETFD) & FD_CLOEXEC, 0);
    EXPECT_NE(::fcntl(one.get() + 1, F_GETFL) & O_NONBLOCK, 0);
}

/// Leaves the process without a free descriptor.
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

TEST_F(StreamServerTest, DoesNotSpinWhereThereIsNoDescriptor)
{
    start();
    Client one{port_};
    {
        const NoDescriptors none;
        turns(3);
        EXPECT_EQ(server_->open_connections(), 0U);
        // paused: the loop has nothing to tell, and the server wants to be called in a second
        EXPECT_EQ(server_->next_timeout_ms(now_of_test), 1000);
    }
    turns();
    EXPECT_EQ(server_->open_connections(), 0U);
    now_of_test += 1s;
    server_->expire(now_of_test);
    turns();
    EXPECT_EQ(server_->open_connections(), 1U);
}

TEST_F(StreamServerTest, GivesUpAnIdleConnectionWhereThereIsNoDescriptor)
{
    start();
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

TEST_F(StreamServerTest, GoesOnWithWhatIsOpenWhenItAcceptsNoMore)
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

TEST_F(StreamServerTest, FinishesAllWhenEachHasItsAnswer)
{
    start();
    Client idle = client();
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

TEST_F(StreamServerTest, AcceptsNobodyBeforeItIsTold)
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
        GTEST_SKIP() << "no IPv6 here";
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

} // namespace
