#include "privsep/event_loop.h"

#include <algorithm>
#include <cerrno>

#include "privsep/fail.h"

namespace privsep
{

EventLoop::EventLoop() : epoll_(::epoll_create1(EPOLL_CLOEXEC))
{
    require(static_cast<bool>(epoll_), "epoll_create1");
}

bool EventLoop::control(int operation, int fd, std::uint32_t events, Watcher* watcher) noexcept
{
    epoll_event event{};
    event.events = events;
    event.data.ptr = watcher;
    return ::epoll_ctl(epoll_.get(), operation, fd, &event) == 0;
}

void EventLoop::add(int fd, std::uint32_t events, Watcher& watcher)
{
    require(try_add(fd, events, watcher), "epoll_ctl");
}

bool EventLoop::try_add(int fd, std::uint32_t events, Watcher& watcher) noexcept
{
    return control(EPOLL_CTL_ADD, fd, events, &watcher);
}

void EventLoop::modify(int fd, std::uint32_t events, Watcher& watcher)
{
    require(control(EPOLL_CTL_MOD, fd, events, &watcher), "epoll_ctl");
}

void EventLoop::remove(int fd, Watcher& watcher) noexcept
{
    epoll_event unused{};
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, &unused);
    forget(watcher);
}

void EventLoop::forget(const Watcher& watcher) noexcept
{
    for (std::size_t i = next_; i < count_; ++i) {
        if (ready_[i].data.ptr == &watcher) {
            ready_[i].data.ptr = nullptr;
        }
    }
}

void EventLoop::turn(int timeout_ms)
{
    const int count = ::epoll_wait(epoll_.get(), ready_.data(), batch, timeout_ms);
    require(count >= 0 || errno == EINTR, "epoll_wait");
    count_ = count > 0 ? static_cast<std::size_t>(count) : 0;
    std::partition(
        ready_.begin(), ready_.begin() + static_cast<std::ptrdiff_t>(count_),
        [](const epoll_event& event) { return static_cast<const Watcher*>(event.data.ptr)->comes_first(); });
    for (next_ = 0; next_ < count_;) {
        const epoll_event event = ready_[next_++];
        if (event.data.ptr != nullptr) {
            static_cast<Watcher*>(event.data.ptr)->ready(event.events);
        }
    }
    count_ = 0;
}

} // namespace privsep
