#include "privsep/event_loop.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "privsep/channel.h"

namespace
{

using privsep::Channel;
using privsep::EventLoop;

class Counting : public privsep::Watcher
{
public:
    void ready(std::uint32_t events) override
    {
        ++calls;
        last = events;
        if (remove_from != nullptr) {
            remove_from->remove(removed_fd, *removed);
        }
    }
    int calls = 0;
    std::uint32_t last = 0;
    EventLoop* remove_from = nullptr;
    int removed_fd = -1;
    Counting* removed = nullptr;
};

TEST(EventLoop, CallsOnlyWatchersThatAreReady)
{
    EventLoop loop;
    auto [a, a_peer] = Channel::pair();
    auto [b, b_peer] = Channel::pair();
    Counting watch_a;
    Counting watch_b;
    loop.add(a.get(), EPOLLIN, watch_a);
    loop.add(b.get(), EPOLLIN, watch_b);
    const std::array<std::uint8_t, 1> record{1};
    ASSERT_EQ(a_peer.send_record(record), privsep::Transfer::done);
    loop.turn(-1);
    EXPECT_EQ(watch_a.calls, 1);
    EXPECT_EQ(watch_b.calls, 0);
    loop.turn(0); // level-triggered: it was not read
    EXPECT_EQ(watch_a.calls, 2);
}

TEST(EventLoop, ReportsAHangUpToAWatcherWithoutEvents)
{
    EventLoop loop;
    auto [a, a_peer] = Channel::pair();
    Counting watch;
    loop.add(a.get(), 0, watch);
    a_peer = Channel{};
    loop.turn(-1);
    EXPECT_NE(watch.last & EPOLLHUP, 0U);
}

class First : public Counting
{
public:
    explicit First(const Counting& other) : other_(other) {}
    bool comes_first() const noexcept override { return true; }
    void ready(std::uint32_t events) override
    {
        others_before = other_.calls;
        Counting::ready(events);
    }
    int others_before = -1;

private:
    const Counting& other_;
};

TEST(EventLoop, CallsAWatcherThatComesFirstBeforeTheOthers)
{
    EventLoop loop;
    auto [a, a_peer] = Channel::pair();
    auto [b, b_peer] = Channel::pair();
    Counting watch_a;
    First watch_b{watch_a};
    loop.add(a.get(), EPOLLIN, watch_a);
    loop.add(b.get(), EPOLLIN, watch_b);
    const std::array<std::uint8_t, 1> record{1};
    ASSERT_EQ(a_peer.send_record(record), privsep::Transfer::done);
    ASSERT_EQ(b_peer.send_record(record), privsep::Transfer::done);
    loop.turn(-1);
    EXPECT_EQ(watch_b.others_before, 0);
    EXPECT_EQ(watch_a.calls, 1);
}

// Each watcher removes the other one, which may then be destroyed and must not be called.
TEST(EventLoop, DropsTheEventsOfARemovedWatcher)
{
    EventLoop loop;
    auto [a, a_peer] = Channel::pair();
    auto [b, b_peer] = Channel::pair();
    Counting watch_a;
    Counting watch_b;
    loop.add(a.get(), EPOLLIN, watch_a);
    loop.add(b.get(), EPOLLIN, watch_b);
    watch_a.remove_from = &loop;
    watch_a.removed_fd = b.get();
    watch_a.removed = &watch_b;
    watch_b.remove_from = &loop;
    watch_b.removed_fd = a.get();
    watch_b.removed = &watch_a;
    const std::array<std::uint8_t, 1> record{1};
    ASSERT_EQ(a_peer.send_record(record), privsep::Transfer::done);
    ASSERT_EQ(b_peer.send_record(record), privsep::Transfer::done);
    loop.turn(-1);
    EXPECT_EQ(watch_a.calls + watch_b.calls, 1);
}

class Closing : public First
{
public:
    Closing(EventLoop& loop, const Counting& other, Channel& others)
        : First(other), loop_(loop), watched_(other), channel_(others)
    {
    }
    void ready(std::uint32_t events) override
    {
        First::ready(events);
        loop_.forget(watched_);
        channel_ = Channel{};
    }

private:
    EventLoop& loop_;
    const Counting& watched_;
    Channel& channel_;
};

TEST(EventLoop, DropsTheEventsOfAClosedDescriptorWithForget)
{
    EventLoop loop;
    auto [a, a_peer] = Channel::pair();
    auto [b, b_peer] = Channel::pair();
    Counting watch_a;
    Closing watch_b{loop, watch_a, a};
    loop.add(a.get(), EPOLLIN, watch_a);
    loop.add(b.get(), EPOLLIN, watch_b);
    const std::array<std::uint8_t, 1> record{1};
    ASSERT_EQ(a_peer.send_record(record), privsep::Transfer::done);
    ASSERT_EQ(b_peer.send_record(record), privsep::Transfer::done);
    loop.turn(-1); // both are ready; watch_b is called first
    loop.turn(0);
    EXPECT_EQ(watch_b.calls, 2);
    EXPECT_EQ(watch_a.calls, 0);
}

} // namespace
