// An event loop with epoll(7): level-triggered, one thread.
#pragma once

#include <array>
#include <cstdint>
#include <sys/epoll.h>

#include "privsep/unique_fd.h"

namespace privsep
{

/// Handles the events of a descriptor. It must outlive its registration, and each call must do a limited
/// amount of work so that the others do not starve.
class Watcher
{
public:
    Watcher() = default;
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;
    virtual ~Watcher() = default;
    /// `events`: from epoll_wait(2).
    virtual void ready(std::uint32_t events) = 0;
    /// Whether it is called before the others in each turn, because its events affect the replies of the
    /// others.
    virtual bool comes_first() const noexcept { return false; }
};

class EventLoop
{
public:
    /// Exits with an error if the kernel refuses; so do add() and modify().
    EventLoop();

    /// `events`: EPOLLIN, EPOLLOUT, or 0 for hang-ups only. EPOLLEXCLUSIVE, which does not allow modify(), is
    /// for descriptors that other processes wait for too.
    void add(int fd, std::uint32_t events, Watcher& watcher);
    /// The same; false if the kernel refuses.
    [[nodiscard]] bool try_add(int fd, std::uint32_t events, Watcher& watcher) noexcept;
    void modify(int fd, std::uint32_t events, Watcher& watcher);
    /// Also drops the remaining events of this turn for `watcher`. Call it before closing `fd`.
    void remove(int fd, Watcher& watcher) noexcept;
    /// The same without a system call, for a descriptor that is closed next and was not duplicated: close(2)
    /// removes it from the epoll set.
    void forget(const Watcher& watcher) noexcept;

    /// Waits at most `timeout_ms` milliseconds (-1: no limit), and calls each watcher that is ready once.
    void turn(int timeout_ms);

    /// The epoll descriptor, for the rules of the sandbox.
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
