// Real connections on the loopback interface; the test turns the loop and sets the time.
#pragma once

#include "daemon/common/stream_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <array>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <string>
#include <sys/resource.h>
#include <sys/socket.h>

namespace stream_test
{

using base::Uptime;
using common::ConnectionId;
using common::Consumed;
using common::StreamServer;
using namespace std::chrono_literals;

inline Uptime now_of_test{};
inline Uptime test_clock() noexcept
{
    return now_of_test;
}

inline sockaddr_in loopback(std::uint16_t port)
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

inline Listening listen_somewhere()
{
    privsep::UniqueFd socket{::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    sockaddr_in address = loopback(0);
    EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(socket.get(), 64), 0);
    socklen_t size = sizeof address;
    ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
    return {std::move(socket), ntohs(address.sin_port)};
}

/// A blocking client. The server must have had its turns before the client reads.
class Client
{
public:
    explicit Client(std::uint16_t port, int receive_buffer = 0, const char* from = "127.0.0.1")
        : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in own = loopback(0);
        ::inet_pton(AF_INET, from, &own.sin_addr);
        EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own), 0);
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
    /// `size` bytes; fewer if the connection ends.
    std::string read(std::size_t size)
    {
        std::string text(size, '\0');
        const ssize_t got = ::recv(socket_.get(), text.data(), size, MSG_WAITALL);
        text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        return text;
    }
    bool has_ended()
    {
        char byte = 0;
        return ::recv(socket_.get(), &byte, 1, 0) == 0;
    }
    bool is_open()
    {
        char byte = 0;
        return ::recv(socket_.get(), &byte, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN;
    }
    int get() const { return socket_.get(); }

private:
    privsep::UniqueFd socket_;
};

/// Echoes each line, with special handling of some words.
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
        if (line == "wait") {
            result.busy = true;
        } else if (line == "big") {
            server->send(id, std::vector<std::uint8_t>(big, 'b'), now_of_test);
        } else if (line == "parts") {
            server->send_part(id, base::as_bytes("first\n"), now_of_test);
        } else {
            server->send(id, input.first(end + 1), now_of_test);
        }
        if (line == "bye") {
            server->finish(id);
        }
        return result;
    }
    void closed(ConnectionId id) override { gone.push_back(id); }
    void overdue(ConnectionId id) override
    {
        late.push_back(id);
        if (answers_late) {
            server->send(id, base::as_bytes("sorry\n"), now_of_test);
            server->finish(id);
        }
    }

    /// Numbers of 1000 bytes, `parts` of them.
    void written(ConnectionId id) override
    {
        ++made;
        if (made > parts) {
            server->finish(id);
            return;
        }
        const std::string number = std::to_string(made);
        const std::string part = number + std::string(1000 - number.size(), '.');
        server->send_part(id, base::as_bytes(part), now_of_test);
    }

    StreamServer* server = nullptr;
    unsigned parts = 0;
    unsigned made = 0; ///< calls of written()
    ConnectionId last;
    base::Address last_peer;
    bool saw_end = false;
    unsigned calls = 0;
    std::size_t big = 8U << 20;
    bool answers_late = false;
    std::vector<ConnectionId> late;
    std::vector<ConnectionId> gone;
};

class StreamServerTest : public testing::Test
{
protected:
    StreamServer& start(StreamServer::Limits limits = {})
    {
        now_of_test = 100s;
        std::vector<privsep::UniqueFd> listeners;
        for (std::uint16_t* port : {&port_, &other_port_}) {
            Listening listening = listen_somewhere();
            *port = listening.port;
            listeners.push_back(std::move(listening.socket));
        }
        server_.emplace(loop_, std::move(listeners), limits, lines_, test_clock,
                        common::ConnectionTally{counters_.data()});
        lines_.server = &*server_;
        return *server_;
    }
    /// The loopback interface delivers at once, so a few turns that do not wait are enough.
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

    /// Opens a connection, uses it and closes it. UndefinedBehaviorSanitizer checks each type of object on
    /// its first use and needs a descriptor for that.
    void use_once()
    {
        {
            Client first{port_};
            first.write("a\n");
            turns();
        }
        turns();
        ASSERT_EQ(server_->open_connections(), 0U);
    }

    std::uint64_t counted(common::OfConnections what) const
    {
        return counters_[static_cast<std::size_t>(what)];
    }

    privsep::EventLoop loop_;
    Lines lines_;
    std::array<std::uint64_t, common::slots_of_connections> counters_{};
    std::optional<StreamServer> server_;
    std::uint16_t port_ = 0;
    std::uint16_t other_port_ = 0; ///< of a second listener
};

} // namespace stream_test
