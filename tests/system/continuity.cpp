// What goes unanswered over UDP while the daemon reloads and while a responder is killed.
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <set>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <thread>
#include <unistd.h>

#include "tests/support/daemon.h"

namespace
{

using support::Daemon;
using Clock = std::chrono::steady_clock;

/// Asks a thousand times a second, whether it is answered or not.
class SteadyClient
{
public:
    explicit SteadyClient(std::uint16_t port) : fd_(support::connect_udp(port))
    {
        constexpr int room = 1 << 20; // for all the answers that come at once after a gap
        ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
        thread_ = std::thread{[this] { run(); }};
    }
    ~SteadyClient()
    {
        if (thread_.joinable()) {
            stop();
        }
    }
    SteadyClient(const SteadyClient&) = delete;
    SteadyClient& operator=(const SteadyClient&) = delete;

    std::uint32_t answered() const { return answered_; }

    /// Waits for the answers that are still to come; how many there are not.
    std::size_t stop()
    {
        over_ = true;
        thread_.join();
        return missing_.size();
    }
    double longest_gap_ms() const { return std::chrono::duration<double, std::milli>(longest_gap_).count(); }

private:
    void run()
    {
        const privsep::UniqueFd timer{::timerfd_create(CLOCK_MONOTONIC, 0)};
        constexpr itimerspec every_millisecond{{0, 1000000}, {0, 1000000}};
        ::timerfd_settime(timer.get(), 0, &every_millisecond, nullptr);
        while (!over_) {
            std::array<pollfd, 2> fds{{{timer.get(), POLLIN, 0}, {fd_.get(), POLLIN, 0}}};
            ::poll(fds.data(), fds.size(), -1);
            if (fds[0].revents != 0) {
                std::uint64_t times = 0;
                if (::read(timer.get(), &times, sizeof times) > 0) {
                    ask();
                }
            }
            if (fds[1].revents != 0) {
                hear();
            }
        }
        // a query that the daemon took after all others: what came before it was answered by then, or never
        const std::uint16_t last = next_id_;
        ask();
        while (missing_.count(last) != 0 && hear()) {}
    }

    void ask()
    {
        using namespace std::string_literals;
        const std::uint16_t id = next_id_++;
        missing_.insert(id);
        support::send_all(fd_.get(), std::string{static_cast<char>(id >> 8), static_cast<char>(id & 0xFF)} +
                                         "\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07printer\x03"
                                         "dyn\x07"
                                         "example\x03org\x00\x00\x01\x00\x01"s);
    }

    bool hear()
    {
        const auto reply = support::receive(fd_.get());
        if (!reply) {
            return false;
        }
        const auto octet = [&](std::size_t i) { return static_cast<unsigned char>((*reply)[i]); };
        missing_.erase(static_cast<std::uint16_t>(octet(0) << 8 | octet(1)));
        const Clock::time_point now = Clock::now();
        longest_gap_ = std::max(longest_gap_, now - last_heard_);
        last_heard_ = now;
        ++answered_;
        return true;
    }

    privsep::UniqueFd fd_;
    std::atomic<bool> over_ = false;
    std::atomic<std::uint32_t> answered_ = 0;
    std::set<std::uint16_t> missing_;
    std::uint16_t next_id_ = 0;
    Clock::time_point last_heard_ = Clock::now();
    Clock::duration longest_gap_{};
    std::thread thread_;
};

support::DaemonStart without_rate_limit()
{
    support::DaemonStart start;
    start.config = support::server_config("rate_limit = 0\n") + support::sample_hosts();
    return start;
}

void print(const char* what, const SteadyClient& client, std::size_t missing)
{
    std::printf("%s: %u answered, %zu unanswered, longest gap %.1f ms\n", what, client.answered(), missing,
                client.longest_gap_ms());
}

TEST(Continuity, AReloadLeavesNoQueryUnanswered)
{
    Daemon daemon{without_rate_limit()};
    SteadyClient client{daemon.udp()};
    for (int i = 0; i < 10; ++i) {
        ASSERT_TRUE(daemon.reload());
        const std::uint32_t before = client.answered();
        ASSERT_TRUE(support::eventually([&] { return client.answered() > before + 20; }));
    }
    const std::size_t missing = client.stop();
    print("10 reloads", client, missing);
    EXPECT_EQ(missing, 0U) << daemon.process().output();
}

// Only what the killed process had taken from the socket and not answered can be lost: one batch
TEST(Continuity, AKilledResponderTakesOneBatchWithItAtMost)
{
    constexpr std::size_t kills = 5;
    constexpr std::size_t batch = 32;
    Daemon daemon{without_rate_limit()};
    SteadyClient client{daemon.udp()};
    for (std::size_t i = 0; i < kills; ++i) {
        daemon.replace("responder", SIGKILL);
        const std::uint32_t before = client.answered();
        ASSERT_TRUE(support::eventually([&] { return client.answered() > before + 20; }));
    }
    const std::size_t missing = client.stop();
    print("5 killed responders", client, missing);
    EXPECT_LE(missing, kills * batch) << daemon.process().output();
}

} // namespace
