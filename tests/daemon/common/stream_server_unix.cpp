// A listener that is a Unix socket, for a proxy on the same machine.
#include <cstddef>
#include <sys/un.h>

#include "tests/daemon/common/stream_fixture.h"

namespace stream_test
{

class UnixStream : public StreamServerTest
{
protected:
    void start_on_unix_socket(StreamServer::Limits limits)
    {
        now_of_test = 100s;
        privsep::UniqueFd listener{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
        sockaddr_un any{};
        any.sun_family = AF_UNIX; // unix(7): without a name it gets one in the abstract namespace
        EXPECT_EQ(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any.sun_family), 0);
        EXPECT_EQ(::listen(listener.get(), 64), 0);
        size_ = sizeof address_;
        ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address_), &size_);
        std::vector<privsep::UniqueFd> listeners;
        listeners.push_back(std::move(listener));
        server_.emplace(loop_, std::move(listeners), limits, lines_, test_clock);
        lines_.server = &*server_;
    }

    privsep::UniqueFd connected()
    {
        privsep::UniqueFd client{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        EXPECT_EQ(::connect(client.get(), reinterpret_cast<const sockaddr*>(&address_), size_), 0);
        turns();
        return client;
    }

private:
    sockaddr_un address_{};
    socklen_t size_ = 0;
};

TEST_F(UnixStream, HasAPeerWithoutAnAddress)
{
    start_on_unix_socket({});
    const privsep::UniqueFd client = connected();
    lines_.last_peer = base::Address{base::Address6{}};
    ASSERT_EQ(::send(client.get(), "a\n", 2, MSG_NOSIGNAL), 2);
    turns();
    EXPECT_EQ(lines_.last_peer, base::Address{});
    std::array<char, 2> reply{};
    ASSERT_EQ(::recv(client.get(), reply.data(), reply.size(), MSG_DONTWAIT), 2);
    EXPECT_EQ(reply[0], 'a');
}

// The proxy stands for many clients.
TEST_F(UnixStream, IsExemptFromTheShareOfANetwork)
{
    start_on_unix_socket({.connections = 4, .per_network = 1, .exempts_loopback = true});
    std::vector<privsep::UniqueFd> clients;
    for (int i = 0; i < 4; ++i) {
        clients.push_back(connected());
    }
    EXPECT_EQ(server_->open_connections(), 4U);
    EXPECT_TRUE(lines_.gone.empty());
}

} // namespace stream_test
