// Sends records with more descriptors than a channel accepts.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <sys/socket.h>
#include <vector>

#include "proto/base/bytes.h"

namespace support
{

/// Sends `descriptor` `count` times with one record. False, with errno, if the record was not sent whole.
inline bool send_with_descriptors(int channel, base::Bytes record, int descriptor, std::size_t count)
{
    std::vector<std::uint8_t> bytes{record.begin(), record.end()};
    iovec part{bytes.data(), bytes.size()};
    const std::vector<int> descriptors(count, descriptor);
    alignas(cmsghdr) std::array<char, CMSG_SPACE(253 * sizeof(int))> control{}; // SCM_MAX_FD
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(count * sizeof(int));
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(count * sizeof(int));
    std::memcpy(CMSG_DATA(header), descriptors.data(), count * sizeof(int));
    return ::sendmsg(channel, &message, MSG_NOSIGNAL) == static_cast<ssize_t>(record.size());
}

} // namespace support
