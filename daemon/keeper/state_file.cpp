#include "daemon/keeper/state_file.h"

#include <algorithm>
#include <cerrno>
#include <unistd.h>

namespace keeper
{

int DescriptorFile::read(std::vector<std::uint8_t>& content)
{
    const off_t size = ::lseek(fd_.get(), 0, SEEK_END);
    if (size < 0) {
        return errno;
    }
    content.resize(static_cast<std::size_t>(size));
    std::size_t at = 0;
    while (at < content.size()) {
        const ssize_t got =
            ::pread(fd_.get(), content.data() + at, content.size() - at, static_cast<off_t>(at));
        if (got < 0) {
            return errno;
        }
        if (got == 0) {
            return EIO; // another process has shortened it
        }
        at += static_cast<std::size_t>(got);
    }
    return 0;
}

int DescriptorFile::write(std::uint64_t offset, base::Bytes bytes) noexcept
{
    while (!bytes.empty()) {
        const ssize_t put = ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put <= 0) {
            return put < 0 ? errno : EIO;
        }
        bytes =
            bytes.subspan(static_cast<std::size_t>(put)); // after a short write the next one gives the reason
        offset += static_cast<std::uint64_t>(put);
    }
    return 0;
}

int DescriptorFile::sync() noexcept
{
    using Clock = std::chrono::steady_clock;
    const Clock::time_point before = tally_ != nullptr ? Clock::now() : Clock::time_point{};
    const int error = ::fdatasync(fd_.get()) == 0 ? 0 : errno;
    if (tally_ != nullptr) {
        count_sync(*tally_, std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - before),
                   error == 0);
    }
    return error;
}

void count_sync(common::Tally<common::OfKeeper>& tally, std::chrono::microseconds took, bool is_done) noexcept
{
    const auto time = static_cast<std::uint64_t>(took.count());
    const auto* const bound =
        is_done ? std::ranges::lower_bound(common::sync_bounds, time) : common::sync_bounds.end();
    const auto bucket = static_cast<std::uint16_t>(bound - common::sync_bounds.begin());
    constexpr auto first = static_cast<std::uint16_t>(common::OfKeeper::syncs);
    tally.count(static_cast<common::OfKeeper>(first + bucket));
    tally.count(common::OfKeeper::sync_microseconds, time);
}

int DescriptorFile::truncate(std::uint64_t size) noexcept
{
    return ::ftruncate(fd_.get(), static_cast<off_t>(size)) == 0 ? 0 : errno;
}

} // namespace keeper
