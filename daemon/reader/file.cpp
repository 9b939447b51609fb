#include "daemon/reader/file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <unistd.h>

#include "privsep/conversation.h"
#include "proto/base/secret.h"
#include "proto/base/text.h"

namespace reader
{

namespace
{

/// Makes room for `bytes` more bytes, and wipes the old memory if it moves.
void make_room(std::string& content, std::size_t bytes)
{
    if (content.capacity() - content.size() >= bytes) {
        return;
    }
    std::string larger;
    larger.reserve(content.capacity() * 2 + bytes);
    larger = content;
    base::wipe(content);
    content = std::move(larger);
}

} // namespace

FileContent read_file(int fd, const std::string& path, std::size_t limit)
{
    std::string content;
    const off_t bytes = ::lseek(fd, 0, SEEK_END); // fails for a pipe
    if (bytes > 0 && ::lseek(fd, 0, SEEK_SET) == 0) {
        content.reserve(std::min(limit, static_cast<std::size_t>(bytes)));
    }
    std::array<char, 65536> piece; // NOLINT(cppcoreguidelines-pro-type-member-init): read(2) fills it
    std::string error;
    for (ssize_t size = 1; size != 0 && error.empty();) {
        privsep::wait_for(fd, POLLIN, std::nullopt); // a pipe may be non-blocking
        size = ::read(fd, piece.data(), piece.size());
        if (size < 0) {
            error = base::filled("cannot read {}: {}", {path, std::strerror(errno)});
        } else if (content.size() + static_cast<std::size_t>(size) > limit) {
            error = base::filled("{} is longer than {} bytes", {path, limit});
        } else {
            make_room(content, static_cast<std::size_t>(size));
            content.append(piece.data(), static_cast<std::size_t>(size));
        }
    }
    base::wipe({reinterpret_cast<std::uint8_t*>(piece.data()), piece.size()});
    if (!error.empty()) {
        base::wipe(content);
    }
    return {std::move(content), std::move(error)};
}

} // namespace reader
