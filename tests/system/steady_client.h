// A UDP client that asks at a steady rate, whatever happens to the daemon, and counts unanswered queries.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <poll.h>
#include <set>
#include <string>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <thread>
#include <unistd.h>

#include "tests/support/daemon.h"

namespace support
{

/// Sends a thousand queries per second, whether they are answered or not.
class SteadyClient
{
public:
    explicit SteadyClient(std::uint16_t port, const std::string& from = "127.0.0.1")
        : fd_(connect_udp(port, "127.0.0.1", from))
    {
        constexpr int room = 1 << 20; // bytes: for all answers that arrive at once after a gap
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

    enum class Readers { one, several };
    /// Waits for outstanding answers and returns the number of lost ones. A process answers in order: a query
    /// that is unanswered when a later one is answered is lost.
    std::size_t stop(Readers readers = Readers::one)
    {
        readers_ = readers;
        over_ = true;
        thread_.join();
        return missing_.size();
    }
    double longest_gap_ms() const { return std::chrono::duration<double, std::milli>(longest_gap_).count(); }

private:
    using Clock = std::chrono::steady_clock;

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
        const std::uint16_t last = next_id_;
        ask();
        const auto may_come = [&] {
            return readers_ == Readers::one ? missing_.count(last) != 0 : !missing_.empty();
        };
        while (may_come() && hear()) {}
    }

    void ask()
    {
        using namespace std::string_literals;
        const std::uint16_t id = next_id_++;
        missing_.insert(id);
        send_all(fd_.get(), std::string{static_cast<char>(id >> 8), static_cast<char>(id & 0xFF)} +
                                "\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07printer\x03"
                                "dyn\x07"
                                "example\x03org\x00\x00\x01\x00\x01"s);
    }

    bool hear()
    {
        const auto reply = receive(fd_.get());
        if (!reply) {
            return false;
        }
        const auto byte = [&](std::size_t i) { return static_cast<unsigned char>((*reply)[i]); };
        missing_.erase(static_cast<std::uint16_t>(byte(0) << 8 | byte(1)));
        const Clock::time_point now = Clock::now();
        longest_gap_ = std::max(longest_gap_, now - last_heard_);
        last_heard_ = now;
        ++answered_;
        return true;
    }

    privsep::UniqueFd fd_;
    Readers readers_ = Readers::one; ///< valid if over_ is set
    std::atomic<bool> over_ = false;
    std::atomic<std::uint32_t> answered_ = 0;
    std::set<std::uint16_t> missing_;
    std::uint16_t next_id_ = 0;
    Clock::time_point last_heard_ = Clock::now();
    Clock::duration longest_gap_{};
    std::thread thread_;
};

} // namespace support
