// The owner of a file descriptor.
#pragma once

#include <unistd.h>
#include <utility>

namespace privsep
{

/// Plain `int` descriptors appear only here and as arguments of system calls.
class UniqueFd
{
public:
    UniqueFd() = default;
    explicit UniqueFd(int fd) noexcept : fd_(fd) {}
    UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    UniqueFd& operator=(UniqueFd&& other) noexcept
    {
        std::swap(fd_, other.fd_);
        return *this;
    }
    UniqueFd(const UniqueFd&) = delete;
    UniqueFd& operator=(const UniqueFd&) = delete;
    ~UniqueFd()
    {
        if (fd_ >= 0) {
            ::close(fd_); // EINTR leaves it closed on Linux: never retry
        }
    }

    int get() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }
    void reset() noexcept { UniqueFd{std::move(*this)}; }

private:
    int fd_ = -1;
};

} // namespace privsep
