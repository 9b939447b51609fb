// Waiting for descriptors: epoll, level-triggered, one thread.
#pragma once

#include <array>
#include <cstdint>
#include <sys/epoll.h>

#include "privsep/unique_fd.h"

namespace privsep
{

/// Told when its descriptor is ready. Must outlive its registration. It does a bounded amount of work a
/// call, so that nobody starves.
class Watcher
{
public:
    Watcher() = default;
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;
    virtual ~Watcher() = default;
    /// `events` as epoll_wait(2) gives them.
    virtual void ready(std::uint32_t events) = 0;
    /// Whether it is told before the others of a turn, because what it learns decides what they say.
    virtual bool comes_first() const noexcept { return false; }
};

class EventLoop
{
public:
    /// Ends the process where the kernel has none for it; so do add() and modify().
    EventLoop();

    /// `events`: EPOLLIN and EPOLLOUT, or 0 to hear of hang-ups alone; with EPOLLEXCLUSIVE, which rules out
    /// modify(), where other processes wait for the same.
    void add(int fd, std::uint32_t events, Watcher& watcher);
    /// The same; false where the kernel cannot.
    [[nodiscard]] bool try_add(int fd, std::uint32_t events, Watcher& watcher) noexcept;
    void modify(int fd, std::uint32_t events, Watcher& watcher);
    /// Also forgets what is still to be told of this turn to `watcher`. Call it before closing `fd`.
    void remove(int fd, Watcher& watcher) noexcept;
    /// The same for a descriptor that nobody else holds and that is closed next: closing takes it out of the
    /// set, so there is nothing to tell the kernel.
    void forget(const Watcher& watcher) noexcept;

    /// Waits at most `timeout_ms` milliseconds (-1: for ever) and tells each watcher that is ready once.
    void turn(int timeout_ms);

    /// The epoll descriptor, for the sandbox's rules.
    int get() const noexcept { return epoll_.get(); }

private:
    static constexpr std::size_t batch = 32;

    bool control(int operation, int fd, std::uint32_t events, Watcher* watcher) noexcept;

    UniqueFd epoll_;
    std::array<epoll_event, batch> ready_{};
    std::size_t next_ = 0;
    std::size_t count_ = 0;
};

} // namespace privsep
