#include "privsep/conversation.h"

#include <algorithm>
#include <cerrno>
#include <poll.h>

namespace privsep
{

namespace
{

/// The timeout of poll(2): rounded up; negative if there is no deadline.
int milliseconds_until(const Deadline& deadline) noexcept
{
    if (!deadline) {
        return -1;
    }
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(*deadline - std::chrono::steady_clock::now());
    return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 3'600'000));
}

} // namespace

bool wait_for(int fd, short event, const Deadline& deadline) noexcept
{
    pollfd one{fd, event, 0};
    int ready = 0;
    do {
        ready = ::poll(&one, 1, milliseconds_until(deadline));
    } while (ready < 0 && errno == EINTR);
    return ready > 0;
}

} // namespace privsep
