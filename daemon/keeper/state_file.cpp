#include "daemon/keeper/state_file.h"

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
    return ::fdatasync(fd_.get()) == 0 ? 0 : errno;
}

int DescriptorFile::truncate(std::uint64_t size) noexcept
{
    return ::ftruncate(fd_.get(), static_cast<off_t>(size)) == 0 ? 0 : errno;
}

} // namespace keeper
