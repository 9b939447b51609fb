#include "privsep/channel.h"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>

#include "privsep/fail.h"

namespace privsep
{

namespace
{

constexpr std::size_t one_descriptor = CMSG_SPACE(sizeof(int));

/// The descriptor that came with a record; none if none came.
UniqueFd descriptor_of(msghdr& message) noexcept
{
    const cmsghdr* const header = CMSG_FIRSTHDR(&message);
    int fd = -1;
    if (header != nullptr && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
        header->cmsg_len == CMSG_LEN(sizeof fd)) {
        std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
    }
    return UniqueFd{fd};
}

bool is_transient(int error) noexcept
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR || error == ENOBUFS;
}

/// If the peer closed its end without reading all our records, the first recvmsg(2) fails with ECONNRESET;
/// the next ones return the peer's records.
ssize_t receive(int fd, msghdr& message, int flags) noexcept
{
    const ssize_t size = ::recvmsg(fd, &message, flags);
    return size < 0 && errno == ECONNRESET ? ::recvmsg(fd, &message, flags) : size;
}

/// An empty record reads like the end of the channel, but the end is permanent. If there is another record,
/// or reading would block, the peer still exists and has sent an empty record. The limit is more than a
/// channel can hold. `flags` must be those of the last read: the filter may allow no others for this
/// descriptor.
bool is_end(int fd, int flags) noexcept
{
    constexpr int max_records = 1024;
    ssize_t size = 0;
    for (int i = 0; i < max_records && size == 0; ++i) {
        std::uint8_t byte = 0;
        iovec part{&byte, sizeof byte};
        msghdr message{};
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        size = receive(fd, message, flags);
    }
    return size == 0 || (size < 0 && !is_transient(errno));
}

Channel::Received classify(int fd, int flags, bool is_hung_up, ssize_t size, const msghdr& message,
                           base::MutableBytes room) noexcept
{
    if (size < 0) {
        return {is_transient(errno) ? Transfer::would_block : Transfer::closed, {}};
    }
    if (size == 0) {
        return {is_hung_up || is_end(fd, flags) ? Transfer::closed : Transfer::malformed, {}};
    }
    // bytes or descriptors without room
    if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
        return {Transfer::malformed, {}};
    }
    return {Transfer::done, room.first(static_cast<std::size_t>(size))};
}

} // namespace

std::pair<Channel, Channel> Channel::pair()
{
    std::array<int, 2> ends{};
    require(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) == 0,
            "socketpair");
    constexpr int send_buffer = 212992; // the most that every kernel allows by default, which it doubles
    for (const int end : ends) {
        ::setsockopt(end, SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer);
    }
    return {Channel{UniqueFd{ends[0]}}, Channel{UniqueFd{ends[1]}}};
}

Transfer Channel::send_record(base::Bytes record, int passed) noexcept
{
    iovec part{const_cast<std::uint8_t*>(record.data()), record.size()}; // sendmsg(2) does not write to it
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    alignas(cmsghdr) std::array<char, one_descriptor> control{};
    if (passed >= 0) {
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(header), &passed, sizeof passed);
    }
    if (::sendmsg(fd_.get(), &message, MSG_NOSIGNAL) >= 0) {
        return Transfer::done;
    }
    return is_transient(errno) ? Transfer::would_block : Transfer::closed;
}

Channel::Received Channel::receive_record(base::MutableBytes room) noexcept
{
    iovec part{room.data(), room.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    const ssize_t size = receive(fd_.get(), message, 0);
    return classify(fd_.get(), 0, is_hung_up_, size, message, room);
}

Channel::Received Channel::receive_record_with_descriptor(base::MutableBytes room, UniqueFd& passed) noexcept
{
    iovec part{room.data(), room.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    alignas(cmsghdr) std::array<char, one_descriptor> control{};
    message.msg_control = control.data();
    message.msg_controllen = CMSG_LEN(sizeof(int)); // CMSG_SPACE has room for two
    const ssize_t size = receive(fd_.get(), message, MSG_CMSG_CLOEXEC);
    UniqueFd came = size >= 0 ? descriptor_of(message) : UniqueFd{};
    const Received received = classify(fd_.get(), MSG_CMSG_CLOEXEC, is_hung_up_, size, message, room);
    if (received.transfer == Transfer::done) {
        passed = std::move(came);
    }
    return received;
}

} // namespace privsep
