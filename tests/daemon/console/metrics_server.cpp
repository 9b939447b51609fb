// Which connections the metrics accept.
#include "daemon/console/metrics_server.h"

#include <array>
#include <gtest/gtest.h>
#include <optional>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <vector>

namespace
{

using privsep::UniqueFd;

base::Uptime time_of_server{1000};

base::Uptime clock_of_server() noexcept
{
    return time_of_server;
}

class NothingToCollect final : public console::MetricsServer::Source
{
private:
    void collect() override {}
};

/// Listens on Unix sockets.
class MetricsListeners : public testing::Test
{
protected:
    static constexpr std::size_t listeners = 3;

    static UniqueFd stream_socket()
    {
        return UniqueFd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    }
    MetricsListeners()
    {
        std::vector<UniqueFd> all;
        for (std::size_t i = 0; i < listeners; ++i) {
            UniqueFd one = stream_socket();
            const sa_family_t family = AF_UNIX; // the kernel chooses an abstract name
            EXPECT_EQ(::bind(one.get(), reinterpret_cast<const sockaddr*>(&family), sizeof family), 0);
            EXPECT_EQ(::listen(one.get(), 16), 0);
            sizes_.at(i) = sizeof addresses_.at(i);
            ::getsockname(one.get(), reinterpret_cast<sockaddr*>(&addresses_.at(i)), &sizes_.at(i));
            all.push_back(std::move(one));
        }
        server_.emplace(loop_, std::move(all), source_, clock_of_server);
    }
    UniqueFd client_of(std::size_t listener) const
    {
        UniqueFd fd = stream_socket();
        EXPECT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&addresses_.at(listener)),
                            sizes_.at(listener)),
                  0);
        return fd;
    }
    void turn()
    {
        loop_.turn(0);
        server_->expire();
    }
    /// Whether the next turn would have something to do at once.
    bool has_events() const
    {
        pollfd loop{loop_.get(), POLLIN, 0};
        return ::poll(&loop, 1, 0) != 0;
    }

    std::array<sockaddr_un, listeners> addresses_{};
    std::array<socklen_t, listeners> sizes_{};
    NothingToCollect source_;
    privsep::EventLoop loop_;
    std::optional<console::MetricsServer> server_;
};

TEST_F(MetricsListeners, ShareNotMoreThan8Connections)
{
    std::vector<UniqueFd> clients;
    for (std::size_t i = 0; i < 4 * listeners; ++i) {
        clients.push_back(client_of(i % listeners));
    }
    for (int i = 0; i < 8; ++i) {
        turn();
        EXPECT_LE(server_->open(), console::MetricsServer::max_connections);
    }
    EXPECT_EQ(server_->open(), console::MetricsServer::max_connections);
    EXPECT_FALSE(has_events());
    clients.clear();
    for (int i = 0; i < 8; ++i) {
        turn();
    }
    EXPECT_EQ(server_->open(), 0U) << "the others were accepted, too";
}

// They stay ready.
TEST_F(MetricsListeners, PauseWithoutDescriptors)
{
    const UniqueFd client = client_of(0);
    EXPECT_EQ(server_->next_timeout_ms(), -1);
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    const UniqueFd next = stream_socket(); // the lowest number that is free
    const rlimit none{static_cast<rlim_t>(next.get()), before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
    turn();
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    EXPECT_EQ(server_->open(), 0U);
    EXPECT_FALSE(has_events());
    EXPECT_EQ(server_->next_timeout_ms(), 1000);
    time_of_server += base::Uptime{999};
    turn();
    EXPECT_FALSE(has_events());
    time_of_server += base::Uptime{1};
    EXPECT_EQ(server_->next_timeout_ms(), 0);
    turn();
    turn();
    EXPECT_EQ(server_->open(), 1U);
}

} // namespace
