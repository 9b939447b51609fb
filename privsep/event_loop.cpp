#include "privsep/event_loop.h"

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace privsep
{

EventLoop::EventLoop() : epoll_(::epoll_create1(EPOLL_CLOEXEC))
{
    if (!epoll_) {
        throw std::system_error{errno, std::generic_category(), "epoll_create1"};
    }
}

void EventLoop::control(int operation, int fd, std::uint32_t events, Watcher* watcher)
{
    epoll_event event{};
    event.events = events;
    event.data.ptr = watcher;
    if (::epoll_ctl(epoll_.get(), operation, fd, &event) != 0) {
        throw std::system_error{errno, std::generic_category(), "epoll_ctl"};
    }
}

void EventLoop::add(int fd, std::uint32_t events, Watcher& watcher)
{
    control(EPOLL_CTL_ADD, fd, events, &watcher);
}

void EventLoop::modify(int fd, std::uint32_t events, Watcher& watcher)
{
    control(EPOLL_CTL_MOD, fd, events, &watcher);
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
    if (count < 0 && errno != EINTR) {
        throw std::system_error{errno, std::generic_category(), "epoll_wait"};
    }
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
